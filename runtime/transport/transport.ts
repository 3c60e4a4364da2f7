import type { Writer } from "../wire/codec/writer.ts";
import type { FrameBudget } from "../wire/frame/frame-decoder.ts";

/** What a transport is made of; for logs and status. */
export type TransportKind = "memory" | "tcp" | "websocket";

/** Hears from a {@link Transport}. No call comes from inside a call of the transport's own methods. */
export interface TransportHandler {
  /** Bytes arrived, cut anywhere. The chunk is valid during the call only: copy what is kept. */
  onData(chunk: Uint8Array): void;
  /**
   * The system has taken all that was written: `bufferedBytes` is 0. Told after every flush that leaves nothing, so whoever
   * holds back because of `bufferedBytes` may wait for it, also when the bytes had only not been flushed yet.
   */
  onDrain(): void;
  /**
   * The peer has ended its side: nothing more comes, but it may still read. True: the handler closes the transport when it
   * has written what is left. False, or without this method: what is queued is sent and the connection is closed. TCP only:
   * the end of a WebSocket is the end of both sides.
   */
  onPeerEnd?(): boolean;
  /** The connection is gone, however it ended. Exactly once; nothing is delivered afterwards. */
  onClose(reason: string): void;
}

/**
 * What a WebSocket frame costs of a share. It leaves room in one turn of a gate for 64 messages, more than a client has in flight.
 */
export const webSocketFrames = 8;

/**
 * What a frame costs of a share that does no work for a player: a control message, a refused command, a WebSocket frame that bears
 * no bytes. Each is dealt with at once, by nobody but this process, so a peer can send any number of them.
 */
export const idleFrames = 32;

/** What a transport's handler may take from its connection's share of a turn. */
export interface TurnShare extends FrameBudget {
  /**
   * Gives back the end of the chunk at hand, which the share did not suffice for. Nothing more is read; the bytes are
   * delivered again, before all others, in a later turn and with a new share. From inside `onData` only, once in a call.
   */
  putBack(rest: Uint8Array): void;
}

/** Options of {@link Transport.close}. */
export interface TransportCloseOptions {
  /** How long the peer may take to receive what is queued before the connection is cut. Default 2000. */
  graceMs?: number;
  /** The peer broke a rule: a WebSocket is closed with code 1008 instead of 1000. Default false. */
  violation?: boolean;
}

export const defaultCloseGraceMs = 2_000;

/** How long a peer that broke a rule may take to receive why, before it is cut. Milliseconds. */
export const refusalGraceMs = 1_000;

/** Of a connection that is being closed, so many bytes are still read (and thrown away) while its end is waited for. */
export const maxClosingBytes = 2 ** 20;

/**
 * One connection that carries bytes in order, both ways. Whole frames are written straight into `output`; one flush at
 * the end of the tick hands them over in one piece.
 */
export interface Transport {
  readonly kind: TransportKind;
  /** The other side's address, "127.0.0.1:53122". */
  readonly remote: string;
  readonly local: string;
  /**
   * This connection's share of a turn of the event loop. `onData` takes from it what it does, and puts back what it does not
   * come to; the next turn brings a new share. Undefined where one peer cannot hold up others, as in a client.
   */
  readonly turn?: TurnShare;
  /** True from the moment that `close` or `destroy` is called or the peer is gone: nothing more will be sent. */
  readonly closed: boolean;
  /**
   * Append whole frames here, then call `flushSoon`. The buffer is swapped at a flush: never keep `output.bytes` across
   * ticks. On a closed transport it may be written to and is thrown away.
   */
  readonly output: Writer;
  /** One write at the end of this tick, however often it is called. */
  flushSoon(): void;
  /** Hands over what is in `output` now. */
  flushNow(): void;
  /** Bytes in `output`, plus those handed over and not yet taken by the system: what a slow peer makes us hold. */
  readonly bufferedBytes: number;
  /** Starts delivery; nothing is delivered before. Once only. */
  start(handler: TransportHandler): void;
  /** Stops `onData` until `resume`, so that the peer comes to wait. A few chunks that are under way may still come. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes; resolves when the connection is gone. Idempotent. */
  close(options?: TransportCloseOptions): Promise<void>;
  /** Cuts the connection now, and throws away what is queued. Idempotent. */
  destroy(reason?: string): void;
}
