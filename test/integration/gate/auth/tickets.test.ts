import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JwtOptions } from "../../../../runtime/gate/auth/jwt/jwt-options.ts";
import { type ErrorCode, errorCodes } from "../../../../schema/errors.ts";
import { text } from "../raw-client.ts";
import { useWorld } from "../world.ts";
import {
  audience,
  claimsOf,
  confused,
  forged,
  issuer,
  issuerKey,
  json,
  jwkOf,
  jwksOf,
  keyServer,
  secretTicketOf,
  signed,
  ticketOf,
} from "./issuer.ts";

const world = useWorld();
const key = issuerKey("a");
const other = issuerKey("a");
const unknown = issuerKey("b");
const now = Math.floor(Date.now() / 1_000);
const base = { audience, issuer } as const;

const refusals = {
  malformed: "the ticket is malformed",
  "too-large": "the ticket is too large",
  algorithm: "the ticket is signed with an algorithm that the server does not accept",
  key: "the ticket is signed by an unknown key, or its signature is invalid",
  issuer: "the ticket is from another issuer",
  audience: "the ticket is for another audience",
  expired: "the ticket has expired",
  "too-long": "the ticket is valid for longer than the server accepts",
  "not-yet-valid": "the ticket is not valid yet",
  user: "the ticket names no valid user",
  level: "the ticket names an unknown auth level",
} as const;

/** Returns what a gate with these options answers: "in", or the fault as counters name it, or the code of another error. */
async function answerOf(jwt: Partial<JwtOptions>, ticket: string): Promise<string> {
  const gate = await world.gate({ auth: { jwt: { ...base, ...jwt } } });
  return enter(gate, ticket);
}

async function enter(gate: Awaited<ReturnType<typeof world.gate>>, ticket: string): Promise<string> {
  const client = await (await world.silent(gate)).open({ ticket: text(ticket) });
  const { kicked } = client;
  if (kicked === undefined) return "in";
  const [fault] = Object.entries(refusals).find(([, reason]) => reason === kicked.reason) ?? [];
  if (fault === undefined) return codeOf(kicked.code);
  expect(codeOf(kicked.code)).toBe("UNAUTHENTICATED");
  expect(Object.fromEntries(gate.counters.entries())[`client.refused.ticket.${fault}`]).toBeGreaterThan(0);
  return fault;
}

function codeOf(code: number): ErrorCode {
  return Object.entries(errorCodes).find(([, number]) => number === code)![0] as ErrorCode;
}

async function fileWith(content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "photinus-keys-")), "key");
  writeFileSync(path, content);
  return path;
}

/** Every ticket that a gate may get, with the answer. */
const cases: readonly (readonly [string, string, () => string | Promise<string>])[] = [
  ["a valid ticket", "in", () => ticketOf(key)],
  ["a user id as a number", "in", () => ticketOf(key, { sub: 7 })],
  ["the largest user id", "in", () => ticketOf(key, { sub: "18446744073709551615" })],
  ["one audience of several", "in", () => ticketOf(key, { aud: ["shop", audience] })],
  ["the level of an admin", "in", () => ticketOf(key, { auth: "admin" })],
  ["a key that the ticket does not name", "in", () => ticketOf(key, {}, { kid: undefined })],
  ["a ticket that has expired within the clock skew", "in", () => ticketOf(key, { exp: now - 5 })],
  ["an expired ticket", "expired", () => ticketOf(key, { iat: now - 900, exp: now - 300 })],
  ["a ticket without expiry", "malformed", () => ticketOf(key, { exp: undefined })],
  ["a ticket that does not say when it was issued", "malformed", () => ticketOf(key, { iat: undefined })],
  ["a ticket that is not valid yet", "not-yet-valid", () => ticketOf(key, { nbf: now + 300 })],
  ["a ticket from the future", "not-yet-valid", () => ticketOf(key, { iat: now + 300, exp: now + 600 })],
  ["a ticket that is valid for years", "too-long", () => ticketOf(key, { exp: now + 100_000_000 })],
  ["a ticket for another audience", "audience", () => ticketOf(key, { aud: "shop" })],
  ["a ticket for no audience", "audience", () => ticketOf(key, { aud: undefined })],
  ["a ticket of another issuer", "issuer", () => ticketOf(key, { iss: "https://evil.example" })],
  ["a ticket of no issuer", "issuer", () => ticketOf(key, { iss: undefined })],
  ["a ticket signed by another key of this name", "key", () => ticketOf(other)],
  ["a ticket signed by an unknown key", "key", () => ticketOf(unknown)],
  ["a ticket whose claims were changed", "key", async () => changed(await ticketOf(key))],
  ["an expired ticket signed by another key", "key", () => ticketOf(other, { exp: now - 300 })],
  ["alg none", "algorithm", () => forged({ alg: "none" }, claimsOf())],
  ["alg None", "algorithm", () => forged({ alg: "None" }, claimsOf())],
  ["the public key as a secret", "algorithm", () => confused(key)],
  ["a secret instead of a key", "algorithm", () => secretTicketOf(new Uint8Array(32))],
  ["an algorithm that is not accepted", "algorithm", () => signed({ alg: "RS512", kid: "a" }, key)],
  ["an algorithm that does not fit the key", "key", () => signed({ alg: "RS256", kid: "a" }, key)],
  [
    "an extension that must be understood",
    "malformed",
    () => signed({ alg: "EdDSA", crit: ["x"], x: 1 }, key),
  ],
  ["no user", "user", () => ticketOf(key, { sub: undefined })],
  ["user 0", "user", () => ticketOf(key, { sub: "0" })],
  ["a negative user", "user", () => ticketOf(key, { sub: -7 })],
  ["a user beyond 64 bits", "user", () => ticketOf(key, { sub: "18446744073709551616" })],
  ["a number that has lost its last digits", "user", () => ticketOf(key, { sub: 2 ** 53 })],
  ["a user with a leading zero", "user", () => ticketOf(key, { sub: "07" })],
  ["a user that is a name", "user", () => ticketOf(key, { sub: "firefly" })],
  ["an unknown level", "level", () => ticketOf(key, { auth: "root" })],
  ["a level that is no text", "level", () => ticketOf(key, { auth: 2 })],
  ["a ticket that is too large", "too-large", () => ticketOf(key, { more: "x".repeat(9_000) })],
  ["text", "malformed", () => "hello"],
  ["two parts", "malformed", () => "e30.e30"],
  ["five parts", "malformed", () => "e30.e30.e30.e30.e30"],
  ["a header that is a list", "malformed", () => forged([], claimsOf())],
  ["a header without an algorithm", "malformed", () => forged({}, claimsOf())],
  ["claims that are a list", "malformed", () => listTicket()],
  ["an expiry that is a text", "malformed", () => ticketOf(key, { exp: String(now + 600) })],
];

