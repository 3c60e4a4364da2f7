import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../clock/clock.ts";
import type { RateLimit } from "../clock/rate-limit.ts";
import { ConnectionTransport } from "./connection/connection-transport.ts";
import { closeOpcode, FrameScanner } from "./connection/frame-scanner.ts";
import { takeOverListener } from "./connection/take-over-listener.ts";
import { fullReadBytes } from "./connection/turn-share.ts";
import type { Turns } from "./connection/turns.ts";
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

/** What a {@link WebSocketTransport} works with. */
export interface WebSocketParts {
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Control frames and empty frames of one connection; undefined: no limit. */
  readonly controlRate: RateLimit | undefined;
  /**
   * A peer broke the rules and is being closed: `text-message`, `message-too-long`, `message-parts`, `control-rate`,
   * `websocket-protocol`.
   */
  readonly onIllegal: (reason: string, remote: string) => void;
}

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const closeCode = { normal: 1000, unsupportedData: 1003, policyViolation: 1008 } as const;

/** A peer that sends pings but does not read gets no more answers beyond this. */
const maxPongBacklogBytes = 64 * 1024;

/** A transport over an accepted WebSocket: what a flush holds travels as one binary message. */
export class WebSocketTransport extends ConnectionTransport {
  readonly kind = "websocket";
  readonly #ws: WebSocket;
  readonly #onSent = (): void => this.outbox.sent();
  readonly #parts: WebSocketParts;
  readonly #scanner = new FrameScanner();
  readonly #read: (chunk: Buffer) => void;
  readonly #end: () => void;
  /** The peer has ended its side, which ws is told when all that came before is read. */
  #ended = false;
  #controls: Float64Array | undefined;
  /** What the last ping bore that is not answered yet. */
  #ping: Buffer | undefined;
  /** The peer's last frame was read, or what it sends cannot be read: bytes are thrown away. */
  #deaf = false;
  #closingBytes = 0;

  constructor(ws: WebSocket, socket: Socket, parts: WebSocketParts) {
    const { buffers, turns } = parts;
    super({
      remote: addressOf(socket.remoteAddress, socket.remotePort),
      local: addressOf(socket.localAddress, socket.localPort),
      buffers,
      turns,
      copies: false,
    });
    this.#ws = ws;
    this.#parts = parts;
    ws.pause();
    // ws reads all frames of a chunk in one go, however many they are, and none that come after the end.
    this.#read = takeOverListener(socket, "data", (chunk: Buffer) => this.#onChunk(chunk));
    const end = takeOverListener(socket, "end", () => this.#onEnd());
    // Of a socket that was cut ws knows nothing any more.
    this.#end = () => {
      if (!socket.destroyed) end();
    };
    // Bytes that are unread when the connection is gone stay so: ws would read them in one go.
    socket.prependListener("close", () => void socket.read());
    ws.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    ws.on("ping", (bytes) => {
      this.#ping = bytes;
    });
    ws.on("error", (error) => this.#onError(error));
    ws.on("close", (code) => this.gone(`closed by the peer (WebSocket code ${code})`));
  }

  protected override send(bytes: Uint8Array, size: number): void {
    this.#ws.send(bytes.subarray(0, size), binary, this.#onSent);
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
    // Reads on, without listening, so that the peer's answer to the close is seen.
    this.paused = false;
    this.readOn();
    this.#ws.close(code, told);
  }

  /** Ends the connection whatever the peer does; ws by itself would wait for half a minute. */
  #cutIn(graceMs: number): void {
    this.grace ??= setTimeout(() => this.destroy("the peer did not close in time"), graceMs);
  }

  #onChunk(chunk: Buffer): void {
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

  /** Reads no more in this turn, if the share is used up or the system would hand over one full buffer after the other. */
  #awaitTurn(chunk: Uint8Array): void {
    if (chunk.length >= fullReadBytes) this.share.wait();
    if (this.share.waiting) this.#ws.pause();
  }

  /** Hands ws one frame at a time, which is as exactly as it can be stopped. */
  #feed(chunk: Uint8Array): void {
    const scanner = this.#scanner;
    const { share } = this;
    let at = 0;
    while (at < chunk.length && !this.#deaf) {
      if (share.left <= 0 || share.waiting || this.paused) {
        share.keep(chunk.subarray(at));
        if (!this.paused) share.wait();
        break;
      }
      const end = scanner.next(chunk, at);
      const whole = scanner.complete;
      if (whole && !this.#admit()) return;
      const part = at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
      // Kept until its message is whole, it would keep all of the chunk: much more than a message may have.
      const kept = whole && !scanner.final && part !== chunk ? Uint8Array.prototype.slice.call(part) : part;
      at = end;
      if (whole && scanner.opcode === closeOpcode) this.#onLastFrame();
      this.#read(kept as Buffer);
    }
    const ping = this.#ping;
    if (ping === undefined) return;
    // One answer for all pings of a turn: the last one's (RFC 6455, section 5.5.3).
    this.#ping = undefined;
    if (!this.isClosed && this.#ws.bufferedAmount < maxPongBacklogBytes) this.#ws.pong(ping);
  }

  /** Takes a frame off the share, and one without a message off the budget for such. False: beyond it. */
  #admit(): boolean {
    const { idle } = this.#scanner;
    this.share.left -= idle ? idleFrames : webSocketFrames;
    const { controlRate, clock, onIllegal } = this.#parts;
    if (!idle || controlRate === undefined || this.isClosed) return true;
    this.#controls ??= new Float64Array(1);
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

  /** The peer closes: nothing comes after this frame, and ws answers it. */
  #onLastFrame(): void {
    this.#deaf = true;
    if (this.isClosed) return;
    this.outbox.flushLast();
    this.isClosed = true;
    this.#cutIn(refusalGraceMs);
  }

  protected override onTurn(): void {
    const { share } = this;
    if (this.ending.over || this.#deaf) {
      share.drop();
    } else if (!this.paused) {
      const back = share.takeBack();
      if (back !== undefined && !this.isClosed) this.handler?.onData(back);
      const unread = this.paused || share.waiting ? undefined : share.takeUnread();
      if (unread !== undefined) this.#feed(unread);
    }
    if (this.#ended) this.#onEnd();
    this.readOn();
  }

  /** ws reads nothing after the end, so what waits for its turn comes first. */
  #onEnd(): void {
    this.#ended = this.share.pendingBytes > 0 && !this.#deaf && !this.ending.over;
    if (!this.#ended) this.#end();
  }

  protected override readOn(): void {
    const { share } = this;
    if (this.paused || this.handler === undefined) return;
    if (share.pendingBytes > 0) share.wait();
    if (share.waiting) this.#ws.pause();
    else this.#ws.resume();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.isClosed) return;
    if (!isBinary) {
      this.#parts.onIllegal("text-message", this.remote);
      this.#closeWith("text message", closeCode.unsupportedData, "binary messages only", refusalGraceMs);
    } else if (data instanceof Uint8Array && data.length > 0) {
      this.handler?.onData(data);
    }
  }

  /** ws tells the peer by itself after an error, and reads no more. */
  #onError(error: Error): void {
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

const binary = Object.freeze({ binary: true, compress: false });

/** Errors of ws that have a reason of their own. */
const illegal: Readonly<Record<string, string>> = Object.freeze({
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "message-too-long",
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: "message-too-long",
  WS_ERR_TOO_MANY_BUFFERED_PARTS: "message-parts",
});
