import type { Socket } from "node:net";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";

/** Complete or faulty header. */
export type FoundHeader = Exclude<ProxyHeader, { is: "incomplete" }>;

/**
 * Reads the PROXY header of a connection, then pauses the connection and puts the bytes behind the header back. Calls
 * `done` once, unless the connection ends before. Returns a function that stops reading.
 */
export function readHeaderOf(socket: Socket, done: (header: FoundHeader) => void): () => void {
  let seen: Buffer | undefined;
  const onData = (chunk: Buffer): void => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const header = readProxyHeader(seen);
    if (header.is === "incomplete") return;
    stop();
    socket.pause();
    if (header.is !== "faulty" && seen.length > header.bytes) socket.unshift(seen.subarray(header.bytes));
    done(header);
  };
  const stop = (): void => void socket.off("data", onData);
  socket.on("data", onData);
  socket.resume();
  return stop;
}
