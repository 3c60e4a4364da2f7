import { connect, type Socket } from "node:net";
import { fail } from "../../schema/errors.ts";
import type { Writer } from "../wire/codec/writer.ts";
import { adopt } from "./adopt.ts";
import { Ending } from "./connection/ending.ts";
import { Outbox } from "./connection/outbox.ts";
import { fullReadBytes, Share } from "./connection/turn-share.ts";
import { Turns } from "./connection/turns.ts";
import { descriptorRemedy, isDescriptorShortage } from "./descriptor-watch.ts";
import {
  defaultCloseGraceMs,
  maxClosingBytes,
  type Transport,
  type TransportCloseOptions,
  type TransportHandler,
} from "./transport.ts";
import { TransportBuffers } from "./transport-buffers.ts";

/** Options of {@link dialTcp}. */
export interface DialTcpOptions {
  /** Memory shared with the other connections of the process. Default: of its own. */
  buffers?: TransportBuffers;
  /** Gives up when the connection is not there by then. Default 5000. */
  timeoutMs?: number;
  /** Gives up when it is aborted. */
  signal?: AbortSignal;
}

export const defaultDialTimeoutMs = 5_000;

/** As `maxClosingBytes`, of a peer that was dialled: it is trusted, and what waits for it shall not be cut with what it sends. */
const dialledClosingBytes = 64 * 2 ** 20;

/** Opens a TCP connection. Fails with UNAVAILABLE (not there, not in time) or CANCELLED (by the signal). */
export function dialTcp(host: string, port: number, options: DialTcpOptions = {}): Promise<Transport> {
  const buffers = options.buffers ?? new TransportBuffers({ keptBytes: 512 * 1024 });
  const timeoutMs = options.timeoutMs ?? defaultDialTimeoutMs;
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(fail("CANCELLED", "the dial was cancelled"));
  return new Promise((resolve, reject) => {
    let transport: TcpTransport | undefined;
    const socket = connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: buffers.readBuffer,
        callback: (size, buffer) => transport?.receive(buffer.subarray(0, size)) ?? true,
      },
    });
    socket.pause();
    const giveUp = (code: "UNAVAILABLE" | "CANCELLED", why: string, cause?: unknown): void => {
      settle();
      socket.on("error", ignore);
      socket.destroy();
      reject(fail(code, `cannot connect to ${host}:${port}: ${why}`, { cause }));
    };
    const onError = (error: Error): void => giveUp("UNAVAILABLE", reasonOf(error), error);
    const onAbort = (): void => giveUp("CANCELLED", "the dial was cancelled");
    const timer = setTimeout(() => giveUp("UNAVAILABLE", `no answer within ${timeoutMs} ms`), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off("error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    socket.once("error", onError);
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("connect", () => {
      settle();
      transport = new TcpTransport(socket, buffers, undefined, new Turns(), dialledClosingBytes);
      resolve(transport);
    });
  });
}

/**
 * A transport over an accepted socket of which `first` was read already. The socket may be replaced by another one with the
 * same connection: use the one that comes back.
 */
export function acceptTcp(
  accepted: Socket,
  first: Uint8Array,
  buffers: TransportBuffers,
  turns: Turns,
): { socket: Socket; transport: TcpTransport } {
  let transport: TcpTransport | undefined;
  const adopted = adopt(accepted, buffers.readBuffer, (chunk) => transport?.receive(chunk) ?? true);
  const socket = adopted ?? accepted;
  transport = new TcpTransport(socket, buffers, first, turns);
  return { socket, transport };
}

/**
 * A transport over a connected TCP socket (or a TLS one). The socket must not be flowing, and must be `allowHalfOpen`: a
 * peer that ends its side still gets what is queued for it, and what the handler has still to say (see `onPeerEnd`); then the
 * connection is closed.
 */
export class TcpTransport implements Transport {
  readonly kind = "tcp";
  readonly remote: string;
  readonly local: string;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #ending = new Ending();
  readonly #share: Share;
  #handler: TransportHandler | undefined;
  #paused = false;
  #closed = false;
  /** The peer has ended its side, which is told when all that it sent is delivered. */
  #ended = false;
  readonly #maxClosingBytes: number;
  #closingBytes = 0;
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** Bytes that were read before the transport was made, and not delivered yet. */
  #first: Uint8Array | undefined;

