import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Writer } from "../wire/codec/writer.ts";
import type { TransportBuffers } from "./buffers.ts";
import { Ending } from "./connection/ending.ts";
import { Outbox } from "./connection/outbox.ts";
import { addressOf, reasonOf } from "./tcp.ts";
import {
  defaultCloseGraceMs,
  type Transport,
  type TransportCloseOptions,
  type TransportHandler,
} from "./transport.ts";

/** Options of {@link webSocketUpgrader}. */
export interface WebSocketOptions {
  /** The largest message that is accepted, of one or more frames. Default 1 MiB. */
  maxMessageBytes?: number;
  buffers: TransportBuffers;
  /** A connection is ready; it delivers nothing before `start`. */
  onTransport: (transport: Transport, socket: Socket) => void;
  /** A peer broke the rules and is being closed: `text-message`, `message-too-long`, `websocket-protocol`. */
  onIllegal: (reason: string, remote: string) => void;
}

export const defaultMaxMessageBytes = 2 ** 20;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const closeCode = { normal: 1000, unsupportedData: 1003 } as const;

/** A peer that sends pings but does not read gets no more answers beyond this. */
const maxPongBacklogBytes = 64 * 1024;

/** What takes over the socket of an HTTP upgrade request. */
export type Upgrader = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Server side of WebSocket: binary messages only, no compression, a bound for what a message may hold. */
export function webSocketUpgrader(options: WebSocketOptions): Upgrader {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    autoPong: false,
    maxPayload: options.maxMessageBytes ?? defaultMaxMessageBytes,
  });
  return (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      options.onTransport(new WebSocketTransport(ws, request.socket, options), request.socket);
    });
  };
}

/** A transport over an accepted WebSocket: what a flush holds travels as one binary message. */
class WebSocketTransport implements Transport {
  readonly kind = "websocket";
  readonly remote: string;
  readonly local: string;
  readonly #ws: WebSocket;
  readonly #outbox: Outbox;
  readonly #ending = new Ending();
  readonly #onIllegal: WebSocketOptions["onIllegal"];
  #handler: TransportHandler | undefined;
  #paused = false;
  #closed = false;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(ws: WebSocket, socket: Socket, options: WebSocketOptions) {
    this.#ws = ws;
    this.#onIllegal = options.onIllegal;
    this.remote = addressOf(socket.remoteAddress, socket.remotePort);
    this.local = addressOf(socket.localAddress, socket.localPort);
    const onSent = (): void => this.#outbox.sent();
    this.#outbox = new Outbox(
      {
        send: (bytes, size) => ws.send(bytes.subarray(0, size), binary, onSent),
        onDrained: () => {
          if (!this.#closed) this.#handler?.onDrain();
        },
      },
      options.buffers,
    );
    ws.pause();
    ws.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    ws.on("ping", () => {
      if (ws.bufferedAmount < maxPongBacklogBytes) ws.pong();
    });
    ws.on("error", (error) => this.#onError(error));
    ws.on("close", (code) => this.#onGone(code));
  }

  get closed(): boolean {
    return this.#closed;
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
    if (!this.#paused) this.#ws.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#handler) this.#ws.resume();
  }

  close(options: TransportCloseOptions = {}): Promise<void> {
    if (!this.#closed) this.#finish("closed here", closeCode.normal, "", options.graceMs);
    return this.#ending.finished();
  }

  destroy(reason = "destroyed here"): void {
    if (this.#ending.over) return;
    this.#closed = true;
    this.#ending.because(reason);
    this.#outbox.close();
    this.#ws.terminate();
  }

  #finish(reason: string, code: number, told: string, graceMs = defaultCloseGraceMs): void {
    this.#outbox.flushLast();
    this.#closed = true;
    this.#ending.because(reason);
    this.#grace = setTimeout(() => this.destroy(), graceMs);
    // Reads on, without listening, so that the peer's answer to the close is seen.
    this.#paused = false;
    this.#ws.resume();
    this.#ws.close(code, told);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    if (!isBinary) {
      this.#onIllegal("text-message", this.remote);
      this.#finish("text message", closeCode.unsupportedData, "binary messages only");
    } else if (data instanceof Uint8Array) {
      this.#handler?.onData(data);
    }
  }

  /** ws closes the connection by itself after an error. */
  #onError(error: Error): void {
    const code = reasonOf(error);
    this.#ending.because(code);
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.#onIllegal("message-too-long", this.remote);
    else if (code.startsWith("WS_ERR_")) this.#onIllegal("websocket-protocol", this.remote);
  }

  #onGone(code: number): void {
    this.#closed = true;
    clearTimeout(this.#grace);
    this.#outbox.close();
    this.#ending.finish(`closed by the peer (WebSocket code ${code})`);
  }
}

const binary = Object.freeze({ binary: true, compress: false });
