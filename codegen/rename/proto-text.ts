import type { OptionNode, OptionValue, Word } from "../load/read/outline.ts";
import { type Mark, scan, type Token } from "../load/read/scanner.ts";

/** Replacement of the characters between two offsets. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Editor of a `.proto` text that replaces single words and adds options. Comments and layout stay as they are. Positions are
 * those of the original text, whatever was edited before.
 */
export class ProtoText {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #lineStarts: readonly number[];
  readonly #newline: string;
  readonly #edits: Edit[] = [];

  /** @param source a text that parses without errors */
  constructor(source: string) {
    this.#source = source;
    this.#tokens = scan(source).tokens;
    this.#newline = source.includes("\r\n") ? "\r\n" : "\n";
    const starts = [0];
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** Number of edits. */
  get count(): number {
    return this.#edits.length;
  }

  /** Text with all edits. */
  get text(): string {
    let text = this.#source;
    for (const { from, to, text: by } of this.#edits.toSorted((a, b) => b.from - a.from))
      text = text.slice(0, from) + by + text.slice(to);
    return text;
  }

  /**
   * Replaces one part of a dotted name.
   *
   * @param index part to replace, from 0: in "dice.Player" 1 is "Player"
   */
  replaceName({ at }: { readonly at: Mark }, name: string, index = 0): void {
    let position = this.#indexOf(at);
    for (let left = index; ; position++) {
      const token = this.#tokens[position];
      if (token === undefined) throw new Error(`no name found at ${at.line}:${at.column}`);
      if (token.kind === "name" && left-- === 0) break;
    }
    const from = this.#offsetOf(this.#tokens[position]!.at);
    this.#edits.push({ from, to: from + this.#tokens[position]!.text.length, text: name });
  }

  /** Replaces a string, which may have several adjacent parts, and keeps its kind of quotes. */
  replaceString({ at }: { readonly at: Mark }, value: string): void {
    const from = this.#offsetOf(at);
    const quote = this.#source[from] ?? '"';
    let last = this.#indexOf(at);
    while (this.#tokens[last + 1]?.kind === "string") last++;
    const end = this.#endOfString(this.#offsetOf(this.#tokens[last]!.at));
    this.#edits.push({ from, to: end, text: `${quote}${value}${quote}` });
  }

  /**
   * Adds an entry to an option of a field, and the option itself if the field lacks it.
   *
   * @param option full name of the option
   * @param entry `key: value`; the field must not have the key yet
   */
  addToField(numberAt: Mark, options: readonly OptionNode[], option: string, entry: string): void {
    if (this.#addToOption(options, option, entry, (added) => `${added}, `)) return;
    const after = this.#indexOf(numberAt) + 1;
    const whole = `(${option}) = { ${entry} }`;
    const open = this.#tokens[after];
    if (open?.text !== "[") this.#insertBehind(after - 1, ` [${whole}]`);
    else if (this.#tokens[after + 1]?.at.line === open.at.line) this.#insertBehind(after, `${whole}, `);
    else this.#insertInside(after, `${whole},`);
  }

  /**
   * Adds an entry to an option of an rpc, and the option itself if the rpc lacks it.
   *
   * @param option full name of the option
   * @param entry `key: value`; the rpc must not have the key yet
   */
  addToRpc(response: Word, options: readonly OptionNode[], option: string, entry: string): void {
    if (
      this.#addToOption(
        options,
        option,
        entry,
        (added, indent) => `option ${added};${this.#newline}${indent}`,
      )
    )
      return;
    let after = this.#indexOf(response.at);
    while (this.#tokens[after]?.text !== ")") after++;
    const whole = `option (${option}) = { ${entry} };`;
    const next = this.#offsetOf(this.#tokens[after + 1]!.at);
    if (this.#tokens[after + 1]?.text === "{") this.#insertInside(after + 1, whole);
    else this.#edits.push({ from: next, to: next + 1, text: ` { ${whole} }` });
  }

  /** Adds an entry to an existing option. Returns false when the declaration does not have it. */
  #addToOption(
    options: readonly OptionNode[],
    option: string,
    entry: string,
    before: (added: string, indent: string) => string,
  ): boolean {
    const [first] = optionsCalled(options, option);
    if (first === undefined) return false;
    const [part] = first.parts;
    if (first.parts.length === 1 && first.value.kind === "object") {
      this.#insertInside(this.#indexOf(first.value.at), entry);
      return true;
    }
    // The option is set field by field, such as `option (photinus.method).timeout_ms = 5;`: add another such field before it.
    let start = this.#indexOf(part!.at) - 1;
    if (this.#tokens[start - 1]?.text === "option") start--;
    const at = this.#tokens[start]!.at;
    const [key, value] = entry.split(": ", 2);
    const from = this.#offsetOf(at);
    const text = before(`(${option}).${key} = ${value}`, this.#indentOf(at));
    this.#edits.push({ from, to: from, text });
    return true;
  }

  /** Inserts after an opening brace: on its line or on a new one, in the style of the token that follows. */
  #insertInside(brace: number, text: string): void {
    const { line } = this.#tokens[brace]!.at;
    const next = this.#tokens[brace + 1]!;
    if (next.at.line === line) {
      this.#insertBehind(brace, next.text === "}" ? ` ${text} ` : ` ${text}`);
      return;
    }
    const from = this.#offsetOf(next.at);
    const indent = this.#indentOf(next.at);
    if (next.text === "}") {
      this.#insertBehind(brace, ` ${text}`);
      return;
    }
    this.#edits.push({ from, to: from, text: text + this.#newline + indent });
  }

  #insertBehind(index: number, text: string): void {
    const token = this.#tokens[index]!;
    const from = this.#offsetOf(token.at) + token.text.length;
    this.#edits.push({ from, to: from, text });
  }

  #indentOf({ line }: Mark): string {
    return /^[ \t]*/.exec(this.#source.slice(this.#lineStarts[line - 1]))?.[0] ?? "";
  }

  #offsetOf({ line, column }: Mark): number {
    return this.#lineStarts[line - 1]! + column - 1;
  }

  /** Index of the token at a position. */
  #indexOf({ line, column }: Mark): number {
    const index = this.#tokens.findIndex(({ at }) => at.line === line && at.column === column);
    if (index < 0) throw new Error(`no token begins at ${line}:${column}`);
    return index;
  }

  /** Offset after the closing quote of a string that starts at an offset. */
  #endOfString(from: number): number {
    const quote = this.#source[from];
    let at = from + 1;
    while (this.#source[at] !== quote) at += this.#source[at] === "\\" ? 2 : 1;
    return at + 1;
  }
}

/** Statements that set an option such as "photinus.table", as a whole or field by field. */
export function optionsCalled(options: readonly OptionNode[], name: string): OptionNode[] {
  return options.filter(({ parts: [part] }) => part?.extension && part.text.replace(/^\./, "") === name);
}

/** Value of one field of an option, in either way of writing; undefined when it is not set. */
export function optionValue(
  options: readonly OptionNode[],
  name: string,
  key: string,
): OptionValue | undefined {
  for (const { parts, value } of optionsCalled(options, name)) {
    if (parts.length === 2 && parts[1]?.text === key) return value;
    if (parts.length !== 1 || value.kind !== "object") continue;
    const entry = value.entries.find(({ part }) => part.text === key && !part.extension);
    if (entry !== undefined) return entry.value;
  }
  return undefined;
}

/** All values of a repeated field of an option, in either way of writing, lists included. */
export function optionValues(options: readonly OptionNode[], name: string, key: string): OptionValue[] {
  return optionsCalled(options, name).flatMap(({ parts, value }) => {
    if (parts.length === 2) return parts[1]?.text === key ? itemsOf(value) : [];
    return entriesOf(value, key);
  });
}

/** Values of a field in an option message; empty for a value that is not a message. */
export function entriesOf(value: OptionValue, key: string): OptionValue[] {
  if (value.kind !== "object") return [];
  return value.entries
    .filter(({ part }) => part.text === key && !part.extension)
    .flatMap((entry) => itemsOf(entry.value));
}

function itemsOf(value: OptionValue): readonly OptionValue[] {
  return value.kind === "list" ? value.items : [value];
}
