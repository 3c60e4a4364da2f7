import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Origins, originOf } from "./connection/origins.ts";
import type { Upgrader } from "./http.ts";
import { addressOf } from "./tcp.ts";
import type { Transport } from "./transport.ts";
import { type WebSocketParts, WebSocketTransport } from "./websocket.ts";

/** Options of {@link webSocketUpgrader}. */
export interface UpgraderOptions extends WebSocketParts {
  /** The largest message that is accepted, of one or more frames. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  /** Which pages may connect. */
  readonly origins: Origins;
  /** A connection is ready; it delivers nothing before `start`. */
  readonly onTransport: (transport: Transport, socket: Socket) => void;
  /** A page of this origin was refused. */
  readonly onForeignOrigin: (
    page: { readonly origin: string; readonly host: string },
    remote: string,
  ) => void;
}

export const defaultMaxMessageBytes = 2 ** 20;

/** Fragments that one message may come in, and chunks that one frame may come in: each costs memory beside its bytes. */
const maxFragments = 1_024;
const maxBufferedChunks = 8_192;

/** The one subprotocol (RFC 6455, section 1.9) that is answered when a client offers it. None needs to be offered. */
const subprotocol = "photinus.v1";

/** How much of an Origin or Host header a line of the log shows, in characters. */
const shownHeaderChars = 200;

/**
 * Server side of WebSocket: binary messages only, no compression, a bound for what a message may hold. Another method than GET
 * is answered by 405, a page of an origin that may not connect by 403.
 */
export function webSocketUpgrader(options: UpgraderOptions): Upgrader {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    autoPong: false,
    maxPayload: options.maxMessageBytes ?? defaultMaxMessageBytes,
    maxFragments,
    maxBufferedChunks,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  return (request, socket, head) => {
    if (request.method !== "GET") {
      refuse(socket, "405 Method Not Allowed", "Allow: GET\r\n");
      return;
    }
    if (!options.origins.allows(request)) {
      const { remoteAddress, remotePort } = request.socket;
      const shown = (header: unknown): string => String(header).slice(0, shownHeaderChars);
      const page = { origin: shown(originOf(request)), host: shown(request.headers.host) };
      options.onForeignOrigin(page, addressOf(remoteAddress, remotePort));
      refuse(socket, "403 Forbidden", "", "pages of this origin may not open WebSockets here\n");
      return;
    }
    server.handleUpgrade(request, socket, head, (ws) => {
      options.onTransport(new WebSocketTransport(ws, request.socket, options), request.socket);
    });
  };
}

/** Answers a handshake that is not accepted, and ends the connection. */
function refuse(socket: Duplex, status: string, header = "", text = ""): void {
  socket.on("error", () => {});
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\n${header}Content-Length: ${text.length}\r\n\r\n${text}`;
  socket.end(head, () => socket.destroy());
}
