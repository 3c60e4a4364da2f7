import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import type { World } from "../world.ts";

export const audience = "game";
export const issuer = "https://login.example";

/** Key pair of an issuer of tickets. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function issuerKey(kid: string, alg = "EdDSA"): IssuerKey {
  return { kid, alg, ...pairOf(alg) };
}

function pairOf(alg: string): { privateKey: KeyObject; publicKey: KeyObject } {
  if (alg === "EdDSA") return generateKeyPairSync("ed25519");
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** The public part of a key, as a JWK. */
export function jwkOf({ kid, alg, publicKey }: IssuerKey): object {
  return { ...publicKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

export function jwksOf(...keys: readonly IssuerKey[]): object {
  return { keys: keys.map(jwkOf) };
}

const second = (ms: number): number => Math.floor(ms / 1_000);

/** Claims of a valid ticket of user 7. A claim that is undefined is left out. */
export function claimsOf(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = second(Date.now());
  const all = { sub: "7", aud: audience, iss: issuer, iat: now, exp: now + 600, jti: randomUUID(), ...more };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A ticket of these claims, signed by a key. */
export function ticketOf(
  key: IssuerKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claimsOf(claims))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** A ticket signed with a shared secret. */
export function secretTicketOf(
  secret: Uint8Array,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: "HS256" }).sign(createSecretKey(secret));
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A ticket whose parts are made by hand, as no library would make it. */
export function forged(header: unknown, claims: unknown, signature: string | Uint8Array = ""): string {
  return `${encoded(header)}.${encoded(claims)}.${Buffer.from(signature).toString("base64url")}`;
}

/** A ticket signed with the text of a public key as the secret: the attack known as key confusion. */
export function confused({ kid, publicKey }: IssuerKey): string {
  const content = `${encoded({ alg: "HS256", kid })}.${encoded(claimsOf())}`;
  const secret = publicKey.export({ type: "spki", format: "pem" });
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

/** A ticket with any header, signed well. */
export function signed(header: Readonly<Record<string, unknown>>, key: IssuerKey): string {
  const content = `${encoded(header)}.${encoded(claimsOf())}`;
  return `${content}.${sign(null, Buffer.from(content), key.privateKey).toString("base64url")}`;
}

/** HTTP server of the issuer. */
export interface KeyServer {
  readonly url: string;
  /** Number of requests so far. */
  requests(): number;
  serve(listener: RequestListener): void;
  close(): Promise<void>;
}

/** Answers with a value in JSON. */
export function json(value: unknown): RequestListener {
  return (_request, response) => response.end(JSON.stringify(value));
}

export async function keyServer(world: World, first: RequestListener, port = 0): Promise<KeyServer> {
  let count = 0;
  let listener = first;
  const server = createServer((request, response) => {
    count++;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  world.atEnd(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys.json`,
    requests: () => count,
    serve: (next) => {
      listener = next;
    },
    close,
  };
}
