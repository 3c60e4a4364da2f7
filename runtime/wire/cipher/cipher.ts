import type { Writer } from "../codec/writer.ts";

/**
 * First bytes of an encrypted connection: F5 "Pho". Neither a frame of the default format, nor the name of an HTTP method, nor
 * a TLS record, nor a PROXY header begins with them.
 */
export const cipherMagic: readonly number[] = /* @__PURE__ */ Object.freeze([0xf5, 0x50, 0x68, 0x6f]);

/** Version of preamble, handshake and records. */
export const cipherVersion = 1;

/** Size of the preamble, in bytes: magic, version, id of the cipher. */
export const preambleBytes = 6;

/** Smallest id that a user's own cipher may have; smaller ids belong to this protocol. */
export const firstOwnCipherId = 0x80;

/** Size of a record's length, in bytes: an unsigned number, big-endian, which counts the sealed bytes that follow. */
export const recordHeadBytes = 2;

/** Most sealed bytes of a record, those of its tag among them: the longest message of the Noise protocol. */
export const maxSealedBytes = 0xffff;

/** Encrypts and decrypts the records of one connection: each direction with keys and a counter of its own. */
export interface RecordCipher {
  /** Bytes that a sealed record has more than its content, at least 1. Default of the supplied ciphers: 16, the tag. */
  readonly overheadBytes: number;
  /** Appends the sealed content to `output`: exactly `overheadBytes` more than the content. Must not throw. */
  seal(content: Uint8Array, output: Writer): void;
  /**
   * Returns the content of the next record, in memory that is not used for anything else. Throws for a record that does not
   * verify: one that was changed, repeated or left out on the way. The connection is then destroyed.
   */
  open(sealed: Uint8Array): Uint8Array;
}

/** Answer of a {@link CipherServer} to a hello. */
export interface CipherAnswer {
  /** Message to the client; its size must be the `answerBytes` of the client's side. */
  readonly answer: Uint8Array;
  readonly records: RecordCipher;
}

/**
 * Server side of a cipher: a handshake of one message each, then records. The option `listen.cipher.own` of a gate takes ciphers
 * of the user's own.
 */
export interface CipherServer {
  /** Number of the cipher in the preamble: 128 to 255 for a user's own. */
  readonly id: number;
  /** Exact size of the client's message after the preamble, in bytes. */
  readonly helloBytes: number;
  /**
   * Handles the client's message. Throws when the message does not verify; the client gets no answer then. Each call is work for
   * an unknown peer, so that a port limits the calls in a second.
   */
  accept(preamble: Uint8Array, hello: Uint8Array): CipherAnswer;
}

/** Handshake that a {@link CipherClient} has begun. */
export interface CipherGreeting {
  /** Message to the server, which follows the preamble. */
  readonly hello: Uint8Array;
  /** Exact size of the server's answer, in bytes. */
  readonly answerBytes: number;
  /** Handles the server's answer. Throws when the answer does not verify. */
  finish(answer: Uint8Array): RecordCipher;
}

/** Client side of a cipher. */
export interface CipherClient {
  /** Number of the cipher in the preamble: 128 to 255 for a user's own. */
  readonly id: number;
  /** Begins the handshake of a new connection. */
  begin(preamble: Uint8Array): CipherGreeting;
}

/** Returns the preamble of a connection: magic, version, id of the cipher. */
export function cipherPreamble(id: number): Uint8Array {
  return Uint8Array.of(...cipherMagic, cipherVersion, id);
}

/** Whether these bytes, up to four of them, may begin an encrypted connection. */
export function mayBeginCipher(first: Uint8Array): boolean {
  return cipherMagic.every((byte, at) => at >= first.length || first[at] === byte);
}