/** A ticket whose user is another one than the signed one. */
function changed(ticket: string): string {
  const [header, , signature] = ticket.split(".");
  return `${header}.${Buffer.from(JSON.stringify(claimsOf({ sub: "8" }))).toString("base64url")}.${signature}`;
}

async function listTicket(): Promise<string> {
  const { CompactSign } = await import("jose");
  return new CompactSign(text("[1]")).setProtectedHeader({ alg: "EdDSA" }).sign(key.privateKey);
}

test.each(cases)("%s: %s", async (_name, expected, make) => {
  expect(await answerOf({ keys: jwksOf(key) }, await make())).toBe(expected);
});

describe("keys", () => {
  test.each(["EdDSA", "ES256", "RS256"])("of %s in a file, as PEM, JWK or set of JWKs", async (alg) => {
    const signer = issuerKey("f", alg);
    const pem = signer.publicKey.export({ type: "spki", format: "pem" }) as string;
    for (const content of [pem, JSON.stringify(jwkOf(signer)), JSON.stringify(jwksOf(signer, unknown))]) {
      const jwt = { keyFile: await fileWith(content) };
      expect(await answerOf(jwt, await ticketOf(signer))).toBe("in");
      expect(await answerOf(jwt, await ticketOf(issuerKey("f", alg)))).toBe("key");
    }
  });

  test("that are a secret, where the algorithm is named", async () => {
    const secret = new Uint8Array(32).fill(7);
    const k = Buffer.from(secret).toString("base64url");
    const jwt = { keys: { kty: "oct", k }, algorithms: ["HS256"] } as const;
    expect(await answerOf(jwt, await secretTicketOf(secret))).toBe("in");
    expect(await answerOf(jwt, await secretTicketOf(new Uint8Array(32)))).toBe("key");
    expect(await answerOf(jwt, await ticketOf(key))).toBe("algorithm");
  });

  test.each([
    ["a private key", () => key.privateKey.export({ type: "pkcs8", format: "pem" }) as string, /private key/],
    ["no key", () => "hello", /holds no key/],
    ["a short RSA key", () => "{}", /no key that verifies/],
    [
      "a secret without its algorithm",
      () => JSON.stringify({ kty: "oct", k: "A".repeat(44) }),
      /no key fits/,
    ],
    ["a short secret", () => JSON.stringify({ kty: "oct", k: "AAAA" }), /no key that verifies/],
  ])(
    "%s in the file prevents the start, and the error shows nothing of it",
    async (_name, content, wanted) => {
      const keyFile = await fileWith(content());
      const failed = await world.gate({ auth: { jwt: { ...base, keyFile } } }).catch((error: Error) => error);
      expect(String(failed)).toMatch(wanted);
      expect(String(failed)).not.toContain("AAAA");
    },
  );

  test.each([
    ["two places of keys", { keys: jwksOf(key), keyFile: "key.pem" }, /exactly one/],
    ["no place of keys", {}, /exactly one/],
    ["secrets beside public keys", { keys: jwksOf(key), algorithms: ["HS256", "ES256"] }, /one kind only/],
    ["a secret at an address", { jwks: { url: "https://a.example" }, algorithms: ["HS256"] }, /public/],
    ["an address without TLS", { jwks: { url: "http://login.example/keys" } }, /https/],
    ["alg none", { keys: jwksOf(key), algorithms: ["none"] }, /algorithms/],
  ])("%s: refused at the start", async (_name, jwt, wanted) => {
    const options = { auth: { jwt: { ...base, ...jwt } as JwtOptions } };
    await expect(world.gate(options)).rejects.toThrow(wanted);
  });
});

