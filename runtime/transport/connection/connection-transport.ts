import type { Writer } from "../../wire/codec/writer.ts";
import { Outbox, type OutboxSink } from "../output/outbox.ts";
import type {
  AcceptedTransport,
  OutputWatcher,
  TransportCloseOptions,
  TransportHandler,
  TransportKind,
} from "../transport.ts";
import type { TransportBuffers } from "../transport-buffers.ts";
import { Ending } from "./ending.ts";
import { Share } from "./turn-share.ts";
import type { Turns, TurnWaiter } from "./turns.ts";

/** Parts of a {@link ConnectionTransport}. */
export interface ConnectionParts {
  readonly remote: string;
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  /** Whether the memory of a chunk is reused after its delivery, so that bytes that wait for a turn are copied. */
  readonly copies: boolean;
  /** Whether one turn may deliver several chunks, as TLS does: each record of a read is one. */
  readonly isChunked?: boolean;
  /** Time at which the connection was first read, by the clock of its port. */
  readonly startMs?: number | undefined;
  /** Bytes before those of each flush, for a header of the transport. Default 0. */
  readonly headBytes?: number;
}

/**
 * Base of the transports of a server process: output, end, and one connection's share of the event loop's turns. A
 * subclass moves the bytes.
 */
export abstract class ConnectionTransport implements AcceptedTransport, OutboxSink, TurnWaiter {
  abstract readonly kind: TransportKind;
  readonly remote: string;
  abstract readonly local: string;
  readonly startMs: number | undefined;
  protected readonly outbox: Outbox;
  protected readonly ending = new Ending();
  protected readonly share: Share;
  protected handler: TransportHandler | undefined;
  protected paused = false;
  protected isClosed = false;
  /** Timer that destroys a connection whose peer does not end its side in time. */
  protected grace: ReturnType<typeof setTimeout> | undefined;

  #onSent: (() => void) | undefined = undefined;

  protected constructor({ remote, startMs, buffers, turns, copies, isChunked, headBytes }: ConnectionParts) {
    this.remote = remote;
    this.startMs = startMs;
    this.share = new Share(turns, this, copies ? buffers : undefined, isChunked);
    this.outbox = new Outbox(this, buffers, turns.flushes, headBytes);
  }

  /** @internal Callback of a write; made when the system does not take one at once, since an idle connection needs none. */
  get onSent(): () => void {
    this.#onSent ??= () => this.outbox.sent();
    return this.#onSent;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  get turn(): Share {
    return this.share;
  }

  get output(): Writer {
    return this.outbox.writer;
  }

  get watcher(): OutputWatcher | undefined {
    return this.outbox.watcher;
  }

  set watcher(watcher: OutputWatcher | undefined) {
    this.outbox.watcher = watcher;
  }

  get bufferedBytes(): number {
    return this.outbox.bufferedBytes;
  }

  get sentCount(): number {
    return this.outbox.sentCount;
  }

  reserve(bytes: number): void {
    this.outbox.reserve(bytes);
  }

  flushSoon(): void {
    this.outbox.flushSoon();
  }

  flushNow(): void {
    this.outbox.flushNow();
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
    this.paused = false;
    this.ending.listen(handler);
    this.readOn();
  }

  handOn(rest: Uint8Array): void {
    this.handler = undefined;
    this.ending.listen(undefined);
    this.pause();
    if (rest.length > 0) this.share.putBack(rest);
  }

  pause(): void {
    this.paused = true;
    this.stopReading();
  }

  resume(): void {
    this.paused = false;
    this.readOn();
  }

  close(options: TransportCloseOptions = {}): Promise<void> {
    if (!this.isClosed) this.finish("closed here", options);
    return this.ending.finished();
  }

  destroy(reason = "destroyed here"): void {
    if (this.ending.over) return;
    this.isClosed = true;
    this.ending.because(reason);
    this.cut();
  }

  /**
   * Passes bytes[headBytes, end) to the system. Returns true when they were taken at once; otherwise the subclass calls
   * `outbox.sent()` once they are taken.
   */
  abstract send(bytes: Uint8Array, end: number): boolean;
  /** Resumes reading, unless the connection is paused, closed or waits for its turn. */
  protected abstract readOn(): void;
  protected abstract stopReading(): void;
  /** @internal Delivers the waiting bytes, in the connection's turn. */
  abstract onTurn(): void;
  /** Flushes the queue, and ends this side. */
  protected abstract finish(reason: string, options: TransportCloseOptions): void;
  /** Destroys the connection at once. */
  protected abstract cut(): void;

  /** @internal */
  onDrained(): void {
    if (!this.isClosed) this.handler?.onDrain();
  }

  /** Flushes the queue; bytes written from now on are dropped. */
  protected endOutput(reason: string): void {
    this.outbox.flushLast();
    this.isClosed = true;
    this.ending.because(reason);
  }

  /**
   * Delivers bytes that the handler put back, then bytes that were not delivered yet, up to the share of this turn.
   */
  protected deliverWaiting(): void {
    const { share } = this;
    const back = share.takeBack();
    if (back !== undefined) this.handler?.onData(back);
    const isStopped = this.isClosed || this.paused || share.waiting;
    const unread = isStopped ? undefined : share.takeUnread();
    if (unread !== undefined) this.handler?.onData(unread);
  }

  /** Records that the connection is gone. Must not be called from inside a call of the user's. */
  protected gone(reason: string): void {
    this.isClosed = true;
    clearTimeout(this.grace);
    this.outbox.close();
    this.ending.finish(reason);
  }
}
