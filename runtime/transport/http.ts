import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { takeOverListener } from "./connection/take-over-listener.ts";

/**
 * Answers HTTP requests other than WebSocket handshakes. An error that the handler throws, or rejects with, is answered
 * with a 500.
 */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Takes over the socket of an HTTP upgrade request. Declared here and not beside the upgrader, so that a user's
 * compiler does not need the declarations of `ws`, which users do not install.
 */
export type Upgrader = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The HTTP side carries only handshakes and small pages. */
const limits = Object.freeze({
  maxHeaderSize: 16_384,
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
});

/**
 * Most requests of one connection, beyond which it is closed. Small pages need few, and each takes a share of the event
 * loop.
 */
const maxRequestsPerSocket = 100;

/** Idle time after which a connection is closed, as when the client does not read its answer; in ms. */
export const defaultHttpIdleMs = 30_000;

/**
 * Size of the parts in which requests are read, in bytes. The parser cannot be stopped within a part. A whole chunk
 * holds thousands of requests, and closing a connection aborts each one begun, which takes longer than reading it.
 */
const partBytes = 256;

const readMethods: readonly string[] = Object.freeze(["GET", "HEAD"]);

/**
 * Answers 405 to all methods except GET and HEAD, for read-only resources. Returns true when the request was answered.
 *
 * ```ts
 * const http: HttpHandler = (request, response) => {
 *   if (!onlyRead(request, response)) response.end("hello");
 * };
 * ```
 */
export function onlyRead(request: IncomingMessage, response: ServerResponse): boolean {
  if (readMethods.includes(request.method ?? "")) return false;
  const headers = { "content-type": "text/plain", allow: readMethods.join(", ") };
  response.writeHead(405, headers).end("read-only\n");
  return true;
}

const notFound: HttpHandler = (request, response) => {
  if (onlyRead(request, response)) return;
  response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
};

/** An HTTP server without a listener: it serves the connections that it is given. */
export class HttpSide {
  readonly #server: Server;
  /** Connections with an unanswered request. */
  readonly #busy = new WeakSet<Duplex>();
  /** Functions that stop reading a connection's requests and return the rest of the current chunk. */
  readonly #stops = new WeakMap<Duplex, () => Buffer>();

  /** `onError` receives the error of a handler. */
  constructor(
    onError: (error: unknown) => void,
    handler: HttpHandler = notFound,
    upgrader?: Upgrader,
    idleMs: number = defaultHttpIdleMs,
  ) {
    this.#server = createServer(limits, (request, response) => {
      if (!this.#begins(request.socket, response)) return;
      // A body that is unread when the answer is sent stays unread: then the connection is closed.
      if (hasBody(request)) response.shouldKeepAlive = false;
      // An exception here would end the process, with all its connections.
      const failed = (error: unknown): void => {
        onError(error);
        if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
        response.end("internal server error\n");
      };
      try {
        // The handler may be an async function, although its type does not say so.
        const result: unknown = handler(request, response);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    });
    // The upgrade removes this timeout from a WebSocket.
    this.#server.timeout = idleMs;
    this.#server.maxRequestsPerSocket = maxRequestsPerSocket;
    this.#server.on("dropRequest", (_request, socket) => socket.destroy());
    if (upgrader) {
      this.#server.on("upgrade", (request, socket, head) => {
        const rest = this.#stops.get(socket)?.() ?? nothing;
        // The reader of requests would stay in memory for as long as the WebSocket.
        this.#stops.delete(socket);
        // The answer to an earlier request would be written between the WebSocket's frames.
        if (this.#busy.has(socket)) {
          socket.destroy();
          return;
        }
        try {
          upgrader(request, socket, Buffer.concat([head, rest]));
        } catch (error) {
          // The upgrader depends on how ws listens to sockets. With another ws only this connection fails.
          onError(error);
          socket.destroy();
        }
      });
    }
    // Node enforces the timeouts only after "listening", which this server never emits by itself.
    this.#server.emit("listening");
  }

  /** Takes over a connection. Bytes that were read must have been put back. */
  serve(socket: Socket): void {
    this.#server.emit("connection", socket);
    let rest = nothing;
    const onChunk = (chunk: Buffer): void => {
      rest = chunk;
      while (rest.length > 0 && !socket.destroyed) {
        const part = rest.subarray(0, partBytes);
        rest = rest.subarray(partBytes);
        read.call(socket, part);
      }
    };
    const read = takeOverListener(socket, "data", onChunk);
    this.#stops.set(socket, () => {
      const unread = rest;
      rest = nothing;
      socket.off("data", onChunk);
      return unread;
    });
    socket.resume();
  }

  /**
   * Admits one request at a time. A client that sends the next one before the answer is disconnected: small pages need
   * no pipelining.
   */
  #begins(socket: Socket, response: ServerResponse): boolean {
    if (this.#busy.has(socket)) {
      socket.destroy();
      return false;
    }
    this.#busy.add(socket);
    response.once("close", () => this.#busy.delete(socket));
    return true;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const nothing: Buffer = Buffer.alloc(0);

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
