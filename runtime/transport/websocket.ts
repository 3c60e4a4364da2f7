import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../clock/clock.ts";
import { type Buckets, newBuckets, type RateLimit } from "../clock/rate-limit.ts";
import { type Carried, carried, carry } from "./connection/carried.ts";
import { ConnectionTransport } from "./connection/connection-transport.ts";
import { closeOpcode, FrameScanner } from "./connection/frame-scanner.ts";
import { takeOverListener } from "./connection/take-over-listener.ts";
import type { Turns } from "./connection/turns.ts";
import { headRoom, putFrameHead, unmasked } from "./connection/whole-frame.ts";
import { writeTo } from "./output/write-to.ts";
import { addressOf, socketReason } from "./tcp.ts";
import {
  defaultCloseGraceMs,
  idleFrames,
  maxClosingBytes,
  refusalGraceMs,
  type TransportCloseOptions,
  webSocketFrames,
} from "./transport.ts";
import type { TransportBuffers } from "./transport-buffers.ts";

/** Parts of a {@link WebSocketTransport}. */
export interface WebSocketParts {
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Rate limit of the control frames and empty frames of one connection; undefined for no limit. */
  readonly controlRate: RateLimit | undefined;
  /** Largest accepted message, of one or more frames, in bytes. */
  readonly maxMessageBytes: number;
  /**
   * Called when a peer broke a rule and is being closed: `text-message`, `message-too-long`, `message-parts`,
   * `control-rate`, `websocket-protocol`.
   */
  readonly onIllegal: (reason: string, remote: string) => void;
}

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const closeCode = { normal: 1000, unsupportedData: 1003, policyViolation: 1008 } as const;

/** Queue size, in bytes, beyond which pings are not answered, because the peer does not read. */
const maxPongBacklogBytes = 64 * 1024;

/** A transport over an accepted WebSocket: each flush is sent as one binary message. */
export class WebSocketTransport extends ConnectionTransport {
  readonly kind = "websocket";
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #parts: WebSocketParts;
  readonly #scanner = new FrameScanner();
  /** Listeners of ws, which are those of all of its sockets. */
  readonly #read: (this: Socket, chunk: Buffer) => void;
  readonly #end: (this: Socket) => void;
  /** True when the peer has ended its side while its bytes are not all read. */
  #ended = false;
  #controls: Buckets | undefined;
  /** Payload of the last unanswered ping. */
  #ping: Buffer | undefined;
  /** True when the peer's last frame was read, or its bytes cannot be read: further bytes are dropped. */
  #deaf = false;
  #closingBytes = 0;
  /** True between the first and the last frame of a message. */
  #inMessage = false;

  constructor(ws: WebSocket, socket: Socket, remote: string, parts: WebSocketParts) {
    const { buffers, turns } = parts;
    super({
      remote,
      buffers,
      turns,
      copies: false,
      isChunked: socket instanceof TLSSocket,
      headBytes: headRoom,
    });
    this.#ws = ws;
    this.#socket = socket;
    this.#parts = parts;
    ws.pause();
    carry(socket, this);
    carry(ws, this);
    // ws reads all frames of a chunk at once, however many, and none after the end.
    this.#read = takeOverListener(socket, "data", onChunk);
    this.#end = takeOverListener(socket, "end", onEnd);
    ws.on("message", onMessage).on("ping", onPing).on("error", onError).on("close", onClose);
  }

  /** Drops the bytes that are unread when the connection is gone: ws would read them all at once. */
  socketClosed(): void {
    this.#socket.read();
  }

  /** @internal Takes the payload of a ping. */
  pinged(bytes: Buffer): void {
    this.#ping = bytes;
  }

  /** @internal Records that ws has closed. */
  closedWith(code: number): void {
    this.gone(`closed by the peer (WebSocket code ${code})`);
  }

