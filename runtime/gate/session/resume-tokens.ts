import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getUint32, putUint32 } from "../../wire/uint32.ts";

/** Bytes of the tag that names a run of a gate, of a session id, and of a secret. */
const runBytes = 8;
const idBytes = 4;
const secretBytes = 16;
const tokenBytes = runBytes + idBytes + secretBytes;

/** Hashes of the tokens of one session. The tokens themselves are not kept. */
export interface TokenHashes {
  /** Token of the last welcome. */
  current: Buffer;
  /** Token before it, until the client has shown that it has the current one. */
  former: Buffer | undefined;
}

/** Parts of a token that belongs to this run of the gate. */
export interface ParsedToken {
  readonly id: number;
  readonly hash: Buffer;
}

/** Makes and checks resume tokens: the gate's run, the session's id, and 128 random bits. */
export class ResumeTokens {
  readonly #run = randomBytes(runBytes);

  /** Makes a token for a session, and stores its hash as `current`. */
  issue(id: number, into: { tokens: TokenHashes | undefined }, former?: Buffer): Uint8Array {
    const token = new Uint8Array(tokenBytes);
    token.set(this.#run);
    putUint32(token, runBytes, id);
    token.set(randomBytes(secretBytes), runBytes + idBytes);
    into.tokens = { current: hashOf(token), former };
    return token;
  }

  /** Reads a token; undefined when it is not a token of this run of this gate. */
  read(token: Uint8Array): ParsedToken | undefined {
    if (token.length !== tokenBytes) return undefined;
    if (!timingSafeEqual(token.subarray(0, runBytes), this.#run)) return undefined;
    return { id: getUint32(token, runBytes), hash: hashOf(token) };
  }

  /** Returns whether a session accepts the token: its current one, or the former one while that is valid. */
  accepts(tokens: TokenHashes, { hash }: ParsedToken): boolean {
    const { current, former } = tokens;
    return timingSafeEqual(hash, current) || (former !== undefined && timingSafeEqual(hash, former));
  }
}

function hashOf(token: Uint8Array): Buffer {
  return createHash("sha256").update(token).digest();
}
