import type { Writer } from "../codec/writer.ts";

/** Size of keys, public keys and hashes, in bytes. */
export const keyBytes = 32;
/** Size of an authentication tag, in bytes. */
export const tagBytes = 16;
/** Size of a nonce, in bytes. */
export const nonceBytes = 12;

/** Authenticated encryption with one key (RFC 5116). */
export interface Aead {
  /** Appends ciphertext and tag to `output`. */
  seal(nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array, output: Writer): void;
  /** Returns the plain bytes in new memory. Throws when the tag does not match. */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array;
}

/** Key pair of X25519 (RFC 7748). */
export interface KeyPair {
  readonly publicKey: Uint8Array;
  /** Returns the shared secret. Throws for a public key of low order, whose secret is zero whatever the private key. */
  exchange(publicKey: Uint8Array): Uint8Array;
}

/** Cipher of a Noise protocol: names in the protocol's name. */
export type NoiseCipherName = "ChaChaPoly" | "AESGCM";

/**
 * Functions on which a Noise protocol is built: those of `node:crypto` in a server, those of a library in a client. All are
 * synchronous.
 */
export interface NoisePrimitives {
  readonly cipher: NoiseCipherName;
  /** SHA-256. */
  hash(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-256. */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** AEAD_CHACHA20_POLY1305 (RFC 8439) or AES256-GCM, as `cipher` says. */
  aead(key: Uint8Array): Aead;
  /** Makes a new pair of keys from a secure source of random bytes. */
  generateKeyPair(): KeyPair;
}
