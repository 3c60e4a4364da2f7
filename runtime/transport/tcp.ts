import type { X509Certificate } from "node:crypto";
import { connect, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type ErrorCode, fail } from "../../schema/errors.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { object, optional, type RulesOf, withDefault } from "../options/option-rules.ts";
import { having, ms, signal } from "../options/rule-kinds.ts";
import { type Carried, carried, carry } from "./connection/carried.ts";
import { ConnectionTransport } from "./connection/connection-transport.ts";
import { Turns } from "./connection/turns.ts";
import { descriptorRemedy, isDescriptorShortage } from "./descriptor-watch.ts";
import { writeTo } from "./output/write-to.ts";
import { ownReads, type SocketReads } from "./socket-reads.ts";
import {
  defaultCloseGraceMs,
  maxClosingBytes,
  type Transport,
  type TransportCloseOptions,
} from "./transport.ts";
import { TransportBuffers } from "./transport-buffers.ts";

/** Options of {@link dialTcp}. */
export interface DialTcpOptions {
  /** Memory shared with the other connections of the process. Default: new memory. */
  buffers?: TransportBuffers;
  /** How long to wait for the connection, in ms. Default 5,000. */
  timeoutMs?: number;
  /** Cancels the dial when aborted. */
  signal?: AbortSignal;
}

/** Rule that checks {@link DialTcpOptions} and fills in defaults. */
export const dialTcpRule = object({
  buffers: optional(having<TransportBuffers>("a TransportBuffers", "readBuffer")),
  timeoutMs: withDefault(ms(1), 5_000),
  signal: optional(signal),
} satisfies RulesOf<DialTcpOptions>);

/**
 * The `maxClosingBytes` of a dialled peer. Such a peer is trusted: its own bytes must not cut off the bytes that wait
 * for it.
 */
const dialledClosingBytes = 64 * 2 ** 20;

/**
 * Opens a TCP connection. Rejects with UNAVAILABLE (unreachable, or timeout), CANCELLED (by the signal) or
 * INVALID_ARGUMENT (bad option).
 */
export async function dialTcp(host: string, port: number, options: DialTcpOptions = {}): Promise<Transport> {
  const resolved = resolveOptions("dialTcp", dialTcpRule, options);
  const { buffers = new TransportBuffers({ keptBytes: 512 * 1024 }) } = resolved;
  let transport: TcpTransport | undefined;
  const open = (): Socket =>
    connect({
      host,
      port,
      noDelay: true,
      allowHalfOpen: true,
      onread: {
        buffer: buffers.readBuffer,
        callback: (size, buffer) => transport?.receive(buffer.subarray(0, size)) ?? true,
      },
    });
  const socket = await connected(open, "connect", `${host}:${port}`, resolved);
  transport = dialledTransport(socket, buffers);
  return transport;
}

/** Creates the transport of a connection that this side has opened. */
export function dialledTransport(socket: Socket, buffers: TransportBuffers): TcpTransport {
  return new TcpTransport(socket, buffers, { closingBytes: dialledClosingBytes });
}

/**
 * Opens a socket, paused, and resolves when it has emitted `event`. Rejects as {@link dialTcp} does. `reasonOf` explains
 * an error of the socket; its code is that of the rejection.
 */
