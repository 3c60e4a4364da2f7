import { Writer } from "../codec/writer.ts";
import { emptyBytes } from "../empty-bytes.ts";
import { putUint32 } from "../uint32.ts";
import { type Aead, keyBytes, type NoisePrimitives, nonceBytes, tagBytes } from "./noise-primitives.ts";

/** High and low half of the nonce that is reserved for a rekey: 2^64 - 1. */
const rekeyNonce = 0xffff_ffff;

/**
 * Key and counter of one direction: the CipherState of the Noise protocol, revision 34, section 5.1. Each message takes the next
 * nonce, so that a message that is repeated, moved or left out does not verify.
 */
export class CipherState {
  readonly #primitives: NoisePrimitives;
  readonly #nonce = new Uint8Array(nonceBytes);
  #aead: Aead;
  #count = 0;

  constructor(primitives: NoisePrimitives, key: Uint8Array) {
    this.#primitives = primitives;
    this.#aead = primitives.aead(key);
  }

  /** Number of messages so far: the nonce of the next one. */
  get count(): number {
    return this.#count;
  }

  /** Appends the sealed bytes to `output`. */
  seal(associated: Uint8Array, plain: Uint8Array, output: Writer): void {
    this.#putNonce(Math.floor(this.#count / 2 ** 32), this.#count >>> 0);
    this.#aead.seal(this.#nonce, associated, plain, output);
    this.#count++;
  }

  /** Returns the plain bytes. Throws when the tag does not match; the counter then stays. */
  open(associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    if (sealed.length < tagBytes) throw new Error("shorter than a tag");
    this.#putNonce(Math.floor(this.#count / 2 ** 32), this.#count >>> 0);
    const plain = this.#aead.open(this.#nonce, associated, sealed);
    this.#count++;
    return plain;
  }

  /** Replaces the key by one that does not lead back to it (section 4.2, REKEY). The counter goes on. */
  rekey(): void {
    const sealed = new Writer(keyBytes + tagBytes);
    this.#putNonce(rekeyNonce, rekeyNonce);
    this.#aead.seal(this.#nonce, emptyBytes, new Uint8Array(keyBytes), sealed);
    this.#aead = this.#primitives.aead(sealed.finish().subarray(0, keyBytes));
  }

  /** Encodes a nonce: four zero bytes, then the number, big-endian for AESGCM and little-endian for ChaChaPoly. */
  #putNonce(high: number, low: number): void {
    const nonce = this.#nonce;
    if (this.#primitives.cipher === "AESGCM") {
      putUint32(nonce, 4, high);
      putUint32(nonce, 8, low);
    } else {
      for (let at = 0; at < 4; at++) {
        nonce[4 + at] = low >>> (8 * at);
        nonce[8 + at] = high >>> (8 * at);
      }
    }
  }
}

/** State of a handshake: the SymmetricState of the Noise protocol, revision 34, section 5.2. */
export class SymmetricState {
  readonly #primitives: NoisePrimitives;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: CipherState | undefined;

  /** @param name protocol name in ASCII, such as "Noise_NK_25519_AESGCM_SHA256", of at most 32 characters */
  constructor(primitives: NoisePrimitives, name: string) {
    this.#primitives = primitives;
    const hash = new Uint8Array(keyBytes);
    for (let at = 0; at < name.length; at++) hash[at] = name.charCodeAt(at);
    this.#hash = hash;
    this.#chainingKey = hash;
  }

  /** Hash of all that both sides have seen: the same on both sides, and different in every handshake. */
  get handshakeHash(): Uint8Array {
    return this.#hash;
  }

  mixHash(data: Uint8Array): void {
    const both = new Uint8Array(this.#hash.length + data.length);
    both.set(this.#hash);
    both.set(data, this.#hash.length);
    this.#hash = this.#primitives.hash(both);
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = this.#derive(secret);
    this.#chainingKey = chainingKey;
    this.#cipher = new CipherState(this.#primitives, key);
  }

  /** Appends the payload, sealed once there is a key, to `output`. */
  sealAndHash(payload: Uint8Array, output: Writer): void {
    const from = output.position;
    if (this.#cipher === undefined) output.append(payload);
    else this.#cipher.seal(this.#hash, payload, output);
    this.mixHash(output.bytes.subarray(from, output.position));
  }

  /** Returns the payload. Throws when it does not verify. */
  openAndHash(sealed: Uint8Array): Uint8Array {
    const payload = this.#cipher === undefined ? sealed : this.#cipher.open(this.#hash, sealed);
    this.mixHash(sealed);
    return payload;
  }

  /** Returns the states of the two directions: of the initiator's messages, then of the responder's. */
  split(): [CipherState, CipherState] {
    const [first, second] = this.#derive(emptyBytes);
    return [new CipherState(this.#primitives, first), new CipherState(this.#primitives, second)];
  }

  /** HKDF with two outputs (section 4.3). */
  #derive(input: Uint8Array): [Uint8Array, Uint8Array] {
    const { hmac } = this.#primitives;
    const temporary = hmac(this.#chainingKey, input);
    const first = hmac(temporary, Uint8Array.of(1));
    const next = new Uint8Array(keyBytes + 1);
    next.set(first);
    next[keyBytes] = 2;
    return [first, hmac(temporary, next)];
  }
}
