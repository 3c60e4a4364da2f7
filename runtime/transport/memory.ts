import type { Writer } from "../wire/codec/writer.ts";
import { Ending } from "./connection/ending.ts";
import { Outbox } from "./connection/outbox.ts";
import { Share } from "./connection/turn-share.ts";
import { Turns } from "./connection/turns.ts";
import {
  defaultCloseGraceMs,
  type Transport,
  type TransportCloseOptions,
  type TransportHandler,
} from "./transport.ts";
import { TransportBuffers } from "./transport-buffers.ts";

/** Options of {@link memoryPair}. */
export interface MemoryPairOptions {
  /** Cuts what is sent into chunks of at most so many bytes. Default: as it was flushed. */
  chunkBytes?: number;
  /** Addresses of the two ends, for logs. Default "memory:1" and "memory:2". */
  names?: readonly [string, string];
  /** Deals out the turns of both ends. Default: as many frames in a turn as {@link Turns} says. */
  turns?: Turns;
}

/** Two ends of a connection inside one process: what is written into one arrives at the other, in a later tick. */
export function memoryPair(options: MemoryPairOptions = {}): [Transport, Transport] {
  const buffers = new TransportBuffers();
  const [left, right] = options.names ?? ["memory:1", "memory:2"];
  const chunkBytes = options.chunkBytes ?? Number.POSITIVE_INFINITY;
  const turns = options.turns ?? new Turns();
  const a = new MemoryTransport(left, right, buffers, chunkBytes, turns);
  const b = new MemoryTransport(right, left, buffers, chunkBytes, turns);
  a.join(b);
  b.join(a);
  return [a, b];
}

class MemoryTransport implements Transport {
  readonly kind = "memory";
  readonly local: string;
  readonly remote: string;
  readonly #outbox: Outbox;
  readonly #chunkBytes: number;
  readonly #ending = new Ending();
  readonly #share: Share;
  #peer: MemoryTransport | undefined;
  #handler: TransportHandler | undefined;
  #paused = false;
  #closed = false;
  /** Bytes of the peer are under delivery. */
  #owed = false;
  /** The last bytes have been sent; the peer ends when it has taken them. */
  #finishing = false;
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** What the peer sent and this end has not taken: the peer's own buffers, one, or two at its end. */
  readonly #incoming: Uint8Array[] = [];

  constructor(local: string, remote: string, buffers: TransportBuffers, chunkBytes: number, turns: Turns) {
    this.#share = new Share(turns, { onTurn: () => this.#onTurn() }, true);
    this.local = local;
    this.remote = remote;
    this.#chunkBytes = chunkBytes;
    this.#outbox = new Outbox(
      {
        send: (bytes, size) => this.#peer?.arrive(bytes, size),
        onDrained: () => this.#onDrained(),
      },
      buffers,
    );
  }

  join(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get turn(): Share {
    return this.#share;
  }

  get output(): Writer {
    return this.#outbox.writer;
  }

  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes;
  }

  flushSoon(): void {
    this.#outbox.flushSoon();
  }

  flushNow(): void {
    this.#outbox.flushNow();
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.#ending.listen(handler);
    this.#takeSoon();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#share.pendingBytes > 0) this.#share.wait();
    this.#takeSoon();
  }

  close(options: TransportCloseOptions = {}): Promise<void> {
    if (!this.#closed) {
      this.#outbox.flushLast();
      this.#closed = true;
      this.#finishing = true;
      this.#ending.because("closed here");
      this.#takeSoon();
      this.#grace = setTimeout(() => this.destroy(), options.graceMs ?? defaultCloseGraceMs);
      if (this.#outbox.bufferedBytes === 0) setImmediate(() => this.#end());
    }
    return this.#ending.finished();
  }

  destroy(reason = "destroyed here"): void {
    if (this.#ending.over) return;
    this.#closed = true;
    this.#ending.because(reason);
    setImmediate(() => this.#end());
  }

  /** The peer's flush. Taken in a later tick, so that neither end ever calls into the other. */
  arrive(bytes: Uint8Array, size: number): void {
    this.#incoming.push(bytes.subarray(0, size));
    this.#takeSoon();
  }

  taken(): void {
    this.#outbox.sent();
  }

  peerGone(): void {
    this.#ending.because("closed by the peer");
    this.#closed = true;
    this.#end();
  }

  #takeSoon(): void {
    if (this.#incoming.length > 0) setImmediate(() => this.#take());
  }

  #take(): void {
    // An end that is closing reads on, but nobody listens any more.
    if (this.#ending.over || this.#owed) return;
    if (!this.#closed && (this.#paused || !this.#handler || this.#share.waiting)) return;
    const bytes = this.#incoming.shift();
    if (!bytes) return;
    const size = bytes.length;
    for (let at = 0; at < size && !this.#closed; at += this.#chunkBytes) {
      const chunk = bytes.subarray(at, Math.min(size, at + this.#chunkBytes));
      if (this.#share.waiting) this.#share.keep(chunk);
      else this.#deliver(chunk);
    }
    this.#taken();
  }

  /** The peer's bytes are taken when all of them are delivered: until then it may not end. */
  #taken(): void {
    if (!this.#closed && this.#share.pendingBytes > 0) {
      this.#owed = true;
      return;
    }
    this.#owed = false;
    this.#takeSoon();
    this.#peer?.taken();
  }

  #deliver(chunk: Uint8Array): void {
    this.#share.renew();
    this.#handler?.onData(chunk);
  }

  #onTurn(): void {
    const share = this.#share;
    if (this.#closed || this.#ending.over) share.drop();
    else if (!this.#paused) {
      const back = share.takeBack();
      if (back !== undefined) this.#handler?.onData(back);
      const isStopped = this.#closed || this.#paused || share.waiting;
      const unread = isStopped ? undefined : share.takeUnread();
      if (unread !== undefined) this.#handler?.onData(unread);
    }
    if (this.#owed) this.#taken();
    else this.#takeSoon();
  }

  #onDrained(): void {
    if (this.#finishing) this.#end();
    else if (!this.#closed) this.#handler?.onDrain();
  }

  #end(): void {
    if (this.#ending.over) return;
    clearTimeout(this.#grace);
    this.#outbox.close();
    this.#incoming.length = 0;
    this.#ending.finish("closed");
    this.#peer?.peerGone();
  }
}
