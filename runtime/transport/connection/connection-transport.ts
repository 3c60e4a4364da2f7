import type { Writer } from "../../wire/codec/writer.ts";
import type { Transport, TransportCloseOptions, TransportHandler, TransportKind } from "../transport.ts";
import type { TransportBuffers } from "../transport-buffers.ts";
import { Ending } from "./ending.ts";
import { Outbox } from "./outbox.ts";
import { Share } from "./turn-share.ts";
import type { Turns } from "./turns.ts";

/** What a {@link ConnectionTransport} works with. */
export interface ConnectionParts {
  readonly remote: string;
  readonly local: string;
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  /** The memory of chunks is used again after their delivery: what waits for a turn is copied. */
  readonly copies: boolean;
}

/**
 * Common part of the transports of a server process: output, end, and share of the event loop's turns of one connection. A
 * subclass moves the bytes.
 */
export abstract class ConnectionTransport implements Transport {
  abstract readonly kind: TransportKind;
  readonly remote: string;
  readonly local: string;
  protected readonly outbox: Outbox;
  protected readonly ending = new Ending();
  protected readonly share: Share;
  protected handler: TransportHandler | undefined;
  protected paused = false;
  protected isClosed = false;
  /** Cuts a connection whose peer does not end its side in time. */
  protected grace: ReturnType<typeof setTimeout> | undefined;

  protected constructor({ remote, local, buffers, turns, copies }: ConnectionParts) {
    this.remote = remote;
    this.local = local;
    this.share = new Share(turns, { onTurn: () => this.onTurn() }, copies);
    const sink = {
      send: (bytes: Uint8Array, size: number) => this.send(bytes, size),
      onDrained: () => this.onDrained(),
    };
    this.outbox = new Outbox(sink, buffers);
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

  get bufferedBytes(): number {
    return this.outbox.bufferedBytes;
  }

  flushSoon(): void {
    this.outbox.flushSoon();
  }

  flushNow(): void {
    this.outbox.flushNow();
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
    this.ending.listen(handler);
    this.readOn();
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

  /** Hands bytes[0, size) to the system; `outbox.sent()` is called once they are taken. */
  protected abstract send(bytes: Uint8Array, size: number): void;
  /** Reads on, if nothing keeps it from reading. */
  protected abstract readOn(): void;
  protected abstract stopReading(): void;
  /** The connection's turn has come: delivers what waited for it. */
  protected abstract onTurn(): void;
  /** Sends what is queued, and ends this side. */
  protected abstract finish(reason: string, options: TransportCloseOptions): void;
  /** Cuts the connection now. */
  protected abstract cut(): void;

  protected onDrained(): void {
    if (!this.isClosed) this.handler?.onDrain();
  }

  /** Hands over all that is queued; what is written from now on is thrown away. */
  protected endOutput(reason: string): void {
    this.outbox.flushLast();
    this.isClosed = true;
    this.ending.because(reason);
  }

  /** Delivers what the handler gave back, then what was read and not looked at, as far as this turn's share goes. */
  protected deliverWaiting(): void {
    const { share } = this;
    const back = share.takeBack();
    if (back !== undefined) this.handler?.onData(back);
    const isStopped = this.isClosed || this.paused || share.waiting;
    const unread = isStopped ? undefined : share.takeUnread();
    if (unread !== undefined) this.handler?.onData(unread);
  }

  /** The connection is gone. Call it outside of any call of the user's. */
  protected gone(reason: string): void {
    this.isClosed = true;
    clearTimeout(this.grace);
    this.outbox.close();
    this.ending.finish(reason);
  }
}
