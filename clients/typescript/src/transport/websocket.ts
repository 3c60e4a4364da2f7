import type { Clock } from "../../../../runtime/clock/clock.ts";
import {
  defaultCloseGraceMs,
  type Transport,
  type TransportCloseOptions,
  type TransportHandler,
} from "../../../../runtime/transport/transport.ts";
import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import { fail } from "../../../../schema/errors.ts";
import { placeOf } from "../channel/place.ts";
import { EndOfTick } from "./end-of-tick.ts";

/** The part of a W3C WebSocket that the client uses; browsers, Node 24, Deno, Bun and game engines provide it. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** Class of a W3C WebSocket, for the option `webSocket`. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

/**
 * Most bytes held for a paused reader. A W3C socket cannot be paused, so a sender that exceeds the limit is
 * disconnected.
 */
const maxHeldBytes = 16 << 20;

/**
 * Opens a WebSocket. Rejects with UNAVAILABLE when the server is unreachable (browsers give no reason), with CANCELLED
 * by the signal, with INVALID_ARGUMENT for an invalid address, and with UNIMPLEMENTED in an engine without WebSocket.
 */
export function dialWebSocket(
  url: string,
  options: { clock: Clock; signal: AbortSignal; webSocket?: WebSocketConstructor | undefined },
): Promise<Transport> {
  const { clock, signal } = options;
  const Socket = options.webSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (!Socket) {
    return Promise.reject(fail("UNIMPLEMENTED", "no WebSocket in this engine; set the option webSocket"));
  }

  return new Promise((resolve, reject) => {
    const socket = openSocket(Socket, url);
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort);
      detach(socket);
    };
    const onAbort = (): void => {
      settle();
      socket.close();
      reject(fail("CANCELLED", "connecting was cancelled", { cause: signal.reason }));
    };
    const onFailure = (event: { message?: unknown; error?: unknown }): void => {
      settle();
      const why = event.message ? `: ${event.message}` : "";
      reject(
        fail("UNAVAILABLE", `cannot connect to ${placeOf(url)}${why}`, {
          cause: event.error,
        }),
      );
    };
    socket.onopen = () => {
      settle();
      resolve(new WebSocketTransport(socket, placeOf(url), clock));
    };
    socket.onerror = onFailure;
    socket.onclose = onFailure;
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

function openSocket(Socket: WebSocketConstructor, url: string): WebSocketLike {
  try {
    const socket = new Socket(url);
    socket.binaryType = "arraybuffer";
    return socket;
  } catch (cause) {
    const hint = /^tcp:/i.test(url) ? tcpHint : "; expected wss://host or ws://host:port";
    throw fail("INVALID_ARGUMENT", `"${placeOf(url)}" cannot be opened as a WebSocket${hint}`, {
      cause,
    });
  }
}

const tcpHint = ': use "@photinus/client/node"';

function detach(socket: WebSocketLike): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onerror = null;
  socket.onclose = null;
}

/**
 * A transport over an open W3C WebSocket: one binary message a tick. Never calls `onDrain`, because W3C sockets have no
 * such event; poll `bufferedBytes` instead.
 */
export class WebSocketTransport implements Transport {
  readonly kind = "websocket";
  readonly remote: string;
  readonly local = "";
  readonly output = new Writer(4096);
  closed = false;
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  readonly #flush = new EndOfTick(() => this.flushNow());
  #handler: TransportHandler | undefined;
  #reason: string | undefined;
  #gone = false;
  /** True when the peer has closed the connection while its last bytes are held for a paused reader. */
  #ended = false;
  #paused = true;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #whenGone: (() => void)[] = [];

  constructor(socket: WebSocketLike, remote: string, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.remote = remote;
    socket.onmessage = (event: { data: unknown }) => this.#onMessage(event.data);
    socket.onclose = (event: { code?: number; reason?: string }) => this.#onClosed(event);
    // A close follows each error. The empty handler keeps engines from reporting an unhandled error.
    socket.onerror = () => {};
  }

  get bufferedBytes(): number {
    return this.output.position + (this.#gone ? 0 : this.#socket.bufferedAmount);
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.resume();
    if (this.#gone) queueMicrotask(() => this.#report());
  }

  flushSoon(): void {
    this.#flush.schedule();
  }

  flushNow(): void {
    const { output } = this;
    const { position } = output;
    if (position === 0) return;
    output.position = 0;
    if (this.closed) return;
    // send() copies the bytes, so the buffer is free afterwards.
    this.#socket.send((output.bytes as Uint8Array<ArrayBuffer>).subarray(0, position));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    queueMicrotask(() => this.#deliver());
  }

  close(options: TransportCloseOptions = {}): Promise<void> {
    if (!this.closed) {
      this.flushNow();
      this.closed = true;
      this.#reason ??= "closed by this side";
      this.#socket.close(1000);
      const timer = this.#clock.after(options.graceMs ?? defaultCloseGraceMs, () => this.#end());
      this.#whenGone.push(() => timer.cancel());
    }
    if (this.#ended) this.#end();
    return this.#gone ? Promise.resolve() : new Promise((resolve) => this.#whenGone.push(resolve));
  }

  destroy(reason = "destroyed"): void {
    if (this.#gone) return;
    this.closed = true;
    this.#reason ??= reason;
    this.#socket.close(1000);
    queueMicrotask(() => this.#end());
  }

  #onMessage(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) {
      this.destroy(typeof data === "string" ? "text message" : "not an ArrayBuffer");
      return;
    }
    this.#held.push(new Uint8Array(data));
    this.#heldBytes += data.byteLength;
    if (!this.#paused) this.#deliver();
    else if (this.#heldBytes > maxHeldBytes) this.destroy("too many bytes for a paused reader");
  }

  /** Delivers the messages that are held, unless the reader is paused; then the end, if it has come. */
  #deliver(): void {
    while (!this.#paused && !this.#gone) {
      const chunk = this.#held.shift();
      if (!chunk) {
        if (this.#ended) this.#end();
        return;
      }
      this.#heldBytes -= chunk.length;
      this.#handler?.onData(chunk);
    }
  }

  #onClosed(event: { code?: number; reason?: string }): void {
    const { code = 1006, reason } = event;
    this.#reason ??= reason ? `closed by the peer: ${reason}` : `closed by the peer (WebSocket code ${code})`;
    this.#ended = !this.closed && this.#held.length > 0;
    this.closed = true;
    if (!this.#ended) this.#end();
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.closed = true;
    this.output.position = 0;
    this.#held = [];
    this.#flush.stop();
    detach(this.#socket);
    this.#report();
    for (const run of this.#whenGone.splice(0)) run();
  }

  #report(): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(this.#reason ?? "closed");
  }
}
