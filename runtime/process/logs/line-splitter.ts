import { StringDecoder } from "node:string_decoder";

/** The longest line that is kept whole, in characters. */
export const maxLineLength = 65_536;

/** Cuts a stream of bytes into lines of text. A line longer than {@link maxLineLength} is handed over in pieces. */
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

  /** Hands over what came after the last end of line. */
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
