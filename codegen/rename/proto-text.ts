import type { OptionNode, OptionValue, Word } from "../load/read/outline.ts";
import { type Mark, scan, type Token } from "../load/read/scanner.ts";

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text of a `.proto` file, in which single words are replaced: comments and layout stay what they are. */
export class ProtoText {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #lineStarts: readonly number[];
  readonly #newline: string;
  readonly #edits: Edit[] = [];

  /** @param source a text that the reader found well formed */
  constructor(source: string) {
    this.#source = source;
    this.#tokens = scan(source).tokens;
    this.#newline = source.includes("\r\n") ? "\r\n" : "\n";
    const starts = [0];
    for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  /** How many places are changed. */
  get count(): number {
    return this.#edits.length;
  }

  /** The text with all changes. */
  get text(): string {
    let text = this.#source;
    for (const { from, to, text: by } of this.#edits.toSorted((a, b) => b.from - a.from))
      text = text.slice(0, from) + by + text.slice(to);
    return text;
  }

  /** Replaces one name of a dotted one, counted from 0: of "dice.Player" 1 is "Player". */
  replaceName({ at }: { readonly at: Mark }, name: string, index = 0): void {
    let position = this.#indexOf(at);
    for (let left = index; ; position++) {
      const token = this.#tokens[position];
      if (token === undefined) throw new Error(`no name at ${at.line}:${at.column}`);
      if (token.kind === "name" && left-- === 0) break;
    }
    const from = this.#offsetOf(this.#tokens[position]!.at);
    this.#edits.push({ from, to: from + this.#tokens[position]!.text.length, text: name });
  }

  /** Replaces a string, also one of several parts, and keeps its kind of quotes. */
  replaceString({ at }: { readonly at: Mark }, value: string): void {
    const from = this.#offsetOf(at);
    const quote = this.#source[from] ?? '"';
    let last = this.#indexOf(at);
    while (this.#tokens[last + 1]?.kind === "string") last++;
    const end = this.#endOfString(this.#offsetOf(this.#tokens[last]!.at));
    this.#edits.push({ from, to: end, text: `${quote}${value}${quote}` });
  }

  /** Adds `key: value` to the options of a field, which has none of this key. */
  addToField(numberAt: Mark, options: readonly OptionNode[], option: string, entry: string): void {
    if (this.#addToOption(options, option, entry, (added) => `${added}, `)) return;
    const after = this.#indexOf(numberAt) + 1;
    const whole = `(${option}) = { ${entry} }`;
    const open = this.#tokens[after];
    if (open?.text !== "[") this.#insertBehind(after - 1, ` [${whole}]`);
    else if (this.#tokens[after + 1]?.at.line === open.at.line) this.#insertBehind(after, `${whole}, `);
    else this.#insertInside(after, `${whole},`);
  }

  /** Adds `key: value` to the options of an rpc, which has none of this key. */
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

  /** @returns whether there was an option to add it to */
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
    // `option (photinus.method).timeout_ms = 5;` or `[(photinus.column).unique = true]`, without a whole beside it.
    let start = this.#indexOf(part!.at) - 1;
    if (this.#tokens[start - 1]?.text === "option") start--;
    const at = this.#tokens[start]!.at;
    const [key, value] = entry.split(": ", 2);
    const from = this.#offsetOf(at);
    const text = before(`(${option}).${key} = ${value}`, this.#indentOf(at));
    this.#edits.push({ from, to: from, text });
    return true;
  }

  /** Behind an opening brace, in its line or as a line of its own, as what follows stands. */
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

  #indexOf({ line, column }: Mark): number {
    const index = this.#tokens.findIndex(({ at }) => at.line === line && at.column === column);
    if (index < 0) throw new Error(`nothing begins at ${line}:${column}`);
    return index;
  }

  #endOfString(from: number): number {
    const quote = this.#source[from];
    let at = from + 1;
    while (this.#source[at] !== quote) at += this.#source[at] === "\\" ? 2 : 1;
    return at + 1;
  }
}

/** The options of a name, such as "photinus.table", whole ones and single fields of it. */
export function optionsCalled(options: readonly OptionNode[], name: string): OptionNode[] {
  return options.filter(({ parts: [part] }) => part?.extension && part.text.replace(/^\./, "") === name);
}

/** The value of one field of an option, however it is written. */
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

/** All values of a key of an option that may be given several times, or as a list. */
export function optionValues(options: readonly OptionNode[], name: string, key: string): OptionValue[] {
  return optionsCalled(options, name).flatMap(({ parts, value }) => {
    if (parts.length === 2) return parts[1]?.text === key ? itemsOf(value) : [];
    return entriesOf(value, key);
  });
}

/** The values of a key in an object. */
export function entriesOf(value: OptionValue, key: string): OptionValue[] {
  if (value.kind !== "object") return [];
  return value.entries
    .filter(({ part }) => part.text === key && !part.extension)
    .flatMap((entry) => itemsOf(entry.value));
}

function itemsOf(value: OptionValue): readonly OptionValue[] {
  return value.kind === "list" ? value.items : [value];
}
