import type { Mark } from "../read/scanner.ts";

/** A checked value: an enum's value is its name. */
export type OptionItem = string | number | boolean | OptionObject;

/** Checked options, or a checked option message. Each accessor trusts what the checker made sure of. */
export class OptionObject {
  /** Where the whole begins. */
  readonly start: Mark;
  /** Which field of each oneof is set, as the user wrote it. */
  readonly oneofs = new Map<string, string>();
  /** True when an option in it is unknown or wrong: what is missing may be what was meant by that. */
  flawed = false;
  readonly #items = new Map<string, OptionItem | OptionItem[]>();
  readonly #marks = new Map<string, Mark>();

  constructor(start: Mark) {
    this.start = start;
  }

  set(key: string, item: OptionItem | OptionItem[], at: Mark): void {
    this.#items.set(key, item);
    this.#marks.set(key, at);
  }

  get(key: string): OptionItem | OptionItem[] | undefined {
    return this.#items.get(key);
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  /** Where the option's name stands, or undefined when it is not set. */
  at(key: string): Mark | undefined {
    return this.#marks.get(key);
  }

  /** Where the option's name stands; when it is not set, where the whole begins. */
  place(key: string): Mark {
    return this.#marks.get(key) ?? this.start;
  }

  string(key: string): string | undefined {
    const item = this.#items.get(key);
    return typeof item === "string" ? item : undefined;
  }

  number(key: string): number | undefined {
    const item = this.#items.get(key);
    return typeof item === "number" ? item : undefined;
  }

  /** False when it is not set. */
  bool(key: string): boolean {
    return this.#items.get(key) === true;
  }

  object(key: string): OptionObject | undefined {
    const item = this.#items.get(key);
    return item instanceof OptionObject ? item : undefined;
  }

  list(key: string): readonly OptionItem[] {
    const item = this.#items.get(key);
    return Array.isArray(item) ? item : [];
  }
}
