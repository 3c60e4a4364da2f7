import { Writer } from "../../wire/codec/writer.ts";
import type { TransportBuffers } from "../transport-buffers.ts";

/** What an {@link Outbox} hands its bytes to. */
export interface OutboxSink {
  /** Takes bytes[0, size). They stay as they are until {@link Outbox.sent} is called, which this call must lead to. */
  send(bytes: Uint8Array, size: number): void;
  /** A write has finished, and nothing is left: neither queued nor on its way. */
  onDrained(): void;
}

const nothing = new Uint8Array(0);

/**
 * The output of a connection: one contiguous buffer for each flush; while it is on its way, a second one collects what
 * comes next, and neither is reused before its write has finished. An idle connection holds no buffer.
 */
export class Outbox {
  readonly #sink: OutboxSink;
  readonly #buffers: TransportBuffers;
  readonly #writer = new Writer(0);
  #inFlight: Uint8Array = nothing;
  #inFlightBytes = 0;
  /** Writes on their way: one, or two when the last one did not wait. */
  #writes = 0;
  #lastBytes = 0;
  #scheduled = false;
  /** A flush was asked for while another was on its way. */
  #wanted = false;
  #closed = false;

  constructor(sink: OutboxSink, buffers: TransportBuffers) {
    this.#sink = sink;
    this.#buffers = buffers;
  }

  /** Where frames are appended. */
  get writer(): Writer {
    const writer = this.#writer;
    if (writer.bytes.length === 0) writer.bytes = this.#buffers.take(this.#lastBytes);
    return writer;
  }

  get bufferedBytes(): number {
    return this.#writer.position + this.#inFlightBytes;
  }

  flushSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(flushScheduled, this);
  }

  flushNow(): void {
    const size = this.#writer.position;
    if (this.#closed) {
      this.#drop();
      return;
    }
    if (size === 0) return;
    if (this.#writes > 0) {
      this.#wanted = true;
      return;
    }
    this.#handOver(size);
  }

  /** Hands over everything without waiting for the write that is on its way; what still comes is thrown away. */
  flushLast(): void {
    if (this.#writer.position > 0 && !this.#closed) this.#handOver(this.#writer.position);
    this.#closed = true;
  }

  /** The write has finished: its buffer may be used again. */
  sent(): void {
    if (this.#writes === 0) return;
    this.#buffers.give(this.#inFlight);
    this.#inFlight = nothing;
    if (--this.#writes > 0) return;
    this.#inFlightBytes = 0;
    if (this.#wanted) this.flushNow();
    // Also after a write that the system took at once: somebody may have waited since it was queued.
    if (this.bufferedBytes === 0) this.#sink.onDrained();
  }

  /** Throws away what is queued, and whatever is still appended. A buffer that is on its way is left to the system. */
  close(): void {
    this.#closed = true;
    this.#inFlight = nothing;
    this.#inFlightBytes = 0;
    this.#writes = 0;
    this.#drop();
  }

  /** @internal The scheduled flush. */
  run(): void {
    this.#scheduled = false;
    this.flushNow();
  }

  #handOver(size: number): void {
    const bytes = this.#writer.bytes;
    this.#writer.bytes = nothing;
    this.#writer.position = 0;
    this.#wanted = false;
    // The buffer of the older one of two writes is not taken back: which of them ends first is not told.
    this.#inFlight = this.#writes > 0 ? nothing : bytes;
    this.#writes++;
    this.#inFlightBytes += size;
    this.#lastBytes = size;
    this.#sink.send(bytes, size);
  }

  #drop(): void {
    this.#writer.bytes = nothing;
    this.#writer.position = 0;
  }
}

/** One function for all, so that a scheduled flush allocates no closure. */
function flushScheduled(outbox: Outbox): void {
  outbox.run();
}
