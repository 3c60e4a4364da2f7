import type { JWTPayload, jwtVerify } from "jose";
import type { AuthLevel } from "../../../api/protocol.ts";
import type { Clock } from "../../../clock/clock.ts";
import type { CountedLog } from "../../../log/counted-log.ts";
import type { Authenticator, Identity } from "../authenticator.ts";
import { ticketRefusal } from "../ticket-refusals.ts";
import { JwksAddress } from "./jwks-address.ts";
import { FixedKeys, type JwtKey, type KeySource, keysOfFile, keysOfJwks } from "./jwt-keys.ts";
import type { JwtAlgorithm, ResolvedJwt } from "./jwt-options.ts";

/** Functions of the library that verifies tokens. */
interface Library {
  readonly jwtVerify: typeof jwtVerify;
}

const largestUserId = 2n ** 64n - 1n;
/** Most characters of the id of a ticket. */
const longestId = 256;

/** Judges JSON Web Tokens (RFC 7519): signature first, then time, issuer, audience, user and level. */
export class JwtAuthenticator implements Authenticator {
  readonly #options: ResolvedJwt;
  readonly #clock: Clock;
  readonly #maxLifeMs: number;
  readonly #keys: KeySource;
  /** Loaded with the first ticket: a gate without tickets starts without the library. */
  #library: Promise<Library> | undefined;

  /**
   * Throws FAILED_PRECONDITION for keys that cannot be read, or that fit no algorithm.
   *
   * @param maxLifeMs longest time between issue and expiry of a ticket, in ms
   */
  constructor(options: ResolvedJwt, maxLifeMs: number, clock: Clock, log: CountedLog) {
    this.#options = options;
    this.#clock = clock;
    this.#maxLifeMs = maxLifeMs;
    this.#keys = sourceOf(options, clock, log);
  }

  async judge(ticket: Uint8Array): Promise<Identity> {
    const { maxBytes, algorithms } = this.#options;
    if (ticket.length > maxBytes) throw ticketRefusal("too-large");
    const token = Buffer.from(ticket).toString("latin1");
    const { alg, kid } = headerOf(token);
    if (!algorithms.includes(alg as JwtAlgorithm)) throw ticketRefusal("algorithm");
    for (const { key } of await this.#keys.keysFor(alg, kid)) {
      const claims = await this.#verify(token, key, alg);
      if (claims !== undefined) return this.#identityOf(claims);
    }
    throw ticketRefusal("key");
  }

  close(): void {
    this.#keys.close();
  }

  /** Returns the claims of a valid ticket; undefined when another key has signed it. */
  async #verify(token: string, key: JwtKey["key"], alg: string): Promise<JWTPayload | undefined> {
    const { audience, issuer, clockSkewMs } = this.#options;
    this.#library ??= import("jose");
    const library = await this.#library;
    try {
      const { payload } = await library.jwtVerify(token, key, {
        algorithms: [alg],
        audience: typeof audience === "string" ? audience : [...audience],
        issuer: typeof issuer === "string" ? issuer : [...issuer],
        requiredClaims: ["exp", "iat"],
        clockTolerance: clockSkewMs / 1_000,
        currentDate: new Date(this.#clock.wall()),
      });
      return payload;
    } catch (error) {
      if (codeOf(error) === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return undefined;
      throw refusalOf(error);
    }
  }

  #identityOf(claims: JWTPayload): Identity {
    const { once, clockSkewMs, userClaim, levelClaim } = this.#options;
    const { exp = 0, iat = 0, jti } = claims;
    const issuedAtMs = iat * 1_000;
    if (issuedAtMs > this.#clock.wall() + clockSkewMs) throw ticketRefusal("not-yet-valid");
    if (exp * 1_000 - issuedAtMs > this.#maxLifeMs) throw ticketRefusal("too-long");
    const isNamed = typeof jti === "string" && jti !== "" && jti.length <= longestId;
    if (once && !isNamed) throw ticketRefusal("malformed");
    return {
      userId: userOf(own(claims, userClaim)),
      auth: levelOf(own(claims, levelClaim)),
      issuedAtMs,
      expiresAtMs: exp * 1_000 + clockSkewMs,
      ticketId: once && isNamed ? jti : "",
    };
  }
}

function sourceOf(
  { keyFile, keys, jwks, algorithms }: ResolvedJwt,
  clock: Clock,
  log: CountedLog,
): KeySource {
  if (jwks !== undefined) return new JwksAddress(jwks, clock, log);
  if (keyFile !== undefined) return new FixedKeys(keysOfFile(keyFile), algorithms, `the key file ${keyFile}`);
  const place = "auth.jwt.keys";
  return new FixedKeys(keysOfJwks(keys, place), algorithms, place);
}

/** Reads algorithm and key name of a token's header, before anything of the token is trusted. */
function headerOf(token: string): { readonly alg: string; readonly kid: string | undefined } {
  const [header = "", ...rest] = token.split(".", 4);
  let parsed: { readonly alg?: unknown; readonly kid?: unknown } | null;
  try {
    parsed = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
  } catch {
    throw ticketRefusal("malformed");
  }
  if (rest.length !== 2 || typeof parsed !== "object" || parsed === null) throw ticketRefusal("malformed");
  const { alg, kid } = parsed;
  if (typeof alg !== "string" || (kid !== undefined && typeof kid !== "string"))
    throw ticketRefusal("malformed");
  return { alg, kid };
}

/** Returns a claim of the token itself, nothing that all objects have. */
function own(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function userOf(claim: unknown): bigint {
  const isNumber = typeof claim === "number" && Number.isSafeInteger(claim);
  const isText = typeof claim === "string" && /^[1-9]\d{0,19}$/.test(claim);
  const user = isNumber || isText ? BigInt(claim) : 0n;
  if (user < 1n || user > largestUserId) throw ticketRefusal("user");
  return user;
}

function levelOf(claim: unknown): AuthLevel {
  if (claim === undefined) return "user";
  if (claim !== "user" && claim !== "admin") throw ticketRefusal("level");
  return claim;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Returns the refusal of a token by the library's error, whose text may hold claims. */
function refusalOf(error: unknown): unknown {
  switch (codeOf(error)) {
    case "ERR_JWT_EXPIRED":
      return ticketRefusal("expired");
    case "ERR_JWT_CLAIM_VALIDATION_FAILED": {
      const { claim, reason } = error as { readonly claim?: unknown; readonly reason?: unknown };
      if (claim === "aud") return ticketRefusal("audience");
      if (claim === "iss") return ticketRefusal("issuer");
      return ticketRefusal(claim === "nbf" && reason === "check_failed" ? "not-yet-valid" : "malformed");
    }
    case "ERR_JOSE_ALG_NOT_ALLOWED":
      return ticketRefusal("algorithm");
    case "ERR_JWS_INVALID":
    case "ERR_JWT_INVALID":
    case "ERR_JOSE_NOT_SUPPORTED":
      return ticketRefusal("malformed");
    default:
      return error;
  }
}
