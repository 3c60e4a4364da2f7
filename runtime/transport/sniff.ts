/** What the first bytes of a connection tell. `more`: too few to tell. */
export type Sniffed = "http" | "frames" | "more";

/** How many bytes are enough to tell. */
export const sniffBytes = 4;

const methods = ["GET ", "HEAD", "POST", "PUT ", "PATC", "DELE", "OPTI", "TRAC", "CONN"];

/** Tells HTTP (and so a WebSocket handshake) from frames: it begins with the name of a method, in capital letters. */
export function sniff(first: Uint8Array): Sniffed {
  const seen = String.fromCharCode(...first.subarray(0, sniffBytes));
  if (!methods.some((method) => method.startsWith(seen))) return "frames";
  return seen.length === sniffBytes ? "http" : "more";
}
