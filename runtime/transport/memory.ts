import { resolveOptions } from "../options/option-resolver.ts";
import { object, optional, type RulesOf, withDefault } from "../options/option-rules.ts";
import { having, list, real, text } from "../options/rule-kinds.ts";
import { ConnectionTransport } from "./connection/connection-transport.ts";
import { Turns } from "./connection/turns.ts";
import { defaultCloseGraceMs, type Transport, type TransportCloseOptions } from "./transport.ts";
import { TransportBuffers } from "./transport-buffers.ts";

/** Options of {@link memoryPair}. */
export interface MemoryPairOptions {
  /** Largest chunk, in bytes, into which sent bytes are cut. Default: one chunk for each flush. */
  chunkBytes?: number;
  /** Addresses of the two ends, for logs. Default "memory:1" and "memory:2". */
  names?: readonly [string, string];
  /** Schedules the turns of both ends. Default: a new {@link Turns} with its default share. */
  turns?: Turns;
}

/** Rule that checks {@link MemoryPairOptions} and fills in defaults. */
export const memoryPairRule = object({
  chunkBytes: withDefault(real(1, Number.POSITIVE_INFINITY, "bytes"), Number.POSITIVE_INFINITY),
  names: withDefault(list(text, 2, "two addresses"), ["memory:1", "memory:2"]),
  turns: optional(having<Turns>("a Turns", "wait")),
} satisfies RulesOf<MemoryPairOptions>);

/**
 * Creates a connection inside one process and returns its two ends. Bytes written into one end arrive at the other in a
 * later tick. Throws INVALID_ARGUMENT that names a bad option.
 */
export function memoryPair(options: MemoryPairOptions = {}): [Transport, Transport] {
  const { names, chunkBytes, turns = new Turns() } = resolveOptions("memoryPair", memoryPairRule, options);
  const buffers = new TransportBuffers();
  const [left = "", right = ""] = names;
  const a = new MemoryTransport(left, right, buffers, chunkBytes, turns);
  const b = new MemoryTransport(right, left, buffers, chunkBytes, turns);
  a.join(b);
  b.join(a);
  return [a, b];
}

class MemoryTransport extends ConnectionTransport {
  readonly kind = "memory";
  readonly local: string;
  readonly #chunkBytes: number;
  #peer: MemoryTransport | undefined;
  /** Whether bytes of the peer are being delivered. */
  #owed = false;
  /** True when this end has sent its last bytes. The peer closes once it has received them. */
  #finishing = false;
  /** Bytes of the peer that this end has not taken: the peer's own buffers, one, or two at its end. */
  readonly #incoming: Uint8Array[] = [];

  constructor(local: string, remote: string, buffers: TransportBuffers, chunkBytes: number, turns: Turns) {
    super({ remote, buffers, turns, copies: true });
    this.local = local;
    this.#chunkBytes = chunkBytes;
  }

  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  /** Receives a flush of the peer. The bytes are taken in a later tick, so that neither end calls into the other. */
  arrive(bytes: Uint8Array, size: number): void {
    this.#incoming.push(bytes.subarray(0, size));
    this.#takeSoon();
  }

  taken(): void {
    this.outbox.sent();
  }

  peerGone(): void {
    this.ending.because("closed by the peer");
    this.isClosed = true;
    this.#end();
  }

  override send(bytes: Uint8Array, size: number): boolean {
    this.#peer?.arrive(bytes, size);
    return false;
  }

  override onDrained(): void {
    if (this.#finishing) this.#end();
    else super.onDrained();
  }

  protected override readOn(): void {
    if (this.share.pendingBytes > 0) this.share.wait();
    this.#takeSoon();
  }

  /** Does nothing: a paused end takes no bytes. */
  protected override stopReading(): void {}

  override onTurn(): void {
    if (this.isClosed || this.ending.over) this.share.drop();
    else if (!this.paused) this.deliverWaiting();
    if (this.#owed) this.#taken();
    else this.#takeSoon();
  }

  protected override finish(reason: string, { graceMs = defaultCloseGraceMs }: TransportCloseOptions): void {
    this.endOutput(reason);
    this.#finishing = true;
    this.#takeSoon();
    this.grace = setTimeout(() => this.destroy(), graceMs);
    if (this.outbox.bufferedBytes === 0) setImmediate(() => this.#end());
  }

  protected override cut(): void {
    setImmediate(() => this.#end());
  }

  #takeSoon(): void {
    if (this.#incoming.length > 0) setImmediate(() => this.#take());
  }

  #take(): void {
    // A closing end still takes bytes, but drops them.
    if (this.ending.over || this.#owed) return;
    if (!this.isClosed && (this.paused || !this.handler || this.share.waiting)) return;
    const bytes = this.#incoming.shift();
    if (!bytes) return;
    const size = bytes.length;
    for (let at = 0; at < size && !this.isClosed; at += this.#chunkBytes) {
      const chunk = bytes.subarray(at, Math.min(size, at + this.#chunkBytes));
      if (this.share.waiting) this.share.keep(chunk);
      else this.#deliver(chunk);
    }
    this.#taken();
  }

  /** Reports the peer's bytes as taken once all of them are delivered; the peer does not end before. */
  #taken(): void {
    if (!this.isClosed && this.share.pendingBytes > 0) {
      this.#owed = true;
      return;
    }
    this.#owed = false;
    this.#takeSoon();
    this.#peer?.taken();
  }

  #deliver(chunk: Uint8Array): void {
    this.share.renew();
    this.handler?.onData(chunk);
  }

  #end(): void {
    if (this.ending.over) return;
    this.#incoming.length = 0;
    this.gone("closed");
    this.#peer?.peerGone();
  }
}
