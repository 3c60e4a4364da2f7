import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { AcceptedConnection } from "./accepted-connection.ts";
import { readStage } from "./read-stage.ts";

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
 * Reads the first bytes of a connection, after those that were read already, until `sniffed` decides; then pauses the connection and
 * passes the bytes on. Their memory may be reused after the call. "nothing": the connection ended before it sent enough.
 */
export function readFirstBytes<T extends string>(
  connection: AcceptedConnection,
  already: Uint8Array,
  sniffed: (first: Uint8Array) => T | "more",
  done: (what: T | "nothing", first: Uint8Array) => void,
): void {
  readStage(
    connection,
    already,
    (first) => {
      const what = sniffed(first);
      return what === "more" ? undefined : () => done(what, first);
    },
    () => done("nothing", emptyBytes),
  );
}