describe("keys at an address", () => {
  test("a new key of the issuer is fetched when a ticket names it, and the old one ends", async () => {
    const server = await keyServer(world, json(jwksOf(key)));
    const jwks = { url: server.url, cooldownMs: 0 };
    const gate = await world.gate({ auth: { jwt: { ...base, jwks } } });
    expect(await enter(gate, await ticketOf(key))).toBe("in");
    expect(await enter(gate, await ticketOf(key))).toBe("in");
    expect(server.requests()).toBe(1);
    server.serve(json(jwksOf(unknown)));
    expect(await enter(gate, await ticketOf(unknown))).toBe("in");
    expect(await enter(gate, await ticketOf(key))).toBe("key");
  });

  test("unknown keys cause at most one fetch in each cooldown", async () => {
    const server = await keyServer(world, json(jwksOf(key)));
    const gate = await world.gate({ auth: { jwt: { ...base, jwks: { url: server.url } } } });
    const forger = issuerKey("z");
    const tickets = await Promise.all(Array.from({ length: 20 }, () => ticketOf(forger)));
    const answers = await Promise.all(tickets.map((ticket) => enter(gate, ticket)));
    expect(new Set(answers)).toEqual(new Set(["key"]));
    expect(await enter(gate, await ticketOf(key))).toBe("in");
    expect(server.requests()).toBe(1);
  });

  test("an address that cannot be reached: the client is told to come again, and then enters", async () => {
    const server = await keyServer(world, json(jwksOf(key)));
    const { port } = new URL(server.url);
    await server.close();
    const jwks = { url: server.url, cooldownMs: 0 };
    const gate = await world.gate({ auth: { jwt: { ...base, jwks } } });
    const client = await (await world.silent(gate)).open({ ticket: text(await ticketOf(key)) });
    expect(client.kicked).toMatchObject({ code: errorCodes.UNAVAILABLE, reconnect: true });
    expect(client.kicked!.retryAfterMs).toBeGreaterThan(0);
    await keyServer(world, json(jwksOf(key)), Number(port));
    expect(await enter(gate, await ticketOf(key))).toBe("in");
  });

  test("the last keys are used for a bounded time while the address fails", async () => {
    const server = await keyServer(world, json(jwksOf(key)));
    const kept = { url: server.url, cacheMs: 0, cooldownMs: 0 };
    const lasting = await world.gate({ auth: { jwt: { ...base, jwks: kept } } });
    const brief = await world.gate({ auth: { jwt: { ...base, jwks: { ...kept, staleMs: 0 } } } });
    for (const gate of [lasting, brief]) expect(await enter(gate, await ticketOf(key))).toBe("in");
    await server.close();
    expect(await enter(lasting, await ticketOf(key))).toBe("in");
    // Whether the key is a new one cannot be known.
    expect(await enter(lasting, await ticketOf(unknown))).toBe("UNAVAILABLE");
    expect(await enter(brief, await ticketOf(key))).toBe("UNAVAILABLE");
  });

  test.each([
    [
      "an error",
      (_request: unknown, response: { writeHead(code: number): { end(): void } }) =>
        response.writeHead(500).end(),
    ],
    ["no JSON", json(undefined)],
    ["too many bytes", json({ ...jwksOf(key), more: "x".repeat(70_000) })],
    ["a secret", json({ keys: [{ kty: "oct", k: "A".repeat(44), kid: "a" }] })],
    ["a private key", json({ keys: [{ ...key.privateKey.export({ format: "jwk" }), kid: "a" }] })],
    ["no keys", json({ keys: [] })],
    ["no answer", () => {}],
  ])("%s in place of the keys: UNAVAILABLE", async (_name, listener) => {
    const server = await keyServer(world, listener as never);
    const jwks = { url: server.url, timeoutMs: 100, maxBytes: 65_536 };
    expect(await answerOf({ jwks }, await ticketOf(key))).toBe("UNAVAILABLE");
  });

  test("a redirect is not followed", async () => {
    const target = await keyServer(world, json(jwksOf(key)));
    const server = await keyServer(world, (_request, response) => {
      response.writeHead(302, { location: target.url }).end();
    });
    expect(await answerOf({ jwks: { url: server.url } }, await ticketOf(key))).toBe("UNAVAILABLE");
    expect(target.requests()).toBe(0);
  });
});