  constructor(
    socket: Socket,
    buffers: TransportBuffers,
    first?: Uint8Array,
    turns: Turns = new Turns(),
    closingBytes = maxClosingBytes,
  ) {
    this.#maxClosingBytes = closingBytes;
    this.#socket = socket;
    this.#first = first;
    this.#share = new Share(turns, { onTurn: () => this.#onTurn() }, true);
    this.remote = addressOf(socket.remoteAddress, socket.remotePort);
    this.local = addressOf(socket.localAddress, socket.localPort);
    const onSent = (): void => this.#outbox.sent();
    this.#outbox = new Outbox(
      {
        send: (bytes, size) => {
          socket.write(bytes.subarray(0, size), onSent);
        },
        onDrained: () => {
          if (!this.#closed) this.#handler?.onDrain();
        },
      },
      buffers,
    );
    socket.on("data", (chunk: Uint8Array) => this.receive(chunk));
    socket.pause(); // a "data" listener alone would start the flow
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#ending.because(reasonOf(error)));
    socket.on("close", () => this.#onGone());
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
    this.#read();
  }

  pause(): void {
    this.#paused = true;
    this.#stopReading();
  }

  resume(): void {
    this.#paused = false;
    this.#read();
  }

  close(options: TransportCloseOptions = {}): Promise<void> {
    if (!this.#closed) this.#finish("closed here", options.graceMs ?? defaultCloseGraceMs);
    return this.#ending.finished();
  }

  destroy(reason = "destroyed here"): void {
    if (this.#ending.over) return;
    this.#closed = true;
    this.#ending.because(reason);
    this.#outbox.close();
    this.#socket.destroy();
  }

  /** @internal Takes what the socket read; the bytes are reused afterwards. True: go on reading. */
  receive(chunk: Uint8Array): boolean {
    if (this.#closed) return this.#readClosing(chunk);
    const share = this.#share;
    if (share.waiting || share.pendingBytes > 0) {
      // Was under way when reading was stopped.
      share.keep(chunk);
      return false;
    }
    share.renew();
    this.#handler?.onData(chunk);
    // The handler has closed it: the end of the peer's side is still to be read.
    if (this.#closed) return true;
    // Without this, the system would hand over one full buffer after the other within this turn.
    if (chunk.length >= fullReadBytes) share.wait();
    if (share.waiting) this.#stopReading();
    return !this.#paused && !share.waiting;
  }

  #read(): void {
    if (this.#paused || !this.#handler || this.#share.waiting) return;
    if (this.#share.pendingBytes > 0) this.#share.wait();
    else if (this.#first) setImmediate(() => this.#deliverFirst());
    else this.#socket.resume();
  }

  #stopReading(): void {
    this.#socket.pause();
    // A resume of the same tick is still to come: Node would then read again although the socket is paused.
    process.nextTick(() => {
      if (!this.#closed && (this.#paused || this.#share.waiting)) this.#socket.pause();
    });
  }

  /** What waited goes on, with a new share. */
  #onTurn(): void {
    const share = this.#share;
    if (this.#closed) share.drop();
    else if (!this.#paused) {
      const back = share.takeBack();
      if (back !== undefined) this.#handler?.onData(back);
      const isStopped = this.#closed || this.#paused || share.waiting;
      const unread = isStopped ? undefined : share.takeUnread();
      if (unread !== undefined) this.#handler?.onData(unread);
    }
    if (this.#closed) {
      this.#socket.resume();
      return;
    }
    if (this.#ended && share.pendingBytes === 0) this.#onEnd();
    else this.#read();
  }

  /** A peer that goes on sending does not keep a closing connection busy. */
  #readClosing(chunk: Uint8Array): boolean {
    this.#closingBytes += chunk.length;
    if (this.#closingBytes > this.#maxClosingBytes) this.destroy();
    else if (chunk.length >= fullReadBytes) this.#share.wait();
    if (this.#share.waiting) this.#socket.pause();
    return !this.#share.waiting;
  }

  /** In a later tick than whoever asked for it. */
  #deliverFirst(): void {
    const first = this.#first;
    if (!first || this.#paused || this.#closed) return;
    this.#first = undefined;
    if (this.receive(first) && !this.#closed) this.#socket.resume();
  }

  /** The peer ended its side: nothing more will come, and it gets what is queued, or what the handler still has for it. */
  #onEnd(): void {
    if (this.#closed) return;
    // What it sent before is still to be delivered.
    this.#ended = this.#share.pendingBytes > 0;
    if (this.#ended) return;
    this.#ending.because("closed by the peer");
    if (this.#handler?.onPeerEnd?.() !== true && !this.#closed) {
      this.#finish("closed by the peer", defaultCloseGraceMs);
    }
  }

  #finish(reason: string, graceMs: number): void {
    this.#outbox.flushLast();
    this.#closed = true;
    this.#ending.because(reason);
    this.#grace = setTimeout(() => this.destroy(), graceMs);
    // Reads on, without listening, so that the end of the peer's side is seen.
    this.#paused = false;
    this.#share.drop();
    this.#socket.resume();
    this.#socket.end();
  }

  #onGone(): void {
    this.#closed = true;
    clearTimeout(this.#grace);
    this.#outbox.close();
    this.#ending.finish("closed");
  }
}

/** "127.0.0.1:53122"; IPv6 addresses stand in brackets, IPv4 addresses mapped into IPv6 are shown as what they are. */
export function addressOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "unknown";
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** The reason of a socket's error, for logs: its code where it has one. */
export function reasonOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (isDescriptorShortage(error)) return `${code}: ${descriptorRemedy}`;
  if (code === "ECONNRESET" || code === "EPIPE") return "reset by the peer";
  return code ?? error.message;
}

function ignore(): void {}
