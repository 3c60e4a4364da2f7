import type { Report } from "../diagnostic.ts";
import { googleFileOf } from "../google.ts";
import type { EnumNode, FieldNode, FileOutline, MessageNode, Reserved, Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { nearest } from "./suggest.ts";

/** A message or an enum, where it is and what is around it. */
export type TypeSymbol =
  | {
      readonly kind: "message";
      readonly name: string;
      readonly file: FileOutline;
      readonly node: MessageNode;
    }
  | { readonly kind: "enum"; readonly name: string; readonly file: FileOutline; readonly node: EnumNode };

/** An extension of one of google.protobuf's option messages: an option that a schema may use. */
export interface Extension {
  readonly name: string;
  readonly extendee: string;
  readonly file: FileOutline;
  /** Where its type's name is looked up from. */
  readonly scope: string;
  readonly field: FieldNode;
}

/** All names of a set of files, and which file sees which. */
export class Symbols {
  readonly types = new Map<string, TypeSymbol>();
  readonly extensions = new Map<string, Extension>();
  readonly #visible = new Map<string, ReadonlySet<string>>();

  constructor(files: readonly FileOutline[]) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const file of files) {
      this.#visible.set(file.path, visibleFrom(file, byPath));
      const scope = file.package?.text ?? "";
      for (const node of file.messages) this.#addMessage(file, scope, node);
      for (const node of file.enums) this.#addEnum(file, scope, node);
      this.#addExtensions(file, scope, file.extends);
    }
  }

  /**
   * Finds what a type's name means inside a scope, by protobuf's rule: the innermost scope first. Undefined when there
   * is no such type; `visible` is false when the file does not import it.
   */
  find(text: string, scope: string, file: string): { symbol: TypeSymbol; visible: boolean } | undefined {
    return this.#lookup(this.types, text, scope, file);
  }

  findExtension(
    text: string,
    scope: string,
    file: string,
  ): { symbol: Extension; visible: boolean } | undefined {
    return this.#lookup(this.extensions, text, scope, file);
  }

  /** Finds a type and reports it when it is not there or not imported. */
  resolve(word: Word, scope: string, file: string, report: Report): TypeSymbol | undefined {
    const found = this.find(word.text, scope, file);
    if (found === undefined) {
      const near = nearestType(word.text, scope, this.types.keys());
      const google = googleFileOf(word.text);
      if (google !== undefined) {
        const message = `${word.text} is declared in ${google}, which is not imported`;
        report.add("PH005", file, word.at, message, `import "${google}";`);
        return undefined;
      }
      const help = near === undefined ? "declare it, or import the file that does" : `did you mean ${near}?`;
      report.add("PH004", file, word.at, `there is no type ${word.text}`, help);
      return undefined;
    }
    if (!found.visible) {
      const path = found.symbol.file.path;
      report.add(
        "PH005",
        file,
        word.at,
        `${word.text} is declared in ${path}, which is not imported`,
        `import "${path}";`,
      );
    }
    return found.symbol;
  }

  #lookup<S extends { readonly file: FileOutline }>(
    table: ReadonlyMap<string, S>,
    text: string,
    scope: string,
    file: string,
  ): { symbol: S; visible: boolean } | undefined {
    const visible = this.#visible.get(file);
    let hidden: S | undefined;
    for (const name of candidates(text, scope)) {
      const symbol = table.get(name);
      if (symbol === undefined) continue;
      if (visible?.has(symbol.file.path)) return { symbol, visible: true };
      hidden ??= symbol;
    }
    return hidden === undefined ? undefined : { symbol: hidden, visible: false };
  }

  #addMessage(file: FileOutline, scope: string, node: MessageNode): void {
    const name = join(scope, node.name);
    if (!this.types.has(name)) this.types.set(name, { kind: "message", name, file, node });
    for (const nested of node.messages) this.#addMessage(file, name, nested);
    for (const nested of node.enums) this.#addEnum(file, name, nested);
    this.#addExtensions(file, name, node.extends);
  }

  #addEnum(file: FileOutline, scope: string, node: EnumNode): void {
    const name = join(scope, node.name);
    if (!this.types.has(name)) this.types.set(name, { kind: "enum", name, file, node });
  }

  #addExtensions(file: FileOutline, scope: string, nodes: FileOutline["extends"]): void {
    for (const { extendee, fields } of nodes) {
      for (const field of fields) {
        const name = join(scope, field.name);
        this.extensions.set(name, { name, extendee: extendee.text.replace(/^\./, ""), file, scope, field });
      }
    }
  }
}

export function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** True for a number that lies in a reserved range. */
export function isReservedNumber(reserved: Reserved, number: number): boolean {
  return reserved.ranges.some(({ from, to }) => from <= number && number <= to);
}

function* candidates(text: string, scope: string): Generator<string> {
  if (text.startsWith(".")) {
    yield text.slice(1);
    return;
  }
  for (let around = scope; around !== ""; around = around.slice(0, Math.max(0, around.lastIndexOf(".")))) {
    yield `${around}.${text}`;
  }
  yield text;
}

function nearestType(text: string, scope: string, names: Iterable<string>): string | undefined {
  const short = text.slice(text.lastIndexOf(".") + 1);
  const google = /^\.?google\./.test(text);
  const byShort = new Map<string, string>();
  for (const name of names) {
    // Of types with one short name, the one of the same package is meant most likely.
    const last = name.slice(name.lastIndexOf(".") + 1);
    if (name.startsWith("google.protobuf.") && !google && short !== last) continue;
    if (!byShort.has(last) || name.startsWith(`${scope}.`)) byShort.set(last, name);
  }
  const near = nearest(short, byShort.keys());
  return near === undefined ? undefined : byShort.get(near);
}

/** The file, what it imports, and what those import publicly. */
function visibleFrom(file: FileOutline, byPath: ReadonlyMap<string, FileOutline>): Set<string> {
  const seen = new Set([file.path]);
  const visit = (from: FileOutline, onlyPublic: boolean): void => {
    for (const { text, public: open } of from.imports) {
      if ((onlyPublic && !open) || seen.has(text)) continue;
      seen.add(text);
      const next = byPath.get(text);
      if (next !== undefined) visit(next, true);
    }
  };
  visit(file, false);
  return seen;
}

/** A place for what has none of its own: the first character of a file. */
export const topOfFile: Mark = { line: 1, column: 1 };
