import { expect, test } from "vitest";
import type { PortOptions } from "../../../runtime/transport/port-options.ts";
import type { Transport, TransportHandler } from "../../../runtime/transport/transport.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { pattern } from "../../conformance/transport/recorder.ts";
import fc from "../../setup/random.ts";
import { handMade, recordOf, suppliedCiphers } from "./cipher-rig.ts";
import { dial, type Rig, rig } from "./rig.ts";

/** Memory that is spoilt as soon as it is given back. */
class SpoiltBuffers extends TransportBuffers {
  override give(bytes: Uint8Array): void {
    bytes.fill(0xee);
    super.give(bytes);
  }
}

/** Copies a part of each chunk, and puts the rest back. Pauses now and then. */
class Nibbler implements TransportHandler {
  readonly parts: Buffer[] = [];
  readonly #transport: Transport;
  readonly #bites: readonly number[];
  #chunks = 0;

  constructor(transport: Transport, bites: readonly number[]) {
    this.#transport = transport;
    this.#bites = bites;
  }

  onData(chunk: Uint8Array): void {
    const bite = this.#bites[this.#chunks++ % this.#bites.length]!;
    const taken = bite % 3 === 0 ? chunk.length : Math.min(bite, chunk.length);
    this.parts.push(Buffer.from(chunk.subarray(0, taken)));
    if (bite % 5 === 0) {
      this.#transport.pause();
      setImmediate(() => this.#transport.resume());
    }
    if (taken < chunk.length) this.#transport.turn?.putBack(chunk.subarray(taken));
  }

  onDrain(): void {}
  onClose(): void {}
}

/** Contents of the connections, which differ in each byte. */
const contents = Array.from({ length: 4 }, (_, n) => Buffer.from(pattern(100_000).map((byte) => byte + n)));

async function sendPlain({ port }: Rig, content: Buffer, pieces: readonly number[]): Promise<void> {
  const { socket } = await dial(port);
  for (const piece of cut(content, pieces)) socket.write(piece);
}

async function sendEncrypted({ port }: Rig, content: Buffer, pieces: readonly number[]): Promise<void> {
  const client = handMade();
  const { socket } = await dial(port);
  const answer: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => answer.push(bytes));
  socket.write(client.opening);
  await expect.poll(() => Buffer.concat(answer).length, { interval: 1 }).toBe(48);
  const records = client.finish(Buffer.concat(answer));
  for (const piece of cut(content, pieces)) socket.write(recordOf(records, piece));
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const end = at + sizes[n % sizes.length]!;
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

const handshakeRate = { count: 1_000, perMs: 1 };
const kinds: [string, Partial<PortOptions>, typeof sendPlain][] = [
  ["plain", {}, sendPlain],
  [
    "plain, with a cipher to choose",
    { cipher: { ciphers: suppliedCiphers, required: false, handshakeRate } },
    sendPlain,
  ],
  ["encrypted", { cipher: { ciphers: suppliedCiphers, required: true, handshakeRate } }, sendEncrypted],
];

test.each(kinds)(
  "a handler gets each byte of its connection once, in order, from memory that others share: %s",
  async (_kind, options, send) => {
    const size = fc.integer({ min: 1, max: 40_000 });
    const sizes = fc.array(size, { minLength: 3, maxLength: 8 });
    const connection = fc.record({ pieces: sizes, bites: sizes });
    const count = contents.length;
    await fc.assert(
      fc.asyncProperty(fc.array(connection, { minLength: count, maxLength: count }), async (connections) => {
        const handlers: Nibbler[] = [];
        const opened = await rig({
          ...options,
          buffers: new SpoiltBuffers(),
          onTransport: (transport) => {
            const handler = new Nibbler(transport, connections[handlers.length]!.bites);
            handlers.push(handler);
            transport.start(handler);
          },
        });
        await Promise.all(connections.map(({ pieces }, n) => send(opened, contents[n]!, pieces)));
        const read = ({ parts }: Nibbler): number => parts.reduce((sum, { length }) => sum + length, 0);
        await expect
          .poll(() => handlers.map(read), { interval: 2 })
          .toEqual(contents.map(({ length }) => length));
        const received = handlers.map(({ parts }) => Buffer.concat(parts));
        for (const content of contents) {
          expect(received.filter((bytes) => bytes.equals(content))).toHaveLength(1);
        }
        await opened.port.close({ graceMs: 0 });
      }),
      // A failed run takes as long as a poll: a smaller example would cost minutes.
      { numRuns: 10, endOnFailure: true },
    );
  },
);
