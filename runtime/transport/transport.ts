import type { Writer } from "../wire/codec/writer.ts";
import type { FrameBudget } from "../wire/frame/frame-decoder.ts";

/** Kind of a transport, for logs and status. */
export type TransportKind = "memory" | "tcp" | "websocket";

/** Receives the events of a {@link Transport}. No event comes from inside a call of the transport's own methods. */
export interface TransportHandler {
  /** Takes received bytes; a chunk may begin and end inside a message. Copy bytes to keep them after the call. */
  onData(chunk: Uint8Array): void;
  /**
   * Called after each flush that leaves `bufferedBytes` at 0: the system has taken all bytes. A sender that stopped
   * because of a high `bufferedBytes` resumes here.
   */
  onDrain(): void;
  /**
   * Called when the peer has ended its side: no more bytes arrive, but the peer may still read. Return true to write
   * the rest and close the transport later. False, or no such method, flushes the queue and closes the connection. TCP
   * only: a WebSocket always ends both sides.
   */
  onPeerEnd?(): boolean;
  /** Called exactly once, when the connection is gone for any reason; no bytes are delivered afterwards. */
  onClose(reason: string): void;
}

/**
 * Units of a share that a WebSocket frame takes. A turn of a gate has room for 64 such messages, more than a client has
 * in flight.
 */
export const webSocketFrames = 8;

/**
 * Units of a share that a frame without work for a player takes: a control message, a rejected command, an empty
 * WebSocket frame. Only this process handles such a frame, at once, so nothing else throttles a peer that sends many of
 * them.
 */
export const idleFrames = 32;

/** The units that a transport's handler may use of its connection's share of a turn. */
export interface TurnShare extends FrameBudget {
  /**
   * Puts back the end of the current chunk, for which the share did not suffice. Reading stops; the bytes are delivered
   * again, before all others, in a later turn with a new share. Call only from inside `onData`, at most once in each
   * call.
   */
  putBack(rest: Uint8Array): void;
}

/** Watches the output of a transport. */
export interface OutputWatcher {
  /** Called before each flush, and before queued bytes are dropped: `output` has all bytes since the last call. */
  beforeFlush(): void;
}

/** Options of {@link Transport.close}. */
export interface TransportCloseOptions {
  /**
   * How long the peer may take to receive the queued bytes before the connection is destroyed, in ms. Default 2,000.
   */
  graceMs?: number;
  /** Whether the peer broke a rule; then a WebSocket is closed with code 1008 instead of 1000. Default false. */
  violation?: boolean;
}

/** Default grace time of {@link Transport.close}, in ms. */
export const defaultCloseGraceMs = 2_000;

/** How long a peer that broke a rule may take to receive the reason before the connection is destroyed, in ms. */
export const refusalGraceMs = 1_000;

/** Most bytes that are read and dropped on a closing connection while its end is awaited. */
export const maxClosingBytes = 2 ** 20;

/**
 * A connection that carries bytes in order, in both directions. Whole frames are written straight into `output`; one
 * flush at the end of the tick sends them in one piece.
 */
export interface Transport {
  readonly kind: TransportKind;
  /** Address of the peer: "127.0.0.1:53122". */
  readonly remote: string;
  /** Address of this side. */
  readonly local: string;
  /**
   * Time at which the port began to read an accepted connection, by the port's clock: before the header of a proxy and the
   * TLS handshake. Default: the time of {@link start}.
   */
  readonly startMs?: number | undefined;
  /**
   * The connection's share of a turn of the event loop. `onData` takes units for its work, and puts back the bytes it
   * has no units for; the next turn brings a new share. Undefined where one peer cannot delay others, as in a client.
   */
  readonly turn?: TurnShare;
  /** True once `close` or `destroy` was called, or the peer is gone: nothing more is sent. */
  readonly closed: boolean;
  /**
   * Output of the connection: append whole frames, then call `flushSoon`. A flush swaps the buffer: never keep
   * `output.bytes` across ticks. Bytes written to a closed transport are dropped.
   */
  readonly output: Writer;
  /**
   * Watcher of `output`, which must write nothing itself. Default: none. Transports of a client have no watcher, as
   * those in browsers need none.
   */
  watcher?: OutputWatcher | undefined;
  /** Tells that about so many bytes are written to `output` next, so that the buffer need not grow. Default: nothing. */
  reserve?(bytes: number): void;
  /** Schedules one write at the end of this tick; further calls in the tick have no effect. */
  flushSoon(): void;
  /** Writes the content of `output` at once. */
  flushNow(): void;
  /** Bytes in `output` and bytes that the system has not taken yet: the memory that a slow peer holds. */
  readonly bufferedBytes: number;
  /** Number of writes that the system has taken whole; undefined where nobody asks, as in a client. */
  readonly sentCount?: number | undefined;
  /** Starts delivery; no event comes before. Call once. */
  start(handler: TransportHandler): void;
  /**
   * Stops `onData` until `resume`, so that the peer has to wait. A few chunks that were read already may still arrive.
   */
  pause(): void;
  /** Resumes `onData`. */
  resume(): void;
  /** Flushes the queue, then closes; resolves when the connection is gone. Idempotent. */
  close(options?: TransportCloseOptions): Promise<void>;
  /** Destroys the connection at once, and drops queued bytes. Idempotent. */
  destroy(reason?: string): void;
}

/** A connection that a port has accepted. The port may read its first bytes before another handler gets it. */
export interface AcceptedTransport extends Transport {
  /**
   * Ends the delivery to the current handler, which gets no further event. `rest` and all later bytes wait for the next `start`.
   * Call only from inside `onData`, or while the transport is paused.
   */
  handOn(rest: Uint8Array): void;
}
