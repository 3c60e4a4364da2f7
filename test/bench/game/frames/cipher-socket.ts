import { nodePrimitives } from "../../../../runtime/transport/cipher/node-primitives.ts";
import { RecordSplitter } from "../../../../runtime/transport/cipher/record-splitter.ts";
import {
  cipherPreamble,
  type RecordCipher,
  recordHeadBytes,
} from "../../../../runtime/wire/cipher/cipher.ts";
import { NkCipherClient } from "../../../../runtime/wire/cipher/nk-cipher.ts";
import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import type { FrameSocket } from "./socket.ts";

/** Does the handshake of a gate's cipher on a connection, and returns the connection that carries records: one for each write. */
export async function encrypted(socket: FrameSocket, gateKey: Uint8Array): Promise<CipherSocket> {
  const client = new NkCipherClient(nodePrimitives("ChaChaPoly"), gateKey);
  const preamble = cipherPreamble(client.id);
  const greeting = client.begin(preamble);
  const answer = new Writer(greeting.answerBytes);
  const answered = new Promise<void>((resolve, reject) => {
    socket.onChunk = (chunk) => {
      answer.append(chunk);
      if (answer.position >= greeting.answerBytes) resolve();
    };
    socket.onEnd = (why) => reject(new Error(why));
  });
  socket.write(Buffer.concat([preamble, greeting.hello]), () => undefined);
  await answered;
  return new CipherSocket(socket, greeting.finish(answer.finish()));
}

/** A connection that carries records. */
export class CipherSocket implements FrameSocket {
  onChunk: (chunk: Uint8Array) => void = () => undefined;
  /** Records received. */
  received = 0;
  readonly #socket: FrameSocket;
  readonly #records: RecordCipher;
  readonly #splitter: RecordSplitter;
  readonly #writers: Writer[] = [];

  constructor(socket: FrameSocket, records: RecordCipher) {
    this.#socket = socket;
    this.#records = records;
    this.#splitter = new RecordSplitter(records.overheadBytes);
    socket.onChunk = (chunk) => this.#onChunk(chunk);
  }

  set onEnd(onEnd: (why: string) => void) {
    this.#socket.onEnd = onEnd;
  }

  /** Seals and writes bytes that fit into one record. */
  write(bytes: Uint8Array, written: () => void): void {
    const writer = this.#writers.pop() ?? new Writer(65_536);
    writer.position = recordHeadBytes;
    this.#records.seal(bytes, writer);
    writer.view.setUint16(0, writer.position - recordHeadBytes);
    this.#socket.write(writer.bytes.subarray(0, writer.position), () => {
      this.#writers.push(writer);
      written();
    });
  }

  close(): void {
    this.#socket.close();
  }

  #onChunk(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      at = this.#splitter.next(chunk, at);
      const { record } = this.#splitter;
      if (record === undefined) return;
      this.received++;
      this.onChunk(this.#records.open(record));
    }
  }
}
