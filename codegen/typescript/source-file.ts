import { posix } from "node:path";

/** Module to import from: a package, or another file below the output folder ("meadow/meadow.messages.ts"). */
export type ModuleRef = { readonly package: string } | { readonly file: string };

/** Use of an imported name. A name that is only used as a type is imported with `type`, and leaves no import at run time. */
export type Use = "type" | "value";

/** Options of {@link SourceFile}. */
export interface SourceFileOptions {
  /** File extension of relative imports. Default "ts". */
  readonly importExtension?: "ts" | "js";
}

interface ImportedName {
  readonly name: string;
  readonly local: string;
  use: Use;
}

/**
 * One file of generated TypeScript under construction. Imports are data: an emitter asks for a name where it uses the name, and the
 * file merges, sorts and aliases its imports. The file's own names are declared first, so that a colliding import gets an alias.
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

  /** Reserves a top-level name in this file. Returns the name, or "name$1", "name$2" ... when it is taken. */
  declare(name: string): string {
    const free = this.#free(name);
    this.#taken.add(free);
    return free;
  }

  /** Reserves a name that other files import. The name never varies, so a second declaration of it throws. */
  declareExport(name: string): string {
    if (this.#taken.has(name)) throw new Error(`${this.path}: the name ${name} is taken`);
    return this.declare(name);
  }

  /** Imports a name and returns its local name: `preferred` where that is free, otherwise an alias. */
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

  /** Appends statements. The printer corrects their indentation and puts an empty line between them. */
  add(...statements: string[]): void {
    this.#statements.push(...statements);
  }

  /** Whether the file has no statements, so that it need not be written. */
  get isEmpty(): boolean {
    return this.#statements.length === 0;
  }

  /** Statements in the order in which they were added. */
  get statements(): readonly string[] {
    return this.#statements;
  }

  /** Returns the import declarations as texts, packages first. */
  importLines(): string[] {
    const modules = [...this.#imports].sort(([a], [b]) => compareSpecifiers(a, b));
    return modules.map(([specifier, names]) => importLine(specifier, [...names.values()]));
  }

  /** Returns the first free variation of a name. A schema name has no "$" inside, so a variation never takes a later name. */
  #free(name: string): string {
    let free = name;
    for (let count = 1; this.#taken.has(free); count++) free = `${name}$${count}`;
    return free;
  }

  /** Returns the module specifier that this file uses for a module. */
  specifierOf(from: ModuleRef): string {
    if ("package" in from) return from.package;
    // Both paths get one made-up root, deep enough that a relative path may leave the output folder, wherever that folder is.
    const folder = posix.dirname(posix.join(madeUpRoot, this.path));
    const relative = posix.relative(folder, posix.join(madeUpRoot, from.file));
    const specifier = relative.replace(/\.ts$/, `.${this.#extension}`);
    return specifier.startsWith(".") ? specifier : `./${specifier}`;
  }
}

const madeUpRoot = "/a/b/c/d/e/f";

/** Length of the longest line of generated code, in characters, where a line can be broken. */
export const lineWidth = 110;

/** Prints an import declaration, with `import type` where nothing is imported as a value. Names are sorted without regard to case. */
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

/** Orders packages before files, each by name. */
function compareSpecifiers(a: string, b: string): number {
  const relative = Number(a.startsWith(".")) - Number(b.startsWith("."));
  return relative || (a < b ? -1 : 1);
}
