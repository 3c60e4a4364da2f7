import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { fail, messageOf } from "../../../../schema/errors.ts";
import { isRecord } from "../../../options/option-rules.ts";
import type { JwtAlgorithm } from "./jwt-options.ts";

/** Key that verifies signatures. */
export interface JwtKey {
  /** Name of the key in the headers of tickets; undefined for a key without a name. */
  readonly kid: string | undefined;
  /** Algorithms that fit the kind of the key: a public key is never the secret of an HMAC. */
  readonly algorithms: readonly string[];
  readonly key: KeyObject;
}

/** Keys for a ticket's header. */
export interface KeySource {
  /** Returns the keys that may have signed a ticket. Rejects with UNAVAILABLE when the keys are not known now. */
  keysFor(algorithm: string, kid: string | undefined): Promise<readonly JwtKey[]>;
  /** Stops what the source does in the background. */
  close(): void;
}

/** Most keys of a set. */
const mostKeys = 100;
/** Most keys that are tried for one ticket that names none of them. */
const mostTried = 8;
/** Fewest bits of an RSA key. */
const leastRsaBits = 2_048;

const rsa = Object.freeze(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
const ofCurve: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ["ES256"],
  secp384r1: ["ES384"],
  secp521r1: ["ES512"],
};
/** Fewest bytes of a secret, by algorithm (RFC 7518, section 3.2). */
const hmac = [
  ["HS256", 32],
  ["HS384", 48],
  ["HS512", 64],
] as const;

/** Keys that stay as they are while the gate runs. */
export class FixedKeys implements KeySource {
  readonly #keys: readonly JwtKey[];

  /** Throws FAILED_PRECONDITION when no key fits one of the algorithms. */
  constructor(keys: readonly JwtKey[], algorithms: readonly JwtAlgorithm[], place: string) {
    this.#keys = keys;
    for (const algorithm of algorithms) {
      if (keys.some((key) => key.algorithms.includes(algorithm))) return;
    }
    const found = [...new Set(keys.flatMap((key) => key.algorithms))].join(", ");
    throw fail(
      "FAILED_PRECONDITION",
      `${place}: no key fits the algorithms ${algorithms.join(", ")}; found keys for ${found || "no algorithm"}`,
    );
  }

  keysFor(algorithm: string, kid: string | undefined): Promise<readonly JwtKey[]> {
    return Promise.resolve(fitting(this.#keys, algorithm, kid));
  }

  close(): void {}
}

/** Returns the keys that may have signed a ticket: of the header's name and algorithm. A key without a name fits every name. */
export function fitting(
  keys: readonly JwtKey[],
  algorithm: string,
  kid: string | undefined,
): readonly JwtKey[] {
  return keys
    .filter((key) => key.algorithms.includes(algorithm))
    .filter((key) => kid === undefined || key.kid === undefined || key.kid === kid)
    .slice(0, mostTried);
}

/** Reads the keys of a file. Throws FAILED_PRECONDITION that names the file, and shows nothing of its content. */
export function keysOfFile(path: string): JwtKey[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fail("FAILED_PRECONDITION", `cannot read the key file ${path}: ${messageOf(error)}`);
  }
  return keysOfText(text, `the key file ${path}`);
}

function keysOfText(text: string, place: string): JwtKey[] {
  if (text.trimStart().startsWith("{")) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw fail("FAILED_PRECONDITION", `${place} is invalid JSON; expected a JWK, or a set of JWKs`);
    }
    return keysOfJwks(value, place);
  }
  if (text.includes("PRIVATE KEY"))
    throw fail("FAILED_PRECONDITION", `${place} holds a private key; a gate needs the public key only`);
  try {
    return [keyOf(createPublicKey(text), undefined, undefined)];
  } catch {
    throw fail(
      "FAILED_PRECONDITION",
      `${place} holds no key; expected a public key or certificate in PEM, or a JWK or a set of JWKs in JSON`,
    );
  }
}

/**
 * Reads a JWK or a set of JWKs. Keys of a set that verify no signature a gate knows are left out. Throws FAILED_PRECONDITION when
 * no key is left.
 *
 * @param isPublic whether everybody can read the set, so that a secret or private key in it is worth nothing
 */
export function keysOfJwks(value: unknown, place: string, isPublic = false): JwtKey[] {
  const found: unknown = isRecord(value) && "keys" in value ? value["keys"] : [value];
  const entries: readonly unknown[] = Array.isArray(found) ? found : [];
  if (entries.length > mostKeys) {
    throw fail("FAILED_PRECONDITION", `${place} has ${entries.length} keys; expected at most ${mostKeys}`);
  }
  const keys = entries.flatMap((entry) => keyOfJwk(entry, isPublic) ?? []);
  if (keys.length > 0) return keys;
  throw fail("FAILED_PRECONDITION", `${place} has no key that verifies signatures; expected public keys`);
}

function keyOfJwk(jwk: unknown, isPublic: boolean): JwtKey | undefined {
  if (!isRecord(jwk)) return undefined;
  const { kty, kid, use, alg, k, d } = jwk;
  const named = typeof kid === "string" ? kid : undefined;
  if ((use !== undefined && use !== "sig") || d !== undefined) return undefined;
  const only = typeof alg === "string" ? (alg === "Ed25519" ? "EdDSA" : alg) : undefined;
  try {
    if (kty !== "oct") return keyOf(createPublicKey({ key: jwk as JsonWebKey, format: "jwk" }), named, only);
    if (isPublic || typeof k !== "string") return undefined;
    return keyOf(createSecretKey(Buffer.from(k, "base64url")), named, only);
  } catch {
    return undefined;
  }
}

/** Makes a key with the algorithms of its kind; with one alone when the key names it. */
function keyOf(key: KeyObject, kid: string | undefined, only: string | undefined): JwtKey {
  const all = algorithmsOf(key);
  const algorithms = only === undefined ? all : all.filter((one) => one === only);
  if (algorithms.length === 0) throw new Error("the key fits no algorithm");
  return { kid, key, algorithms };
}

function algorithmsOf(key: KeyObject): readonly string[] {
  if (key.type === "secret") {
    return hmac.flatMap(([name, least]) => ((key.symmetricKeySize ?? 0) >= least ? [name] : []));
  }
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return modulusLength >= leastRsaBits ? rsa : [];
    case "ec":
      return ofCurve[namedCurve] ?? [];
    case "ed25519":
      return ["EdDSA"];
    default:
      return [];
  }
}
