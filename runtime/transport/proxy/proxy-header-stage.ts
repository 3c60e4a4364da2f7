import type { Socket } from "node:net";
import { type ProxyHeader, readProxyHeader } from "./proxy-header.ts";

/** Complete or faulty header; "none" when the connection ended before. */
export type FoundHeader = Exclude<ProxyHeader, { is: "incomplete" }> | { readonly is: "none" };

/**
 * Reads the PROXY header of a connection, then pauses the connection and puts the bytes behind the header back. Calls
 * `done` once. Returns a function that stops reading.
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
  const onEnd = (): void => {
    stop();
    done({ is: "none" });
  };
  const stop = (): void => void socket.off("data", onData).off("end", onEnd);
  socket.on("data", onData).on("end", onEnd).resume();
  return stop;
}
