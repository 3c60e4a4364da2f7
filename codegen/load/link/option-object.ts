import type { Mark } from "../read/scanner.ts";

/** A checked value of an option. A value of an enum is its name, or its number where it has no name. */
export type OptionItem = string | number | boolean | OptionObject;

/**
 * Checked options of a declaration, or a checked option message. Keys are names of fields, or full names of extensions. An
 * accessor returns undefined (or false, or an empty list) for a missing option: types were checked before.
 */
export class OptionObject {
  /** Position of the declaration that has the options; for an option message, of its opening brace or first option. */
  readonly start: Mark;
  /** Set field of each oneof, as the user wrote its name. */
  readonly oneofs = new Map<string, string>();
  /** True when an option in it was unknown or wrong. A missing option is then not reported: it may be the misspelt one. */
  flawed = false;
  readonly #items = new Map<string, OptionItem | OptionItem[]>();
  readonly #marks = new Map<string, Mark>();

  constructor(start: Mark) {
    this.start = start;
  }

  /** Sets an option, with the position of its name. */
  set(key: string, item: OptionItem | OptionItem[], at: Mark): void {
    this.#items.set(key, item);
    this.#marks.set(key, at);
  }

  /** Value of an option, whatever its type. */
  get(key: string): OptionItem | OptionItem[] | undefined {
    return this.#items.get(key);
  }

  /** True when the option is set. */
  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** Position of the option's name; undefined when it is not set. */
  at(key: string): Mark | undefined {
    return this.#marks.get(key);
  }

  /** Position of the option's name; {@link start} when it is not set. */
  place(key: string): Mark {
    return this.#marks.get(key) ?? this.start;
  }

  /** Value of a string, or name of an enum's value. */
  string(key: string): string | undefined {
    const item = this.#items.get(key);
    return typeof item === "string" ? item : undefined;
  }

  /** Value of a number. A 64-bit integer beyond 2^53 is rounded. */
  number(key: string): number | undefined {
    const item = this.#items.get(key);
    return typeof item === "number" ? item : undefined;
  }

  /** Value of a bool; false when it is not set. */
  bool(key: string): boolean {
    return this.#items.get(key) === true;
  }

  /** Value of a message. */
  object(key: string): OptionObject | undefined {
    const item = this.#items.get(key);
    return item instanceof OptionObject ? item : undefined;
  }

  /** Values of a repeated option; empty when it is not set. */
  list(key: string): readonly OptionItem[] {
    const item = this.#items.get(key);
    return Array.isArray(item) ? item : [];
  }
}
