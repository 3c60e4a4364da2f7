import type { Socket } from "node:net";
import type { Deadlines } from "../../clock/deadlines.ts";

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

/** Result of the detection. `silent`: no decision in time; `nothing`: the connection ended before it sent enough. */
export type FirstWords = "http" | "frames" | "silent" | "nothing";

/** Reads the first bytes of a connection until they show its protocol, then passes them on. */
export class FirstBytes {
  readonly #socket: Socket;
  readonly #deadlines: Deadlines;
  readonly #handle: number;
  readonly #done: (what: FirstWords, first: Buffer) => void;
  #seen: Buffer = Buffer.alloc(0);

  constructor(
    socket: Socket,
    deadlines: Deadlines,
    ms: number,
    done: (what: FirstWords, first: Buffer) => void,
  ) {
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.#done = done;
    this.#handle = deadlines.add(ms, this);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onEnd);
    socket.resume();
  }

  onDeadline(): void {
    this.#settle("silent");
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#seen = this.#seen.length > 0 ? Buffer.concat([this.#seen, chunk]) : chunk;
    const what = sniff(this.#seen);
    if (what === "more") return;
    this.#socket.pause();
    this.#settle(what);
  };

  readonly #onEnd = (): void => this.#settle("nothing");

  #settle(what: FirstWords): void {
    this.#deadlines.remove(this.#handle);
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("error", this.#onEnd);
    this.#done(what, this.#seen);
  }
}
