import { filled } from "../../../options/address-rules.ts";
import {
  type Given,
  object,
  optional,
  type Path,
  type Report,
  type RulesOf,
  required,
  withDefault,
} from "../../../options/option-rules.ts";
import { choice, flag, having, leaf, list, ms, said, whole } from "../../../options/rule-kinds.ts";

/** Algorithms of signatures that a gate knows (RFC 7518, RFC 8037). */
export const jwtAlgorithms = [
  "EdDSA",
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "HS256",
  "HS384",
  "HS512",
] as const;
/** Algorithm of a signature. */
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** Keys at an HTTP address, which the issuer of the tickets publishes (RFC 7517). */
export interface JwksOptions {
  /** Address of the key set: "https://login.example/keys.json". Plain http is accepted on loopback only. */
  readonly url: string;
  /** Age of the keys, in ms, after which they are fetched again. Default 600,000. */
  readonly cacheMs?: number;
  /** Least time between two fetches, in ms, when tickets name an unknown key or the address fails. Default 30,000. */
  readonly cooldownMs?: number;
  /** How long the last keys are used while the address fails, in ms; then tickets fail with UNAVAILABLE. Default 3,600,000. */
  readonly staleMs?: number;
  /** Timeout of a fetch, in ms. Default 3,000. */
  readonly timeoutMs?: number;
  /** Largest answer, in bytes. Default 262,144. */
  readonly maxBytes?: number;
}

/** Tickets that are JSON Web Tokens (RFC 7519), signed by a login service. Exactly one of keyFile, keys and jwks is set. */
export interface JwtOptions {
  /** File with the key of the issuer: a public key or certificate in PEM, or a JWK or a set of JWKs in JSON. */
  readonly keyFile?: string;
  /** The key of the issuer: a JWK, or a set of JWKs as `{ keys: [...] }`. */
  readonly keys?: object;
  /** Address of the issuer's keys. */
  readonly jwks?: JwksOptions;
  /**
   * Accepted algorithms; a ticket's algorithm must also fit the kind of the key. Default: EdDSA, ES256 and RS256. A shared secret
   * (HS256, HS384, HS512) has to be named, and stands alone.
   */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** Accepted audiences: the claim `aud` must have one of them. */
  readonly audience: string | readonly string[];
  /** Accepted issuers: the claim `iss` must be one of them. */
  readonly issuer: string | readonly string[];
  /** Tolerated difference between the clocks of issuer and gate, in ms. Default 30,000. */
  readonly clockSkewMs?: number;
  /** Claim with the user id: a decimal string, or a whole number up to 2^53 - 1. Default "sub". */
  readonly userClaim?: string;
  /** Claim with the auth level: "user" or "admin". A ticket without the claim has the level "user". Default "auth". */
  readonly levelClaim?: string;
  /** Whether a ticket is accepted once. Such tickets need the claim `jti`. Default false. */
  readonly once?: boolean;
  /** Largest ticket, in bytes. Default 8,192. */
  readonly maxBytes?: number;
}

const hourMs = 3_600_000;
const bytes = (most: number) => whole(64, most, "bytes");

const texts = leaf<string | readonly string[]>(
  "string",
  "a text, or a list of texts",
  (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
);

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

const safeUrl = leaf<string>(
  "string",
  "an https address, or an http address on this machine",
  (value) => typeof value === "string" && isSafe(value),
);

/** Returns whether nobody on the way can exchange the keys of an address. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  const isLocal = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && isLocal);
}

const jwks = object({
  url: required(safeUrl),
  cacheMs: withDefault(ms(0, 24 * hourMs), 600_000),
  cooldownMs: withDefault(ms(0, 24 * hourMs), 30_000),
  staleMs: withDefault(ms(0, 24 * hourMs), hourMs),
  timeoutMs: withDefault(ms(1, 60_000), 3_000),
  maxBytes: withDefault(bytes(16 * 2 ** 20), 262_144),
} satisfies RulesOf<JwksOptions>);

/** Keys at an HTTP address, with all defaults filled in. */
export type ResolvedJwks = Given<typeof jwks>;

/** Rule that checks {@link JwtOptions} and fills in defaults. */
export const jwtRule = object(
  {
    keyFile: optional(filled("the path of a file")),
    keys: optional(having<object>("a JWK, or a set of JWKs as { keys: [...] }")),
    jwks: optional(jwks),
    algorithms: withDefault(list(choice(jwtAlgorithms), 1, "algorithms"), ["EdDSA", "ES256", "RS256"]),
    audience: required(texts),
    issuer: required(texts),
    clockSkewMs: withDefault(ms(0, hourMs), 30_000),
    userClaim: withDefault(filled("the name of a claim"), "sub"),
    levelClaim: withDefault(filled("the name of a claim"), "auth"),
    once: withDefault(flag, false),
    maxBytes: withDefault(bytes(60_000), 8_192),
  } satisfies RulesOf<JwtOptions>,
  { together: checkKeys },
);

/** Options of JSON Web Tokens, with all defaults filled in. */
export type ResolvedJwt = Given<typeof jwtRule>;

/** Options that say where keys come from, as far as they are compared with one another. */
interface KeyOptions {
  readonly keyFile: unknown;
  readonly keys: unknown;
  readonly jwks: unknown;
  readonly algorithms: readonly JwtAlgorithm[];
}

function checkKeys({ keyFile, keys, jwks, algorithms }: KeyOptions, path: Path, report: Report): void {
  const given = [keyFile, keys, jwks].filter((one) => one !== undefined).length;
  if (given !== 1) {
    const wrong = `found ${given} of keyFile, keys and jwks`;
    report("missing-option", path, undefined, said(wrong, "set exactly one of them"));
  }
  const secret = algorithms.filter((one) => one.startsWith("HS"));
  if (secret.length > 0 && secret.length < algorithms.length) {
    const wrong = "found algorithms of shared secrets beside those of public keys";
    report("wrong-kind", [...path, "algorithms"], algorithms, said(wrong, "name one kind only"));
  } else if (secret.length > 0 && jwks !== undefined) {
    const wrong = `found ${secret[0]}, but a key set at an address is public`;
    report("wrong-kind", [...path, "algorithms"], algorithms, said(wrong, "use keyFile for a shared secret"));
  }
}
