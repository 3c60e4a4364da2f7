import { nkCipherIds, NkCipherClient, NkCipherServer } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { type CipherServer, cipherPreamble, type RecordCipher } from "../../../runtime/wire/cipher/cipher.ts";
import type { KeyPair, NoiseCipherName, NoisePrimitives } from "../../../runtime/wire/cipher/noise-primitives.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { toHex } from "./load.ts";

/** One encrypted connection with given keys, byte by byte. */
export interface CipherVector {
  readonly cipher: NoiseCipherName;
  /** Private keys, which only a test gives. */
  readonly gatePrivate: string;
  readonly gatePublic: string;
  readonly clientEphemeral: string;
  readonly gateEphemeral: string;
  /** Preamble and first message. */
  readonly opening: string;
  readonly answer: string;
  /** Records of both directions in order; "number" counts those of a direction from 0. */
  readonly records: readonly CipherRecord[];
}

export interface CipherRecord {
  readonly from: "client" | "gate";
  readonly number: number;
  readonly content: string;
  /** Length and sealed bytes. */
  readonly hex: string;
}

/** The primitives of one implementation. */
export interface CipherParts {
  primitives(cipher: NoiseCipherName): NoisePrimitives;
  keyPair(privateKey: Uint8Array): KeyPair;
}

const privateKey = (byte: number) => new Uint8Array(32).fill(byte);
const keys = { gate: privateKey(0x47), client: privateKey(0x63), ephemeral: privateKey(0x67) };

/** Hello of a session client, the first content of a connection. */
const hello = Buffer.from(
  "00000000010000000000000019ffffff0106000000000a0c737472616e6765722f312e303801",
  "hex",
);

/** Numbers of records that are in the vectors: the first ones, and those about the first rekey. */
export const shownRecords: readonly number[] = [0, 1, 2, 65_535, 65_536];

/** Content of a record. */
export function contentOf(from: "client" | "gate", number: number): Uint8Array {
  return number === 0 && from === "client" ? hello : Buffer.from(`${from} ${number}`);
}

/** Makes the vector of a cipher. */
export function cipherVector(cipher: NoiseCipherName, parts: CipherParts): CipherVector {
  const gate = parts.keyPair(keys.gate);
  const client = openedClient(cipher, parts, gate.publicKey);
  const served = serverOf(cipher, parts, gate).accept(client.preamble, client.hello);
  const ends = { client: client.finish(served.answer), gate: served.records };
  const records: CipherRecord[] = [];
  for (let number = 0; number <= shownRecords.at(-1)!; number++) {
    for (const from of ["client", "gate"] as const) {
      const hex = sealed(ends[from], contentOf(from, number));
      if (shownRecords.includes(number)) {
        records.push({ from, number, content: toHex(contentOf(from, number)), hex });
      }
    }
  }
  return {
    cipher,
    gatePrivate: toHex(keys.gate),
    gatePublic: toHex(gate.publicKey),
    clientEphemeral: toHex(keys.client),
    gateEphemeral: toHex(keys.ephemeral),
    opening: toHex(client.preamble) + toHex(client.hello),
    answer: toHex(served.answer),
    records,
  };
}

/** The client's side with the vector's keys. */
export function openedClient(cipher: NoiseCipherName, parts: CipherParts, gatePublic: Uint8Array) {
  const primitives = parts.primitives(cipher);
  const fixed = { ...primitives, generateKeyPair: () => parts.keyPair(keys.client) };
  const preamble = cipherPreamble(nkCipherIds[cipher]);
  const greeting = new NkCipherClient(fixed, gatePublic).begin(preamble);
  return { preamble, hello: greeting.hello, finish: (answer: Uint8Array) => greeting.finish(answer) };
}

/** The gate's side with the vector's keys. */
export function serverOf(cipher: NoiseCipherName, parts: CipherParts, gate: KeyPair): CipherServer {
  const fixed = { ...parts.primitives(cipher), generateKeyPair: () => parts.keyPair(keys.ephemeral) };
  return new NkCipherServer(fixed, { current: [gate] });
}

/** A record as it is sent, in hexadecimal. */
export function sealed(records: RecordCipher, content: Uint8Array): string {
  const output = new Writer();
  output.append(Uint8Array.of(0, 0));
  records.seal(content, output);
  const bytes = output.finish();
  new DataView(bytes.buffer).setUint16(0, bytes.length - 2);
  return toHex(bytes);
}
