import type { Socket } from "node:net";

/** Protocol of a connection, by its first bytes. `more`: too few bytes to decide. */
export type Sniffed = "http" | "frames" | "more";

/** Number of bytes that always suffice to decide. */
export const sniffBytes = 4;

const methods = Object.freeze(["GET ", "HEAD", "POST", "PUT ", "PATC", "DELE", "OPTI", "TRAC", "CONN"]);

/**
 * Distinguishes HTTP, and so a WebSocket handshake, from frames: HTTP begins with the name of a method in capital
 * letters.
 */
export function sniff(first: Uint8Array): Sniffed {
  const seen = String.fromCharCode(...first.subarray(0, sniffBytes));
  if (!methods.some((method) => method.startsWith(seen))) return "frames";
  return seen.length === sniffBytes ? "http" : "more";
}

/** First byte of TLS: the type of a record of a handshake. No method of HTTP begins with it. */
const tlsHandshake = 0x16;

/** Distinguishes TLS from anything else, by the first byte. */
export function sniffTls(first: Uint8Array): Sniffed | "tls" {
  return first[0] === tlsHandshake ? "tls" : sniff(first);
}

/**
 * Reads the first bytes of a connection until `sniffed` decides, then pauses the connection and passes the bytes on.
 * "nothing": the connection ended before it sent enough. Returns a function that stops reading.
 */
export function readFirstBytes<T extends string>(
  socket: Socket,
  sniffed: (first: Uint8Array) => T | "more",
  done: (what: T | "nothing", first: Buffer) => void,
): () => void {
  let seen: Buffer | undefined;
  const onData = (chunk: Buffer): void => {
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const what = sniffed(seen);
    if (what === "more") return;
    socket.pause();
    stop();
    done(what, seen);
  };
  const onEnd = (): void => {
    stop();
    done("nothing", seen ?? Buffer.alloc(0));
  };
  const stop = (): void => {
    socket.off("data", onData).off("end", onEnd).off("error", onEnd);
  };
  socket.on("data", onData).on("end", onEnd).on("error", onEnd).resume();
  return stop;
}
