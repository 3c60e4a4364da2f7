import type { Socket } from "node:net";

const text = "this port speaks TLS only; use https:// or wss://\n";
const answer = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

/** How long the client may take to read the answer and end its side, in ms. */
const graceMs = 1_000;
/** Most bytes of the request that are dropped meanwhile. */
const maxDroppedBytes = 65_536;

/**
 * Answers a plain HTTP request to a port with TLS, and closes the connection. Drops the request: bytes that stay unread
 * would reset the connection before the client has read the answer.
 */
export function refusePlainHttp(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), graceMs);
  let dropped = 0;
  socket.once("close", () => clearTimeout(timer));
  socket.once("end", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > maxDroppedBytes) socket.destroy();
  });
  socket.end(answer);
  socket.resume();
}