export function connected<S extends Socket>(
  open: () => S,
  event: "connect" | "secureConnect",
  place: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  reasonOf: (error: Error) => { code: ErrorCode; reason: string } = unreachable,
): Promise<S> {
  if (signal?.aborted) return Promise.reject(fail("CANCELLED", "the dial was cancelled"));
  return new Promise((resolve, reject) => {
    const socket = open();
    socket.pause();
    const giveUp = (code: ErrorCode, why: string, cause?: unknown): void => {
      settle();
      socket.on("error", ignore);
      socket.destroy();
      reject(fail(code, `cannot connect to ${place}: ${why}`, { cause }));
    };
    const onError = (error: Error): void => {
      const { code, reason } = reasonOf(error);
      giveUp(code, reason, error);
    };
    const onAbort = (): void => giveUp("CANCELLED", "the dial was cancelled");
    const timer = setTimeout(() => giveUp("UNAVAILABLE", `no answer within ${timeoutMs} ms`), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off("error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    socket.once("error", onError);
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once(event, () => {
      settle();
      resolve(socket);
    });
  });
}

function unreachable(error: Error): { code: ErrorCode; reason: string } {
  return { code: "UNAVAILABLE", reason: socketReason(error) };
}

/** Creates a transport over an accepted connection, whose first bytes `begin` delivers. */
export function acceptTcp(
  reads: SocketReads,
  buffers: TransportBuffers,
  turns: Turns,
  about: { readonly remote: string; readonly startMs: number },
): TcpTransport {
  return new TcpTransport(reads.socket, buffers, { reads, turns, about });
}

/** Parts of a {@link TcpTransport}; each has a default. */
export interface TcpTransportParts {
  /** Default: the socket has memory of its own for each read, or passes its bytes to `receive`. */
  readonly reads?: SocketReads;
  /** Default: turns of its own. */
  readonly turns?: Turns;
  /** Most bytes that are read and dropped on the closing connection. Default 1 MiB. */
  readonly closingBytes?: number;
  /** Address of the client and start of the connection. Default: the address of the socket. */
  readonly about?: { readonly remote: string; readonly startMs: number };
}

type Carrier = Socket & Carried<TcpTransport>;

/**
 * A transport over a connected TCP or TLS socket. The socket must be paused and `allowHalfOpen`: a peer that ends its
 * side still receives queued bytes, and those that the handler still writes (see `onPeerEnd`); then the connection is
 * closed.
 */
export class TcpTransport extends ConnectionTransport {
  readonly kind = "tcp";
  readonly #socket: Socket;
  /** True when the peer has ended its side while its bytes are not all delivered. */
  #ended = false;
  readonly #maxClosingBytes: number;
  #closingBytes = 0;

  constructor(
    socket: Socket,
    buffers: TransportBuffers,
    {
      reads = ownReads(socket),
      turns = new Turns(),
      closingBytes = maxClosingBytes,
      about,
    }: TcpTransportParts = {},
  ) {
    const isTls = socket instanceof TLSSocket;
    super({
      remote: about?.remote ?? addressOf(socket.remoteAddress, socket.remotePort),
      startMs: about?.startMs,
      buffers,
      turns,
      copies: !isTls,
      isChunked: isTls,
    });
    this.#maxClosingBytes = closingBytes;
    this.#socket = socket;
    reads.to(this);
    carry(socket, this);
    socket.on("end", onEnd).on("error", onError);
    // A port listens already, to the close of each of its sockets.
    if (about === undefined) socket.on("close", onClose);
  }

  get local(): string {
    return addressOf(this.#socket.localAddress, this.#socket.localPort);
  }

  /** @internal Handles the end of the peer's side: flushes the queue, or lets the handler finish, then closes. */
  peerEnded(): void {
    if (this.isClosed) return;
    // Earlier bytes of the peer have still to be delivered.
    this.#ended = this.share.pendingBytes > 0;
    if (this.#ended) return;
    this.ending.because("closed by the peer");
    if (this.handler?.onPeerEnd?.() !== true && !this.isClosed) this.finish("closed by the peer");
  }
  /** @internal Notes why the socket has failed; its close follows. */
  failed(error: Error): void {
    this.ending.because(socketReason(error));
  }

  /** @internal Records that the socket is closed. */
  socketClosed(): void {
    this.gone("closed");
  }

  /** Certificate that the peer has shown in TLS; undefined without TLS or certificate. */
  get peerCertificate(): X509Certificate | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket.getPeerX509Certificate() : undefined;
  }

  /** @internal Delivers bytes that were read before the transport was created, or keeps them until it is read. */
  begin(first: Uint8Array): void {
    if (this.handler !== undefined && !this.paused) this.receive(first);
    else if (!this.isClosed) this.share.keep(first);
  }

  /** @internal Takes the bytes of a read, which are reused afterwards. Returns true to continue reading. */
  receive(chunk: Uint8Array): boolean {
    if (this.isClosed) return this.#readClosing(chunk);
    const { share } = this;
    if (share.waiting || share.pendingBytes > 0) {
      // The read was in progress when reading was stopped.
      share.keep(chunk);
      return false;
    }
    share.renew();
    if (share.left <= 0) {
      // An earlier chunk of this turn has used up the share.
      share.keep(chunk);
      share.wait();
      this.stopReading();
      return false;
    }
    this.handler?.onData(chunk);
    // The handler has closed the connection: the end of the peer's side has still to be read.
    if (this.isClosed) return true;
    // Without the wait, the system would deliver one full buffer after the other within this turn.
    if (share.fills(chunk.length)) share.wait();
    if (share.waiting) this.stopReading();
    return !this.paused && !share.waiting;
  }

  override send(bytes: Uint8Array, end: number): boolean {
    return writeTo(this.#socket, bytes, 0, end, this);
  }

  protected override readOn(): void {
    if (this.paused || !this.handler || this.share.waiting) return;
    if (this.share.pendingBytes > 0) this.share.wait();
    else this.#socket.resume();
  }

  protected override stopReading(): void {
    this.#socket.pause();
    // A resume of the same tick takes effect later: Node would then read although the socket is paused.
    process.nextTick(() => {
      if (!this.isClosed && (this.paused || this.share.waiting)) this.#socket.pause();
    });
  }

  override onTurn(): void {
    const { share } = this;
    if (this.isClosed) share.drop();
    else if (!this.paused) this.deliverWaiting();
    if (this.isClosed) {
      this.#socket.resume();
      return;
    }
    if (this.#ended && share.pendingBytes === 0) this.peerEnded();
    else this.readOn();
  }

  protected override finish(
    reason: string,
    { graceMs = defaultCloseGraceMs }: TransportCloseOptions = {},
  ): void {
    this.endOutput(reason);
    this.grace = setTimeout(() => this.destroy(), graceMs);
    // Continues to read, and drops the bytes, so that the end of the peer's side is seen.
    this.paused = false;
    this.share.drop();
    this.#socket.resume();
    this.#socket.end();
  }

  protected override cut(): void {
    this.outbox.close();
    this.#socket.destroy();
  }

  /** Drops bytes on a closing connection, up to a limit, so that a peer that keeps sending does not keep it busy. */
  #readClosing(chunk: Uint8Array): boolean {
    this.#closingBytes += chunk.length;
    if (this.#closingBytes > this.#maxClosingBytes) this.destroy();
    else if (this.share.fills(chunk.length)) this.share.wait();
    if (this.share.waiting) this.#socket.pause();
    return !this.share.waiting;
  }
}

// Listeners of all sockets; see Carried.

function onEnd(this: Carrier): void {
  this[carried]?.peerEnded();
}

function onError(this: Carrier, error: Error): void {
  this[carried]?.failed(error);
}

function onClose(this: Carrier): void {
  this[carried]?.socketClosed();
}

/**
 * Formats an address: "127.0.0.1:53122". An IPv6 address is in brackets; an IPv4 address mapped into IPv6 is shown as
 * IPv4.
 */
export function addressOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "unknown";
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  // Joined, since the engine keeps a text of a template as a tree of its parts, and each session has one.
  return [plain.includes(":") ? `[${plain}]` : plain, port].join(":");
}

/** Returns the reason of a socket's error, for logs: its code, or its message without one. */
export function socketReason(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (isDescriptorShortage(error)) return `${code}: ${descriptorRemedy}`;
  if (code === "ECONNRESET" || code === "EPIPE") return "reset by the peer";
  return code ?? error.message;
}

function ignore(): void {}
