import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { takeOverListener } from "./connection/take-over-listener.ts";

/** Answers HTTP requests that are no WebSocket handshake. What it throws, or rejects with, is answered by a 500. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * What takes over the socket of an HTTP upgrade request. Declared here, and not beside the upgrader: declarations that a
 * user's compiler reads must not lead to those of `ws`, which its users do not have.
 */
export type Upgrader = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The HTTP side has to carry handshakes and small pages only. */
const limits = Object.freeze({
  maxHeaderSize: 16_384,
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
});

/** A connection that asks for more is closed; nobody needs so many, and each costs a turn of the event loop its share. */
const maxRequestsPerSocket = 100;

/** A connection on which nothing moves for so long, as when an answer is not read, is closed. Milliseconds. */
export const defaultHttpIdleMs = 30_000;

/**
 * Requests are read in parts of so many bytes, since the parser stops for nothing within what it is given: a chunk holds
 * thousands of requests, and a closed connection aborts each that was begun, which takes longer than to read it.
 */
const partBytes = 256;

const readMethods: readonly string[] = Object.freeze(["GET", "HEAD"]);

/**
 * Answers 405 to all methods but GET and HEAD, as is right for what can only be read. True: it is answered.
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
  response.writeHead(405, headers).end("only to be read\n");
  return true;
}

const notFound: HttpHandler = (request, response) => {
  if (onlyRead(request, response)) return;
  response.writeHead(404, { "content-type": "text/plain" }).end("nothing here\n");
};

/** An HTTP server without a listener of its own: it serves the connections that it is given. */
export class HttpSide {
  readonly #server: Server;
  /** Connections with a request that is not answered yet. */
  readonly #busy = new WeakSet<Duplex>();
  /** Ends the reading of a connection's requests, and gives what is left of the chunk at hand. */
  readonly #stops = new WeakMap<Duplex, () => Buffer>();

  /** `onError` is told what the handler failed with. */
  constructor(
    onError: (error: unknown) => void,
    handler: HttpHandler = notFound,
    upgrader?: Upgrader,
    idleMs: number = defaultHttpIdleMs,
  ) {
    this.#server = createServer(limits, (request, response) => {
      if (!this.#begins(request.socket, response)) return;
      // A body that is not read when the answer is out stays unread: the connection is closed then.
      if (hasBody(request)) response.shouldKeepAlive = false;
      // An exception here would end the process, and all its connections with it.
      const failed = (error: unknown): void => {
        onError(error);
        if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
        response.end("the server failed\n");
      };
      try {
        // It may be an async function, though its type does not say so.
        const result: unknown = handler(request, response);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    });
    // A WebSocket is freed of it by its upgrade.
    this.#server.timeout = idleMs;
    this.#server.maxRequestsPerSocket = maxRequestsPerSocket;
    this.#server.on("dropRequest", (_request, socket) => socket.destroy());
    if (upgrader) {
      this.#server.on("upgrade", (request, socket, head) => {
        const rest = this.#stops.get(socket)?.() ?? nothing;
        // The answer to an earlier request would be written in the midst of the WebSocket's frames.
        if (this.#busy.has(socket)) {
          socket.destroy();
          return;
        }
        try {
          upgrader(request, socket, Buffer.concat([head, rest]));
        } catch (error) {
          // It leans on how ws listens to sockets: a ws that does otherwise costs this connection, and no other one.
          onError(error);
          socket.destroy();
        }
      });
    }
    // Node starts to enforce the timeouts when the server listens, which this one never does by itself.
    this.#server.emit("listening");
  }

  /** Takes a connection over; bytes that were read must have been put back. */
  serve(socket: Socket): void {
    this.#server.emit("connection", socket);
    let rest = nothing;
    const onChunk = (chunk: Buffer): void => {
      rest = chunk;
      while (rest.length > 0 && !socket.destroyed) {
        const part = rest.subarray(0, partBytes);
        rest = rest.subarray(partBytes);
        read(part);
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

  /** One request at a time: who sends the next one before the answer is closed. Nothing that is served here needs more. */
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
