import { type Locate, type Path, pathText } from "./topology-problem.ts";

/** A JSON text that was read, with the place of each of its values. */
export type JsonDocument =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly wrong: string };

const maxDepth = 32;

/**
 * Reads JSON (RFC 8259) and remembers where each value stands: of a member of an object, the place of its key.
 * `JSON.parse` tells no places, and a configuration error without one is hard to act on.
 */
export function readJson(text: string): JsonDocument {
  const reader = new JsonReader(text);
  try {
    const value = reader.document();
    return { ok: true, value, locate: (path) => reader.locate(path) };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { ok: false, ...lineAndColumn(text, error.offset), wrong: error.message };
  }
}

/** Line and column (from 1) of an offset in a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

class JsonFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

class JsonReader {
  readonly #text: string;
  readonly #places = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text.charCodeAt(0) === 0xfeff ? ` ${text.slice(1)}` : text;
  }

  document(): unknown {
    this.#blank();
    this.#places.set("", this.#at);
    const value = this.#value([]);
    this.#blank();
    if (this.#at < this.#text.length) throw this.#fault(`${this.#shown()} after the end of the value`);
    return value;
  }

  /** The place of the value, or of the nearest value around it. */
  locate(path: Path): { line: number; column: number } | undefined {
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#places.get(pathText(path.slice(0, length)));
      if (offset !== undefined) return lineAndColumn(this.#text, offset);
    }
    return undefined;
  }

  #value(path: Path): unknown {
    if (path.length > maxDepth) throw this.#fault(`nested more than ${maxDepth} deep`);
    const next = this.#text[this.#at];
    if (next === "{") return this.#object(path);
    if (next === "[") return this.#array(path);
    if (next === '"') return this.#string();
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
      this.#text.slice(this.#at, this.#at + 400),
    )?.[0];
    if (word === undefined) throw this.#fault(`${this.#shown()} where a value should be`);
    this.#at += word.length;
    return JSON.parse(word) as unknown;
  }

  #object(path: Path): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.#at++;
    this.#blank();
    if (this.#take("}")) return result;
    for (;;) {
      const place = this.#at;
      if (this.#text[place] !== '"') throw this.#fault(`${this.#shown()} where a key in quotes should be`);
      const key = this.#string();
      if (Object.hasOwn(result, key))
        throw new JsonFault(place, `the key "${key}" stands twice in one object`);
      this.#places.set(pathText([...path, key]), place);
      this.#blank();
      if (!this.#take(":")) throw this.#fault(`${this.#shown()} where ":" should be`);
      this.#blank();
      const value = this.#value([...path, key]);
      // "__proto__" must become a key like any other.
      Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
      this.#blank();
      if (this.#take("}")) return result;
      if (!this.#take(",")) throw this.#fault(`${this.#shown()} where "," or "}" should be`);
      this.#blank();
    }
  }

  #array(path: Path): unknown[] {
    const result: unknown[] = [];
    this.#at++;
    this.#blank();
    if (this.#take("]")) return result;
    for (;;) {
      const element = [...path, result.length];
      this.#places.set(pathText(element), this.#at);
      result.push(this.#value(element));
      this.#blank();
      if (this.#take("]")) return result;
      if (!this.#take(",")) throw this.#fault(`${this.#shown()} where "," or "]" should be`);
      this.#blank();
    }
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"' && this.#text[end] !== "\n") {
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    if (this.#text[end] !== '"') throw this.#fault("a string that does not end on its line");
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw new JsonFault(start, "a string with a control character or a bad escape");
    }
  }

  #blank(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #shown(): string {
    const next = this.#text[this.#at];
    return next === undefined ? "the file ends" : JSON.stringify(next);
  }

  #fault(message: string): JsonFault {
    return new JsonFault(this.#at, message);
  }
}
