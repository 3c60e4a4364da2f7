import { StringDecoder } from "node:string_decoder";

/** Longest line kept whole, in characters. Bounds the memory for output without line feeds. */
export const maxLineLength = 65_536;

/** Splits a byte stream into lines of text. A line longer than {@link maxLineLength} arrives in pieces. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(Buffer.from(chunk))).split("\n");
    let rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
    while (rest.length > maxLineLength) {
      this.#emit(rest.slice(0, maxLineLength));
      rest = rest.slice(maxLineLength);
    }
    this.#rest = rest;
  }

  /** Passes on the text after the last line feed. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    if (rest !== "") this.#emit(rest);
  }

  #emit(line: string): void {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") this.#onLine(text);
  }
}
