import { nearest } from "../../../schema/suggest.ts";
import type { Report } from "../diagnostic.ts";
import { googleFileOf } from "../google.ts";
import type { EnumNode, FieldNode, FileOutline, MessageNode, Reserved, Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type NameKind, namesOf } from "./names.ts";

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

/** What a file declares under a name; a package is declared by each of its files. */
interface Declared {
  readonly kind: NameKind;
  readonly files: Set<string>;
}

/** What a name means at its place. */
export type Lookup<S> =
  | { readonly found: S; readonly visible: boolean }
  /** The name, or its first part, is taken by something else that is nearer. */
  | {
      readonly found?: undefined;
      readonly visible?: undefined;
      readonly taken: { readonly name: string; readonly kind: NameKind };
    };

/** Kinds that have names inside: the first part of a name with dots means one of these. */
const containers: ReadonlySet<NameKind> = new Set<NameKind>(["package", "message", "enum", "service"]);

/** All names of a set of files, and which file sees which. */
export class Symbols {
  readonly types = new Map<string, TypeSymbol>();
  readonly extensions = new Map<string, Extension>();
  readonly #declared = new Map<string, Declared>();
  readonly #visible = new Map<string, ReadonlySet<string>>();

  constructor(files: readonly FileOutline[]) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    for (const file of files) {
      this.#visible.set(file.path, visibleFrom(file, byPath));
      for (const { name, kind } of namesOf(file)) this.#declare(name, kind, file.path);
      const scope = file.package?.text ?? "";
      for (const node of file.messages) this.#addMessage(file, scope, node);
      for (const node of file.enums) this.#addEnum(file, scope, node);
    }
    // What is extended is looked up like any type, so all types come first.
    for (const file of files) {
      const scope = file.package?.text ?? "";
      this.#addExtensions(file, scope, file.extends);
      for (const node of file.messages) this.#addNestedExtensions(file, scope, node);
    }
  }

  /**
   * Finds what a type's name means inside a scope, by the rule of protobuf's compiler: the innermost scope that has the
   * first part of the name decides. Undefined when there is nothing of that name; `visible` is false when the file does
   * not import it.
   *
   * @param of "types" passes over what is no type; "names" stops at whatever has the name, as for the messages of an rpc
   */
  find(
    text: string,
    scope: string,
    file: string,
    of: "types" | "names" = "types",
  ): Lookup<TypeSymbol> | undefined {
    return this.#lookup(this.types, text, scope, file, of === "types");
  }

  findExtension(text: string, scope: string, file: string): Lookup<Extension> | undefined {
    return this.#lookup(this.extensions, text, scope, file, false);
  }

  /** Finds a type and reports it when it is not there or not imported. */
  resolve(
    word: Word,
    scope: string,
    file: string,
    report: Report,
    of: "types" | "names" = "types",
  ): TypeSymbol | undefined {
    const lookup = this.find(word.text, scope, file, of);
    if (lookup?.found !== undefined) {
      const { found, visible } = lookup;
      if (!visible) reportNotImported(report, file, word.at, word.text, found.file.path);
      return found;
    }
    const google = googleFileOf(word.text);
    if (lookup === undefined && google !== undefined) {
      reportNotImported(report, file, word.at, word.text, google);
      return undefined;
    }
    if (lookup !== undefined) {
      const { name, kind } = lookup.taken;
      const text = `${word.text} means the ${kind} ${name} here, where a type is needed`;
      const hidden = [...candidates(word.text, scope)].find((full) => this.types.has(full));
      const help =
        hidden === undefined ? "write the type's full name with a dot before it" : `write .${hidden}`;
      report.add("PH004", file, word.at, text, help);
      return undefined;
    }
    const near = nearestType(word.text, scope, this.types.keys());
    const help = near === undefined ? "declare it, or import the file that does" : `did you mean ${near}?`;
    report.add("PH004", file, word.at, `there is no type ${word.text}`, help);
    return undefined;
  }

  #lookup<S extends { readonly file: FileOutline }>(
    table: ReadonlyMap<string, S>,
    text: string,
    scope: string,
    file: string,
    onlyTypes: boolean,
  ): Lookup<S> | undefined {
    const lookup = text.startsWith(".")
      ? this.#at(table, text.slice(1), file)
      : this.#inward(table, text, scope, file, onlyTypes);
    if (lookup !== undefined) return lookup;
    // Nothing that the file sees: what it does not import is meant, most likely.
    for (const name of candidates(text, scope)) {
      const hidden = table.get(name);
      if (hidden !== undefined && !this.#sees(file, hidden.file.path))
        return { found: hidden, visible: false };
    }
    return undefined;
  }

  #inward<S extends { readonly file: FileOutline }>(
    table: ReadonlyMap<string, S>,
    text: string,
    scope: string,
    file: string,
    onlyTypes: boolean,
  ): Lookup<S> | undefined {
    const [first = "", ...rest] = text.split(".");
    for (const name of candidates(first, scope)) {
      const kind = this.#kindAt(name, file);
      if (kind === undefined) continue;
      if (rest.length > 0 && !containers.has(kind)) continue;
      if (rest.length === 0 && onlyTypes && kind !== "message" && kind !== "enum") continue;
      const full = [name, ...rest].join(".");
      const at = this.#at(table, full, file);
      if (at !== undefined) return at;
      const hidden = table.get(full);
      if (hidden !== undefined) return { found: hidden, visible: false };
      const other = this.#kindAt(full, file);
      if (other !== undefined) return { taken: { name: full, kind: other } };
      const elsewhere = [...candidates(text, scope)].some((candidate) => table.has(candidate));
      return elsewhere ? { taken: { name, kind } } : undefined;
    }
    return undefined;
  }

  #at<S extends { readonly file: FileOutline }>(
    table: ReadonlyMap<string, S>,
    name: string,
    file: string,
  ): Lookup<S> | undefined {
    const found = table.get(name);
    return found !== undefined && this.#sees(file, found.file.path) ? { found, visible: true } : undefined;
  }

  /** What a full name stands for among all that a file sees. */
  #kindAt(name: string, file: string): NameKind | undefined {
    const declared = this.#declared.get(name);
    if (declared === undefined) return undefined;
    for (const path of declared.files) if (this.#sees(file, path)) return declared.kind;
    return undefined;
  }

  #sees(file: string, other: string): boolean {
    return this.#visible.get(file)?.has(other) ?? false;
  }

  #declare(name: string, kind: NameKind, file: string): void {
    const declared = this.#declared.get(name);
    if (declared === undefined) this.#declared.set(name, { kind, files: new Set([file]) });
    else if (declared.kind === kind) declared.files.add(file);
  }

  #addMessage(file: FileOutline, scope: string, node: MessageNode): void {
    const name = join(scope, node.name);
    if (!this.types.has(name)) this.types.set(name, { kind: "message", name, file, node });
    for (const nested of node.messages) this.#addMessage(file, name, nested);
    for (const nested of node.enums) this.#addEnum(file, name, nested);
  }

  #addEnum(file: FileOutline, scope: string, node: EnumNode): void {
    const name = join(scope, node.name);
    if (!this.types.has(name)) this.types.set(name, { kind: "enum", name, file, node });
  }

  #addNestedExtensions(file: FileOutline, scope: string, node: MessageNode): void {
    const name = join(scope, node.name);
    this.#addExtensions(file, name, node.extends);
    for (const nested of node.messages) this.#addNestedExtensions(file, name, nested);
  }

  #addExtensions(file: FileOutline, scope: string, nodes: FileOutline["extends"]): void {
    for (const { extendee, fields } of nodes) {
      const target = this.find(extendee.text, scope, file.path, "names")?.found?.name;
      for (const field of fields) {
        const name = join(scope, field.name);
        this.extensions.set(name, { name, extendee: target ?? extendee.text, file, scope, field });
      }
    }
  }
}

/** One import mends all that a file lacks of another: told once, at the first place that needs it. */
export function reportNotImported(report: Report, file: string, at: Mark, what: string, path: string): void {
  const message = `${what} is declared in ${path}, which is not imported`;
  report.addOnce(`${file} imports ${path}`, "PH005", file, at, message, `import "${path}";`);
}

export function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** The scope that a full name is declared in: "a.b" for "a.b.C". */
export function scopeAround(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
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
  const seen = new Set([file.path, ...file.imports.map(({ text }) => text)]);
  // The set grows while it is gone through.
  for (const path of seen) {
    if (path === file.path) continue;
    for (const { text, public: open } of byPath.get(path)?.imports ?? []) if (open) seen.add(text);
  }
  return seen;
}

/** A place for what has none of its own: the first character of a file. */
export const topOfFile: Mark = { line: 1, column: 1 };
