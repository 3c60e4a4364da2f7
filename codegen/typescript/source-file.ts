import { posix } from "node:path";

/** A module to import from: a package, or another file below the output folder ("meadow/meadow.messages.ts"). */
export type ModuleRef = { readonly package: string } | { readonly file: string };

/** How a name is used: one that is only ever used as a type is imported as a type. */
export type Use = "type" | "value";

export interface SourceFileOptions {
  /** The extension that relative imports carry. Default "ts". */
  readonly importExtension?: "ts" | "js";
}

interface ImportedName {
  readonly name: string;
  readonly local: string;
  use: Use;
}

/**
 * One file of generated TypeScript, in the making. Imports are data: ask for a name where it is used, and the file merges,
 * sorts and aliases. Declare the file's own names first, so that an import which clashes with one can step aside.
 */
export class SourceFile {
  /** Path below the output folder, with slashes. */
  readonly path: string;
  readonly #extension: "ts" | "js";
  readonly #taken = new Set<string>();
  readonly #imports = new Map<string, Map<string, ImportedName>>();
  readonly #statements: string[] = [];

  constructor(path: string, options: SourceFileOptions = {}) {
    this.path = path;
    this.#extension = options.importExtension ?? "ts";
  }

  /** Takes a top-level name for this file; returns it, or a variation when it is taken already. */
  declare(name: string): string {
    const free = this.#free(name);
    this.#taken.add(free);
    return free;
  }

  /** Declares a name that others may import: it never varies, so a second declaration of the name is an error. */
  declareExport(name: string): string {
    if (this.#taken.has(name)) throw new Error(`${this.path}: the name ${name} is taken`);
    return this.declare(name);
  }

  /** Imports a name and returns what it is called in this file: its own name, or `preferred`, when that is free. */
  import(from: ModuleRef, name: string, use: Use, preferred = name): string {
    const specifier = this.specifierOf(from);
    let names = this.#imports.get(specifier);
    if (!names) {
      names = new Map();
      this.#imports.set(specifier, names);
    }
    let imported = names.get(name);
    if (!imported) {
      imported = { name, local: this.declare(preferred), use };
      names.set(name, imported);
    }
    if (use === "value") imported.use = "value";
    return imported.local;
  }

  /** Appends statements, whose indentation is put right; an empty line comes between every two. */
  add(...statements: string[]): void {
    this.#statements.push(...statements);
  }

  /** True when nothing was added: such a file need not be written. */
  get isEmpty(): boolean {
    return this.#statements.length === 0;
  }

  get statements(): readonly string[] {
    return this.#statements;
  }

  /** The import declarations, packages first, each as text. */
  importLines(): string[] {
    const modules = [...this.#imports].sort(([a], [b]) => compareSpecifiers(a, b));
    return modules.map(([specifier, names]) => importLine(specifier, [...names.values()]));
  }

  #free(name: string): string {
    let free = name;
    for (let count = 1; this.#taken.has(free); count++) free = `${name}$${count}`;
    return free;
  }

  /** How this file names a module in an import. */
  specifierOf(from: ModuleRef): string {
    if ("package" in from) return from.package;
    // Both below one made-up root, so that a path may lead out of the output folder wherever that lies.
    const folder = posix.dirname(posix.join(madeUpRoot, this.path));
    const relative = posix.relative(folder, posix.join(madeUpRoot, from.file));
    const specifier = relative.replace(/\.ts$/, `.${this.#extension}`);
    return specifier.startsWith(".") ? specifier : `./${specifier}`;
  }
}

const madeUpRoot = "/a/b/c/d/e/f";

/** The longest line that generated code has, where it can be broken. */
export const lineWidth = 110;

function importLine(specifier: string, names: ImportedName[]): string {
  names.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  const onlyTypes = names.every(({ use }) => use === "type");
  const parts = names.map(({ name, local, use }) => {
    const renamed = name === local ? name : `${name} as ${local}`;
    return use === "type" && !onlyTypes ? `type ${renamed}` : renamed;
  });
  const keyword = onlyTypes ? "import type" : "import";
  const line = `${keyword} { ${parts.join(", ")} } from "${specifier}";`;
  if (line.length <= lineWidth) return line;
  return `${keyword} {\n${parts.map((part) => `  ${part},\n`).join("")}} from "${specifier}";`;
}

function compareSpecifiers(a: string, b: string): number {
  const relative = Number(a.startsWith(".")) - Number(b.startsWith("."));
  return relative || (a < b ? -1 : 1);
}
