import { nearest } from "../../../schema/suggest.ts";
import type { Report } from "../diagnostic.ts";
import { googleFileOf } from "../google.ts";
import type { EnumNode, FieldNode, FileOutline, MessageNode, Reserved, Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type NameKind, namesOf } from "./declared-names.ts";

/** A message or an enum with its full name and the file that declares it. */
export type TypeSymbol =
  | {
      readonly kind: "message";
      readonly name: string;
      readonly file: FileOutline;
      readonly node: MessageNode;
    }
  | { readonly kind: "enum"; readonly name: string; readonly file: FileOutline; readonly node: EnumNode };

/** An extension, usually of one of google.protobuf's option messages: then an option that a schema may use. */
export interface Extension {
  readonly name: string;
  readonly extendee: string;
  readonly file: FileOutline;
  /** Full name of the declaration around it, where the name of its type is resolved. */
  readonly scope: string;
  readonly field: FieldNode;
}

/** Kind of a declared name and the files that declare it. Only a package is declared by several files. */
interface Declared {
  readonly kind: NameKind;
  readonly files: Set<string>;
}

/** Result of a lookup; `visible` is false when the file does not import the declaration. */
export type Lookup<S> =
  | { readonly found: S; readonly visible: boolean }
  /** A nearer declaration of another kind hides the name or its first part. */
  | {
      readonly found?: undefined;
      readonly visible?: undefined;
      readonly taken: { readonly name: string; readonly kind: NameKind };
    };

/** Kinds that contain other names: the first part of a dotted name resolves only to these. */
const containers: ReadonlySet<NameKind> = new Set<NameKind>(["package", "message", "enum", "service"]);

/**
 * Symbol table of a set of files. A file sees its own declarations, those of imported files, and those of files that these
 * import publicly.
 */
export class Symbols {
  /** Messages and enums by full name. */
  readonly types = new Map<string, TypeSymbol>();
  /** Extensions by full name. */
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
    // An extended message is resolved like any type, so all types are added before.
    for (const file of files) {
      const scope = file.package?.text ?? "";
      this.#addExtensions(file, scope, file.extends);
      for (const node of file.messages) this.#addNestedExtensions(file, scope, node);
    }
  }

  /**
   * Resolves the name of a type inside a scope by the rule of protoc: the innermost scope that declares the first part of the
   * name decides, even if the rest is not found there. Returns undefined for an unknown name.
   *
   * @param text name as written; a leading dot means a full name
   * @param scope full name of the innermost declaration around the name
   * @param file path of the file that uses the name
   * @param of "types" ignores declarations of other kinds; "names" stops at any declaration, as protoc does for bodies of rpcs
   */
  find(
    text: string,
    scope: string,
    file: string,
    of: "types" | "names" = "types",
  ): Lookup<TypeSymbol> | undefined {
    return this.#lookup(this.types, text, scope, file, of === "types");
  }

  /** Resolves the name of an extension inside a scope, by the rule of {@link find}. */
  findExtension(text: string, scope: string, file: string): Lookup<Extension> | undefined {
    return this.#lookup(this.extensions, text, scope, file, false);
  }

  /** Resolves the name of a type, and reports an unknown, hidden or not imported one. Returns undefined for the first two. */
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
      const text = `${word.text} refers to the ${kind} ${name} here, not to a type`;
      const hidden = [...candidates(word.text, scope)].find((full) => this.types.has(full));
      const help =
        hidden === undefined ? "write the full name of the type with a leading dot" : `write .${hidden}`;
      report.add("PH004", file, word.at, text, help);
      return undefined;
    }
    const near = nearestType(word.text, scope, this.types.keys());
    const help =
      near === undefined ? "declare the type, or import the file that declares it" : `did you mean ${near}?`;
    report.add("PH004", file, word.at, `unknown type ${word.text}`, help);
    return undefined;
  }

  /** Resolves a name as the file sees it. Without a result, searches again without imports, for a better error. */
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
    // The file sees no such name. A declaration that it does not import is most likely meant.
    for (const name of candidates(text, scope)) {
      const hidden = table.get(name);
      if (hidden !== undefined && !this.#sees(file, hidden.file.path))
        return { found: hidden, visible: false };
    }
    return undefined;
  }

  /**
   * Resolves a relative name from the innermost scope outwards. The first scope that declares the first part decides, so a nearer
   * package or message can hide the wanted type; the result then names what hides it.
   */
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

  /** Kind of the declaration with a full name, if the file sees one. */
  #kindAt(name: string, file: string): NameKind | undefined {
    const declared = this.#declared.get(name);
    if (declared === undefined) return undefined;
    for (const path of declared.files) if (this.#sees(file, path)) return declared.kind;
    return undefined;
  }

  #sees(file: string, other: string): boolean {
    return this.#visible.get(file)?.has(other) ?? false;
  }

  /** Records the kind of a name. The first declaration wins; a second one of another kind is reported elsewhere. */
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

/**
 * Reports that a file lacks an import. Reported once for each pair of files, at the first use: one import fixes all uses.
 *
 * @param what name that needs the import
 * @param path file that declares the name
 */
export function reportNotImported(report: Report, file: string, at: Mark, what: string, path: string): void {
  const message = `${what} is declared in ${path}, which is not imported`;
  report.addOnce(`${file} imports ${path}`, "PH005", file, at, message, `import "${path}";`);
}

/** Full name of a declaration in a scope; a scope of "" is the top level. */
export function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** Scope of a full name: "a.b" for "a.b.C", "" for "C". */
export function scopeAround(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}

/** True when a reserved range contains the number. */
export function isReservedNumber(reserved: Reserved, number: number): boolean {
  return reserved.ranges.some(({ from, to }) => from <= number && number <= to);
}

/** Full names that a name can refer to, innermost scope first. */
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

/**
 * Full name of the type whose short name is most similar; undefined when none is. Google's types are suggested only for an exact
 * short name, or when the user wrote `google.`.
 */
function nearestType(text: string, scope: string, names: Iterable<string>): string | undefined {
  const short = text.slice(text.lastIndexOf(".") + 1);
  const google = /^\.?google\./.test(text);
  const byShort = new Map<string, string>();
  for (const name of names) {
    // A type of the same scope is the likeliest one of several with the same short name.
    const last = name.slice(name.lastIndexOf(".") + 1);
    if (name.startsWith("google.protobuf.") && !google && short !== last) continue;
    if (!byShort.has(last) || name.startsWith(`${scope}.`)) byShort.set(last, name);
  }
  const near = nearest(short, byShort.keys());
  return near === undefined ? undefined : byShort.get(near);
}

/** Paths of the files whose declarations a file sees: itself, its imports, and their public imports at any depth. */
function visibleFrom(file: FileOutline, byPath: ReadonlyMap<string, FileOutline>): Set<string> {
  const seen = new Set([file.path, ...file.imports.map(({ text }) => text)]);
  // A Set that grows during iteration also visits the added paths.
  for (const path of seen) {
    if (path === file.path) continue;
    for (const { text, public: open } of byPath.get(path)?.imports ?? []) if (open) seen.add(text);
  }
  return seen;
}

/** Position of a diagnostic about a whole file: its first character. */
export const topOfFile: Mark = { line: 1, column: 1 };
