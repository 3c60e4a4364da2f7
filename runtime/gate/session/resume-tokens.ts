import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getUint32, putUint32 } from "../../wire/uint32.ts";

/** Bytes of the tag that names a run of a gate, of a session id, and of a secret. */
const runBytes = 8;
const idBytes = 4;
const secretBytes = 16;
const tokenBytes = runBytes + idBytes + secretBytes;
/** Most former tokens of a session. */
const formerCount = 8;

/** Hashes of the tokens of one session. The tokens themselves are not kept. */
export interface TokenHashes {
  /** Token of the last welcome. */
  current: Buffer;
  /**
   * Tokens before it, until the client has shown that it has the current one: the one that it has resumed with, and those of
   * welcomes that it may have received on other connections. The one that was presented last comes first.
   */
  former: readonly Buffer[];
}

/** Parts of a token that belongs to this run of the gate. */
export interface ParsedToken {
  readonly id: number;
  readonly hash: Buffer;
}

/** Makes and checks resume tokens: the gate's run, the session's id, and 128 random bits. */
export class ResumeTokens {
  readonly #run = randomBytes(runBytes);

  /**
   * Makes a token for a session, and stores its hash as `current`.
   *
   * @param presented hash of the token that the client has resumed with, which stays valid; undefined for a new session
   */
  issue(id: number, into: { tokens: TokenHashes | undefined }, presented?: Buffer): Uint8Array {
    const token = new Uint8Array(tokenBytes);
    token.set(this.#run);
    putUint32(token, runBytes, id);
    token.set(randomBytes(secretBytes), runBytes + idBytes);
    const former = presented === undefined ? [] : formerOf(presented, into.tokens);
    into.tokens = { current: hashOf(token), former };
    return token;
  }

  /** Reads a token; undefined when it is not a token of this run of this gate. */
  read(token: Uint8Array): ParsedToken | undefined {
    if (token.length !== tokenBytes) return undefined;
    if (!timingSafeEqual(token.subarray(0, runBytes), this.#run)) return undefined;
    return { id: getUint32(token, runBytes), hash: hashOf(token) };
  }

  /** Returns whether a session accepts the token: its current one, or a former one while that is valid. */
  accepts({ current, former }: TokenHashes, { hash }: ParsedToken): boolean {
    return timingSafeEqual(hash, current) || former.some((other) => timingSafeEqual(hash, other));
  }
}

/** Returns the tokens that stay valid beside a new one. A client that presents the current token has shown that it has it. */
function formerOf(presented: Buffer, tokens: TokenHashes | undefined): Buffer[] {
  if (tokens === undefined || timingSafeEqual(presented, tokens.current)) return [presented];
  const others = tokens.former.filter((other) => !timingSafeEqual(presented, other));
  return [presented, tokens.current, ...others].slice(0, formerCount);
}

function hashOf(token: Uint8Array): Buffer {
  return createHash("sha256").update(token).digest();
}
