import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Origins, originOf } from "./connection/origins.ts";
import type { Upgrader } from "./http.ts";
import type { AcceptedTransport } from "./transport.ts";
import { type WebSocketParts, WebSocketTransport } from "./websocket.ts";

/** Options of {@link webSocketUpgrader}. */
export interface UpgraderOptions extends WebSocketParts {
  /** Pages that may connect. */
  readonly origins: Origins;
  /**
   * Finds the address of the client of a handshake, as text. Undefined rejects the handshake: the address has too many
   * connections.
   */
  readonly clientOf: (request: IncomingMessage) => string | undefined;
  /** Called with each new connection, which delivers nothing before `start`. */
  readonly onTransport: (transport: AcceptedTransport, socket: Socket) => void;
  /** Called for each rejected page, with its origin. */
  readonly onForeignOrigin: (
    page: { readonly origin: string; readonly host: string },
    remote: string,
  ) => void;
}

/** Most fragments of one message, and most chunks of one frame: each costs memory beside its bytes. */
const maxFragments = 1_024;
const maxBufferedChunks = 8_192;

/**
 * The only subprotocol (RFC 6455, section 1.9) that is accepted when a client offers it. A client need not offer one.
 */
const subprotocol = "photinus.v1";

/** Longest part of an Origin or Host header in a log line, in characters. */
const shownHeaderChars = 200;

/**
 * Creates the server side of WebSockets: binary messages only, no compression, a limit for each message. Another method
 * than GET is answered with 405, a page of an origin that may not connect with 403.
 */
export function webSocketUpgrader(options: UpgraderOptions): Upgrader {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    autoPong: false,
    maxPayload: options.maxMessageBytes,
    maxFragments,
    maxBufferedChunks,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  return (request, socket, head) => {
    if (request.method !== "GET") {
      refuse(socket, "405 Method Not Allowed", "Allow: GET\r\n");
      return;
    }
    const remote = options.clientOf(request);
    if (remote === undefined) {
      refuse(socket, "503 Service Unavailable", "", "too many connections\n");
      return;
    }
    if (!options.origins.allows(request)) {
      const shown = (header: unknown): string => String(header).slice(0, shownHeaderChars);
      const page = { origin: shown(originOf(request)), host: shown(request.headers.host) };
      options.onForeignOrigin(page, remote);
      refuse(socket, "403 Forbidden", "", "pages of this origin may not open WebSockets here\n");
      return;
    }
    server.handleUpgrade(request, socket, head, (ws) => {
      options.onTransport(new WebSocketTransport(ws, request.socket, remote, options), request.socket);
    });
  };
}

/** Answers a rejected handshake, and ends the connection. */
function refuse(socket: Duplex, status: string, header = "", text = ""): void {
  socket.on("error", () => {});
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\n${header}Content-Length: ${text.length}\r\n\r\n${text}`;
  socket.end(head, () => socket.destroy());
}
