import { Writer } from "../codec/writer.ts";
import { emptyBytes } from "../empty-bytes.ts";
import type { CipherAnswer, CipherClient, CipherGreeting, CipherServer, RecordCipher } from "./cipher.ts";
import { type Directions, NkInitiator, NkResponder } from "./nk-handshake.ts";
import {
  type KeyPair,
  keyBytes,
  type NoiseCipherName,
  type NoisePrimitives,
  tagBytes,
} from "./noise-primitives.ts";
import type { CipherState } from "./symmetric-state.ts";

/** Numbers of the supplied ciphers in the preamble. */
export const nkCipherIds: Readonly<Record<NoiseCipherName, number>> = /* @__PURE__ */ Object.freeze({
  ChaChaPoly: 1,
  AESGCM: 2,
});

/** Size of a key's number in the client's message, in bytes: the start of SHA-256 of the public key. */
export const keyNumberBytes = 4;

/** Records of one direction after which its key is replaced; at most 4 GiB. */
export const rekeyRecords = 0x1_0000;

/** Size of a handshake message: a public key and the tag of an empty payload. */
const handshakeBytes = keyBytes + tagBytes;

/** Returns the number of a public key in the client's message. */
export function keyNumber(primitives: NoisePrimitives, publicKey: Uint8Array): Uint8Array {
  return primitives.hash(publicKey).subarray(0, keyNumberBytes);
}

/** Records of a connection: transport messages of the Noise protocol. */
export class NoiseRecords implements RecordCipher {
  readonly overheadBytes = tagBytes;
  readonly #send: CipherState;
  readonly #receive: CipherState;
  readonly #rekeyRecords: number;

  constructor({ send, receive }: Directions, records = rekeyRecords) {
    this.#send = send;
    this.#receive = receive;
    this.#rekeyRecords = records;
  }

  seal(content: Uint8Array, output: Writer): void {
    this.#send.seal(emptyBytes, content, output);
    if (this.#send.count % this.#rekeyRecords === 0) this.#send.rekey();
  }

  open(sealed: Uint8Array): Uint8Array {
    const content = this.#receive.open(emptyBytes, sealed);
    if (this.#receive.count % this.#rekeyRecords === 0) this.#receive.rekey();
    return content;
  }
}

/** Client side of Noise NK, which knows the gate's public key. */
export class NkCipherClient implements CipherClient {
  readonly id: number;
  readonly #primitives: NoisePrimitives;
  readonly #gateKey: Uint8Array;

  constructor(primitives: NoisePrimitives, gateKey: Uint8Array) {
    this.id = nkCipherIds[primitives.cipher];
    this.#primitives = primitives;
    this.#gateKey = gateKey;
  }

  /** Begins a handshake. Throws for a gate key of low order. */
  begin(preamble: Uint8Array): CipherGreeting {
    const number = keyNumber(this.#primitives, this.#gateKey);
    const handshake = new NkInitiator(this.#primitives, prologueOf(preamble, number), this.#gateKey);
    const hello = new Writer(keyNumberBytes + handshakeBytes);
    hello.append(number);
    handshake.write(emptyBytes, hello);
    return {
      hello: hello.finish(),
      answerBytes: handshakeBytes,
      finish: (answer) => {
        handshake.read(answer);
        return new NoiseRecords(handshake.split());
      },
    };
  }
}

/** Static keys of a server, which may change between two handshakes. */
export interface StaticKeys {
  readonly current: readonly KeyPair[];
}

/** Server side of Noise NK with one cipher and several static keys, so that keys can be replaced while old clients connect. */
export class NkCipherServer implements CipherServer {
  readonly id: number;
  readonly helloBytes: number = keyNumberBytes + handshakeBytes;
  readonly #primitives: NoisePrimitives;
  readonly #keys: StaticKeys;
  /** Keys of the last handshake, with their numbers. */
  #known: readonly KeyPair[] = [];
  #numbered: readonly { readonly number: Uint8Array; readonly pair: KeyPair }[] = [];

  constructor(primitives: NoisePrimitives, keys: StaticKeys) {
    this.id = nkCipherIds[primitives.cipher];
    this.#primitives = primitives;
    this.#keys = keys;
  }

  accept(preamble: Uint8Array, hello: Uint8Array): CipherAnswer {
    const number = hello.subarray(0, keyNumberBytes);
    const handshake = new NkResponder(this.#primitives, prologueOf(preamble, number), this.#find(number));
    handshake.read(hello.subarray(keyNumberBytes));
    const answer = new Writer(handshakeBytes);
    handshake.write(emptyBytes, answer);
    return { answer: answer.finish(), records: new NoiseRecords(handshake.split()) };
  }

  #find(number: Uint8Array): KeyPair {
    const { current } = this.#keys;
    if (current !== this.#known) {
      this.#known = current;
      this.#numbered = current.map((pair) => ({ number: keyNumber(this.#primitives, pair.publicKey), pair }));
    }
    const found = this.#numbered.find((key) => key.number.every((byte, at) => byte === number[at]));
    if (found === undefined) throw new Error("unknown gate key");
    return found.pair;
  }
}

/** The Noise prologue: all bytes before the first handshake message. */
function prologueOf(preamble: Uint8Array, number: Uint8Array): Uint8Array {
  const prologue = new Uint8Array(preamble.length + number.length);
  prologue.set(preamble);
  prologue.set(number, preamble.length);
  return prologue;
}
