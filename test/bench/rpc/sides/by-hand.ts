import { connect, createServer, type Socket } from "node:net";
import { mustBe } from "../../harness/must-be.ts";
import type { Side } from "./side.ts";

/** What travels both ways: with the number's four bytes, 64. The data stays as it came. */
interface Sample {
  n: number;
  data: Uint8Array;
}

const bufferBytes = 1 << 17;
const method = 7;
const data = new Uint8Array(60).fill(7);

/**
 * One connection that writes once a tick from one contiguous buffer (used again when its write has finished) and cuts
 * what it reads at u32 lengths.
 */
class Wire {
  readonly #socket: Socket;
  readonly #spare: Buffer[] = [];
  #out: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #length = 0;
  #scheduled = false;
  #rest: Buffer | undefined;
  readonly #flush = () => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(socket: Socket, onMessage: (bytes: Buffer, at: number) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (data: Buffer) => {
      const chunk = this.#rest ? Buffer.concat([this.#rest, data]) : data;
      let at = 0;
      while (chunk.length - at >= 4) {
        const size =
          ((chunk[at]! << 24) | (chunk[at + 1]! << 16) | (chunk[at + 2]! << 8) | chunk[at + 3]!) >>> 0;
        if (chunk.length - at - 4 < size) break;
        onMessage(chunk, at + 4);
        at += 4 + size;
      }
      this.#rest = at < chunk.length ? chunk.subarray(at) : undefined;
    });
  }

  /** `[type, id, method, n, data]`, or `[type, id, n, data]` for an answer; a msgpack array either way. */
  send(type: 0 | 1, id: number, sample: Sample): void {
    const size = sample.data.length;
    if (this.#length + size + 24 > bufferBytes) this.flush();
    const out = this.#out;
    let p = this.#length + 4;
    out[p++] = type === 0 ? 0x95 : 0x94;
    out[p++] = type;
    p = put32(out, p, id);
    if (type === 0) out[p++] = method;
    p = put32(out, p, sample.n);
    out[p++] = 0xc4;
    out[p++] = size;
    for (let at = 0; at < size; at++) out[p++] = sample.data[at]!;
    const length = p - this.#length - 4;
    out[this.#length] = length >>> 24;
    out[this.#length + 1] = length >>> 16;
    out[this.#length + 2] = length >>> 8;
    out[this.#length + 3] = length;
    this.#length = p;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  flush(): void {
    if (this.#length === 0) return;
    const written = this.#out;
    this.#socket.write(written.subarray(0, this.#length), () => this.#spare.push(written));
    this.#out = this.#spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    this.#length = 0;
  }
}

function put32(out: Buffer, p: number, value: number): number {
  out[p] = 0xce;
  out[p + 1] = value >>> 24;
  out[p + 2] = value >>> 16;
  out[p + 3] = value >>> 8;
  out[p + 4] = value;
  return p + 5;
}

function get32(bytes: Buffer, p: number): number {
  if (bytes[p] !== 0xce) throw new Error("not a 32-bit number");
  return ((bytes[p + 1]! << 24) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 8) | bytes[p + 4]!) >>> 0;
}

function getSample(bytes: Buffer, p: number): Sample {
  const n = get32(bytes, p);
  if (bytes[p + 5] !== 0xc4) throw new Error("not a binary");
  const start = p + 7;
  return { n, data: bytes.subarray(start, start + bytes[p + 6]!) };
}

/**
 * The honest ceiling: a msgpack envelope written by hand for this one message over `net`, pending calls by id, a promise
 * for each call, coalesced writes. No deadlines, heartbeats or limits.
 */
export const byHand: Side = {
  serve() {
    const server = createServer((socket) => {
      const wire = new Wire(socket, (bytes, at) => {
        if (bytes[at] !== 0x95 || bytes[at + 1] !== 0 || bytes[at + 7] !== method)
          throw new Error("no request");
        wire.send(1, get32(bytes, at + 2), getSample(bytes, at + 8));
      });
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (address === null || typeof address === "string") throw new Error("no port");
        resolve(address.port);
      });
    });
  },

  check(answer) {
    mustBe("the data of an answer", Uint8Array.from((answer as Sample).data), data);
  },

  dial(port) {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        const pending = new Map<number, (sample: Sample) => void>();
        let last = 0;
        const wire = new Wire(socket, (bytes, at) => {
          if (bytes[at] !== 0x94 || bytes[at + 1] !== 1) throw new Error("no answer");
          const id = get32(bytes, at + 2);
          const settle = pending.get(id);
          pending.delete(id);
          settle?.(getSample(bytes, at + 7));
        });
        resolve(
          (n) =>
            new Promise((settle) => {
              last = (last + 1) >>> 0;
              pending.set(last, settle);
              wire.send(0, last, { n, data });
            }),
        );
      });
    });
  },
};
