import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { getUint32, putUint32 } from "../../wire/uint32.ts";

/** Bytes of the tag that names a run of a gate, of a session id, and of a secret. */
const runBytes = 8;
const idBytes = 4;
const secretBytes = 16;
/** Bytes of a SHA-256 hash. */
const hashBytes = 32;
const tokenBytes = runBytes + idBytes + secretBytes;
/** Most former tokens of a session. */
const formerCount = 8;

/**
 * Hashes of the tokens of one session, each as a text of a character a byte, which takes a third of the memory of a byte array. The tokens
 * themselves are not kept.
 */
export interface TokenHashes {
  /** Token of the last welcome. */
  current: string;
  /**
   * Tokens before it, until the client has shown that it has the current one: the one that it has resumed with, and those of
   * welcomes that it may have received on other connections. The one that was presented last comes first.
   */
  former: readonly string[];
}

/** The bytes of a hash of {@link TokenHashes}. */
export function hashBytesOf(hash: string): Uint8Array {
  return Buffer.from(hash, "latin1");
}

/** Parts of a token that belongs to this run of the gate. */
export interface ParsedToken {
  readonly id: number;
  readonly hash: Uint8Array;
}

/** Parts of any gate's token. */
export interface TokenParts {
  /** Tag of the run of the gate that has issued the token. */
  readonly run: Uint8Array;
  /** Number of the session at that gate. */
  readonly session: number;
  /** SHA-256 of the whole token. */
  readonly hash: Uint8Array;
}

/** Makes and checks resume tokens: the gate's run, the session's id, and 128 random bits. */
export class ResumeTokens {
  readonly #run = randomBytes(runBytes);
  /** Sessions that have come from other gates, by the hashes of their tokens there. */
  readonly #adopted = new Map<string, number>();

  /**
   * Makes a token for a session, and stores its hash as `current`.
   *
   * @param presented hash of the token that the client has resumed with, which stays valid; undefined for a new session
   */
  issue(id: number, into: { tokens: TokenHashes | undefined }, presented?: Uint8Array): Uint8Array {
    const token = new Uint8Array(tokenBytes);
    token.set(this.#run);
    putUint32(token, runBytes, id);
    token.set(randomBytes(secretBytes), runBytes + idBytes);
    const former = presented === undefined ? none : formerOf(textOf(presented), into.tokens);
    into.tokens = { current: textOf(hashOf(token)), former };
    return token;
  }

  /**
   * Makes a token for a session from another gate. The tokens that its client may have from there stay valid, until the client has
   * shown that it has the new one or they are forgotten.
   */
  adopt(id: number, into: { tokens: TokenHashes | undefined }, hashes: readonly Uint8Array[]): Uint8Array {
    const token = this.issue(id, into);
    const former = hashes
      .filter(({ length }) => length === hashBytes)
      .slice(0, formerCount)
      .map(textOf);
    if (into.tokens !== undefined) into.tokens.former = former;
    for (const hash of former) this.#adopted.set(hash, id);
    return token;
  }

  /** Forgets the tokens of another gate that name the session `id`. A session that has left and come back has another id. */
  forget(hashes: readonly string[], id: number): void {
    for (const hash of hashes) {
      if (this.#adopted.get(hash) === id) this.#adopted.delete(hash);
    }
  }

  /** Returns the parts of a token; undefined for bytes that are no token. */
  partsOf(token: Uint8Array): TokenParts | undefined {
    if (token.length !== tokenBytes) return undefined;
    return { run: token.slice(0, runBytes), session: getUint32(token, runBytes), hash: hashOf(token) };
  }

  /** Resolves a token; undefined when it is neither of this run of this gate, nor of a session that has come from another gate. */
  resolve({ run, session, hash }: TokenParts): ParsedToken | undefined {
    if (run.length !== runBytes || hash.length !== hashBytes) return undefined;
    // A session that comes back from another gate has another number here than in the token.
    const adopted = this.#adopted.get(textOf(hash));
    const id = adopted ?? (timingSafeEqual(run, this.#run) ? session : undefined);
    return id === undefined ? undefined : { id, hash };
  }

  /** Reads a token, as {@link resolve} does. */
  read(token: Uint8Array): ParsedToken | undefined {
    const parts = this.partsOf(token);
    return parts && this.resolve(parts);
  }

  /** Returns whether a session accepts the token: its current one, or a former one while that is valid. */
  accepts({ current, former }: TokenHashes, { hash }: ParsedToken): boolean {
    return isEqual(hash, current) || former.some((other) => isEqual(hash, other));
  }
}

/** Returns the tokens that stay valid beside a new one. A client that presents the current token has shown that it has it. */
function formerOf(presented: string, tokens: TokenHashes | undefined): readonly string[] {
  if (tokens === undefined || presented === tokens.current) return [presented];
  const others = tokens.former.filter((other) => presented !== other);
  return [presented, tokens.current, ...others].slice(0, formerCount);
}

/** Former tokens of most sessions. */
const none: readonly string[] = Object.freeze([]);

function textOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString("latin1");
}

/** Takes the same time, wherever the hashes differ. */
function isEqual(hash: Uint8Array, text: string): boolean {
  return timingSafeEqual(hash, hashBytesOf(text));
}

function hashOf(token: Uint8Array): Buffer {
  return createHash("sha256").update(token).digest();
}
