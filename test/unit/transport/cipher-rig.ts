import { onTestFinished } from "vitest";
import { nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import type { PortOptions } from "../../../runtime/transport/port-options.ts";
import type { CipherServer, RecordCipher } from "../../../runtime/wire/cipher/cipher.ts";
import { cipherPreamble } from "../../../runtime/wire/cipher/cipher.ts";
import { NkCipherClient, NkCipherServer } from "../../../runtime/wire/cipher/nk-cipher.ts";
import type { NoiseCipherName } from "../../../runtime/wire/cipher/noise-primitives.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { dial, type Rig, rig } from "./rig.ts";

const primitives = nodePrimitives("ChaChaPoly");

/** Keys of the gate in these tests. */
export const gateKeys = primitives.generateKeyPair();

/** Both supplied ciphers. */
export const suppliedCiphers: readonly CipherServer[] = [
  new NkCipherServer(primitives, { current: [gateKeys] }),
  new NkCipherServer(nodePrimitives("AESGCM"), { current: [gateKeys] }),
];

/** A port that encrypts. */
export function cipherRig(
  cipher: Partial<NonNullable<PortOptions["cipher"]>> = {},
  options: Partial<PortOptions> = {},
): Promise<Rig> {
  return rig({ cipher: { ciphers: suppliedCiphers, required: true, ...cipher }, ...options });
}

/** A client's side of a connection, whose bytes the test sends by itself. */
export interface HandMade {
  /** Preamble and first message. */
  readonly opening: Uint8Array;
  /** Handles the server's answer. */
  finish(answer: Uint8Array): RecordCipher;
}

export function handMade(suite: NoiseCipherName = "ChaChaPoly", key = gateKeys.publicKey): HandMade {
  const client = new NkCipherClient(nodePrimitives(suite), key);
  const preamble = cipherPreamble(client.id);
  const greeting = client.begin(preamble);
  return { opening: Buffer.concat([preamble, greeting.hello]), finish: (answer) => greeting.finish(answer) };
}

/** A record with this content, as it is sent. */
export function recordOf(records: RecordCipher, content: Uint8Array | string): Buffer {
  const sealed = new Writer();
  records.seal(Buffer.from(content), sealed);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(sealed.position);
  return Buffer.concat([head, sealed.finish()]);
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A connection whose handshake is done, and what the server has got by it. */
export async function encryptedConnection(opened: Rig, suite: NoiseCipherName = "ChaChaPoly") {
  const client = handMade(suite);
  const connection = await dial(opened.port);
  const received: Buffer[] = [];
  connection.socket.on("data", (bytes: Buffer) => received.push(bytes));
  const before = opened.transports.length;
  connection.socket.write(client.opening);
  await until(() => Buffer.concat(received).length >= 48 && opened.transports.length > before);
  const records = client.finish(Buffer.concat(received).subarray(0, 48));
  onTestFinished(() => void connection.socket.destroy());
  return {
    ...connection,
    records,
    served: opened.transports[before]!,
    /** Bytes from the server after the handshake. */
    bytes: () => Buffer.concat(received).subarray(48),
  };
}
