import { Writer } from "../../wire/codec/writer.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { OutputWatcher } from "../transport.ts";
import type { TransportBuffers } from "../transport-buffers.ts";
import type { Flushed, FlushQueue } from "./flush-queue.ts";

/** Receives the bytes of an {@link Outbox}. */
export interface OutboxSink {
  /**
   * Takes bytes[headBytes, end). The bytes before are the sink's. Returns true when the system has taken all at once. Otherwise the
   * bytes stay unchanged until {@link Outbox.sent} is called, once.
   */
  send(bytes: Uint8Array, end: number): boolean;
  /** Called when a write has finished and no bytes are left, neither queued nor in flight. */
  onDrained(): void;
}

/**
 * Output of a connection: one contiguous buffer for each flush. While one buffer is in flight, a second one collects
 * further bytes; neither is reused before its write has finished. An idle connection holds no buffer.
 */
export class Outbox implements Flushed {
  watcher: OutputWatcher | undefined;
  /** Number of writes that the system has taken whole. */
  sentCount = 0;
  readonly #sink: OutboxSink;
  readonly #buffers: TransportBuffers;
  readonly #queue: FlushQueue;
  /** Bytes before those of each flush, for a header of the sink. */
  readonly #headBytes: number;
  readonly #writer = new Writer(0);
  #inFlight: Uint8Array = emptyBytes;
  #inFlightBytes = 0;
  /** Writes in flight: one, or two after `flushLast`. */
  #writes = 0;
  #lastBytes = 0;
  #scheduled = false;
  /** Whether a flush was requested while another one was in flight. */
  #wanted = false;
  #closed = false;

  constructor(sink: OutboxSink, buffers: TransportBuffers, queue: FlushQueue, headBytes = 0) {
    this.#sink = sink;
    this.#buffers = buffers;
    this.#queue = queue;
    this.#headBytes = headBytes;
  }

  /** Writer to which frames are appended. */
  get writer(): Writer {
    const writer = this.#writer;
    if (writer.bytes.length === 0) this.#take(this.#lastBytes);
    return writer;
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#inFlightBytes;
  }

  /** Takes a buffer for this many bytes, unless there are bytes already. */
  reserve(bytes: number): void {
    const { length } = this.#writer.bytes;
    if (this.#queuedBytes > 0 || length >= bytes + this.#headBytes) return;
    if (length > 0) this.#buffers.give(this.#writer.bytes);
    this.#take(bytes);
  }

  flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#queue.add(this);
  }

  flushNow(): void {
    // The sink hears of the end of the write later, not within the call of its own code.
    if (this.#flush()) process.nextTick(tellDrained, this);
  }

  /** @internal Runs the scheduled flush. */
  flush(): void {
    this.#scheduled = false;
    if (this.#flush()) this.tellDrained();
  }

  /** Sends everything without waiting for the write in flight. Bytes written afterwards are dropped. */
  flushLast(): void {
    if (this.#queuedBytes > 0 && !this.#closed) this.#handOver();
    this.#closed = true;
  }

  /** Records that a write has finished: its buffer may be reused. */
  sent(): void {
    if (this.#writes === 0) return;
    this.#finished();
    if (this.#writes > 0) return;
    if (this.#wanted) this.#flush();
    this.tellDrained();
  }

  /** Drops queued bytes and all further ones. A buffer in flight is left to the system. */
  close(): void {
    this.#closed = true;
    this.#inFlight = emptyBytes;
    this.#inFlightBytes = 0;
    this.#writes = 0;
    this.#drop();
  }

  /** @internal Tells the sink, also after a write that the system took at once: a caller may have waited since the bytes were queued. */
  tellDrained(): void {
    if (this.bufferedBytes === 0) this.#sink.onDrained();
  }

  get #queuedBytes(): number {
    const { bytes, position } = this.#writer;
    return bytes.length === 0 ? 0 : position - this.#headBytes;
  }

  #take(size: number): void {
    this.#writer.bytes = this.#buffers.take(size + this.#headBytes);
    this.#writer.position = this.#headBytes;
  }

  /** Hands the queue over, unless a write is in flight. Returns true when the system has taken it at once. */
  #flush(): boolean {
    if (this.#closed) {
      this.#drop();
      return false;
    }
    if (this.#queuedBytes === 0) return false;
    if (this.#writes > 0) {
      this.#wanted = true;
      return false;
    }
    return this.#handOver();
  }

  #handOver(): boolean {
    this.watcher?.beforeFlush();
    const { bytes, position: end } = this.#writer;
    const size = end - this.#headBytes;
    this.#writer.bytes = emptyBytes;
    this.#writer.position = 0;
    this.#wanted = false;
    // The older one of two buffers in flight is not reused: `sent` does not say which write has finished.
    this.#inFlight = this.#writes > 0 ? emptyBytes : bytes;
    this.#writes++;
    this.#inFlightBytes += size;
    this.#lastBytes = size;
    if (!this.#sink.send(bytes, end)) return false;
    this.#finished();
    return true;
  }

  /** Takes back the buffer of a finished write. */
  #finished(): void {
    this.sentCount++;
    this.#buffers.give(this.#inFlight);
    this.#inFlight = emptyBytes;
    if (--this.#writes === 0) this.#inFlightBytes = 0;
  }

  #drop(): void {
    this.watcher?.beforeFlush();
    this.#writer.bytes = emptyBytes;
    this.#writer.position = 0;
  }
}

/** Shared by all outboxes, so that a flush allocates no closure. */
function tellDrained(outbox: Outbox): void {
  outbox.tellDrained();
}