  get local(): string {
    return addressOf(this.#socket.localAddress, this.#socket.localPort);
  }

  /** Writes a message of one frame, its header in front of it: ws would make two writes of it, or copy it. */
  override send(bytes: Uint8Array, end: number): boolean {
    if (this.#ws.readyState === this.#ws.OPEN)
      return writeTo(this.#socket, bytes, putFrameHead(bytes, headRoom, end), end, this);
    this.#ws.send(bytes.subarray(headRoom, end), binary, this.onSent);
    return false;
  }

  protected override stopReading(): void {
    this.#ws.pause();
  }

  protected override finish(reason: string, { graceMs, violation }: TransportCloseOptions): void {
    this.#closeWith(reason, violation ? closeCode.policyViolation : closeCode.normal, "", graceMs);
  }

  protected override cut(): void {
    this.outbox.close();
    this.#ws.terminate();
  }

  #closeWith(reason: string, code: number, told: string, graceMs = defaultCloseGraceMs): void {
    this.endOutput(reason);
    this.#cutIn(graceMs);
    // Continues to read, and drops the messages, so that the peer's answer to the close is seen.
    this.paused = false;
    this.readOn();
    this.#ws.close(code, told);
  }

  /** Destroys the connection after a timeout, whatever the peer does; ws alone would wait for half a minute. */
  #cutIn(graceMs: number): void {
    this.grace ??= setTimeout(() => this.destroy("the peer did not close in time"), graceMs);
  }

  /** @internal Takes a chunk that the socket has read. */
  onChunk(chunk: Buffer): void {
    if (this.isClosed) {
      this.#closingBytes += chunk.length;
      if (this.#closingBytes > maxClosingBytes) this.destroy();
    }
    if (this.ending.over) return;
    const { share } = this;
    if (this.#deaf) {
      this.#awaitTurn(chunk);
      return;
    }
    if (share.waiting || share.pendingBytes > 0) {
      // Was under way when reading was stopped.
      share.keep(chunk);
      return;
    }
    share.renew();
    this.#feed(chunk);
    this.#awaitTurn(chunk);
  }

  /**
   * Stops reading in this turn when the share is used up, or when the system would deliver one full buffer after the
   * other.
   */
  #awaitTurn(chunk: Uint8Array): void {
    if (this.share.fills(chunk.length)) this.share.wait();
    if (this.share.waiting) this.#ws.pause();
  }

  /** Passes single frames to ws, the smallest unit after which ws can be stopped. */
  #feed(chunk: Uint8Array): void {
    const scanner = this.#scanner;
    const { share } = this;
    let at = 0;
    // ws reports what is wrong with a frame only later: nothing of the chunk may be taken past it then.
    let isWithWs = false;
    while (at < chunk.length && !this.#deaf) {
      if (share.left <= 0 || share.waiting || this.paused) {
        share.keep(chunk.subarray(at));
        if (!this.paused) share.wait();
        break;
      }
      const isBegun = scanner.isBegun;
      const end = scanner.next(chunk, at);
      const whole = scanner.complete;
      if (whole && !this.#admit()) return;
      const isAlone = whole && !isBegun && !this.#inMessage && !isWithWs;
      if (isAlone && scanner.payloadBytes <= this.#parts.maxMessageBytes) {
        const body = unmasked(chunk, at, end, scanner.payloadBytes);
        if (body !== undefined) {
          at = end;
          this.onMessage(body, true);
          continue;
        }
      }
      if (whole && scanner.opcode < closeOpcode) this.#inMessage = !scanner.final;
      const part = at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
      // A fragment is kept until its message is complete. Without a copy it would keep the whole chunk, which may be
      // much larger.
      const kept = whole && !scanner.final && part !== chunk ? Uint8Array.prototype.slice.call(part) : part;
      at = end;
      if (whole && scanner.opcode === closeOpcode) this.#onLastFrame();
      isWithWs = true;
      this.#read.call(this.#socket, kept as Buffer);
    }
    const ping = this.#ping;
    if (ping === undefined) return;
    // One pong answers all pings of a turn: that of the last one (RFC 6455, section 5.5.3).
    this.#ping = undefined;
    if (!this.isClosed && this.#ws.bufferedAmount < maxPongBacklogBytes) this.#ws.pong(ping);
  }

  /**
   * Takes the units of a frame from the share, and charges a frame without a message to its rate limit. Returns false
   * beyond the limit.
   */
  #admit(): boolean {
    const { idle } = this.#scanner;
    this.share.left -= idle ? idleFrames : webSocketFrames;
    const { controlRate, clock, onIllegal } = this.#parts;
    if (!idle || controlRate === undefined || this.isClosed) return true;
    this.#controls ??= newBuckets(1);
    if (controlRate.take(this.#controls, 0, clock.now()) === 0) return true;
    onIllegal("control-rate", this.remote);
    this.#deaf = true;
    this.#closeWith(
      "too many control frames",
      closeCode.policyViolation,
      "too many control frames",
      refusalGraceMs,
    );
    return false;
  }

  /** Handles the peer's close frame: no frame follows, and ws answers it. */
  #onLastFrame(): void {
    this.#deaf = true;
    if (this.isClosed) return;
    this.outbox.flushLast();
    this.isClosed = true;
    this.#cutIn(refusalGraceMs);
  }

  override onTurn(): void {
    const { share } = this;
    if (this.ending.over || this.#deaf) {
      share.drop();
    } else if (!this.paused) {
      const back = share.takeBack();
      if (back !== undefined && !this.isClosed) this.handler?.onData(back);
      const unread = this.paused || share.waiting ? undefined : share.takeUnread();
      if (unread !== undefined) this.#feed(unread);
    }
    if (this.#ended) this.onEnd();
    this.readOn();
  }

  /** @internal Passes the end on to ws after all waiting bytes, because ws reads nothing after the end. */
  onEnd(): void {
    this.#ended = this.share.pendingBytes > 0 && !this.#deaf && !this.ending.over;
    // ws has forgotten a socket that was destroyed.
    if (!this.#ended && !this.#socket.destroyed) this.#end.call(this.#socket);
  }

  protected override readOn(): void {
    const { share } = this;
    if (this.paused || this.handler === undefined) return;
    if (share.pendingBytes > 0) share.wait();
    if (share.waiting) this.#ws.pause();
    else this.#ws.resume();
  }

  /** @internal Takes a message of ws, or of a frame that ws has not seen. */
  onMessage(data: RawData | Uint8Array, isBinary: boolean): void {
    if (this.isClosed) return;
    if (!isBinary) {
      this.#parts.onIllegal("text-message", this.remote);
      this.#closeWith("text message", closeCode.unsupportedData, "binary messages only", refusalGraceMs);
    } else if (data instanceof Uint8Array && data.length > 0) {
      this.handler?.onData(data);
    }
  }

  /** @internal Handles an error of ws, which notifies the peer by itself and stops reading. */
  onError(error: Error): void {
    const code = socketReason(error);
    this.ending.because(code);
    this.#deaf = true;
    this.isClosed = true;
    this.share.drop();
    this.#cutIn(refusalGraceMs);
    const reason = illegal[code] ?? (code.startsWith("WS_ERR_") ? "websocket-protocol" : undefined);
    if (reason !== undefined) this.#parts.onIllegal(reason, this.remote);
  }
}

// Listeners of all connections; see Carried.

type Carrier<T> = T & Carried<WebSocketTransport>;

function onChunk(this: Carrier<Socket>, chunk: Buffer): void {
  this[carried]?.onChunk(chunk);
}

function onEnd(this: Carrier<Socket>): void {
  this[carried]?.onEnd();
}

function onMessage(this: Carrier<WebSocket>, data: RawData, isBinary: boolean): void {
  this[carried]?.onMessage(data, isBinary);
}

function onPing(this: Carrier<WebSocket>, bytes: Buffer): void {
  this[carried]?.pinged(bytes);
}

function onError(this: Carrier<WebSocket>, error: Error): void {
  this[carried]?.onError(error);
}

function onClose(this: Carrier<WebSocket>, code: number): void {
  this[carried]?.closedWith(code);
}

const binary = Object.freeze({ binary: true, compress: false });

/** Reasons of specific errors of ws. */
const illegal: Readonly<Record<string, string>> = Object.freeze({
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "message-too-long",
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: "message-too-long",
  WS_ERR_TOO_MANY_BUFFERED_PARTS: "message-parts",
});
