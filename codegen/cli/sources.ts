import { join } from "node:path";
import { schemaFiles } from "../load/files.ts";
import { hashOf, readIfThere } from "../write/text.ts";

/** Files of a schema. Each is read once, so that the hashed text is the one that is loaded. */
export class SchemaSources {
  /** Paths of the `.proto` files below the root, sorted; undefined when the folder is missing. */
  readonly paths: readonly string[] | undefined;
  readonly #root: string;
  readonly #texts = new Map<string, string | undefined>();
  readonly #loaded = new Set<string>();

  private constructor(root: string, paths: readonly string[] | undefined) {
    this.#root = root;
    this.paths = paths;
  }

  /** Empty sources, for a run over Photinus' own messages: these are part of the generator's hash. */
  static get none(): SchemaSources {
    return new SchemaSources("", []);
  }

  /** Lists the files below a schema's root; they are read on demand. */
  static async in(root: string): Promise<SchemaSources> {
    const paths = await schemaFiles(root);
    return new SchemaSources(root, paths?.sort());
  }

  /**
   * Text of a file by its path below the root; undefined for a missing file.
   *
   * @throws Refusal when the file cannot be read
   */
  read(path: string): string | undefined {
    if (!this.#texts.has(path)) {
      this.#texts.set(path, readSource(join(this.#root, path)));
    }
    return this.#texts.get(path);
  }

  /** Text of a file for the loader, like {@link read}. Loaded files count as inputs of the run, see {@link also}. */
  load(path: string): string | undefined {
    const text = this.read(path);
    if (text !== undefined) this.#loaded.add(path);
    return text;
  }

  /** Loaded files that are not in `paths`: imported from folders that are not searched for schemas, such as hidden ones. */
  get also(): string[] {
    const listed = new Set(this.paths);
    return [...this.#loaded].filter((path) => !listed.has(path)).sort();
  }

  /**
   * Hash of all inputs of a code generation run: schema files, lock file and options. Equal hashes mean equal output.
   *
   * @param lock text of the lock file; undefined when it is missing
   * @param options options that the generated files depend on
   * @param also paths of imported files outside of the schema folders, from {@link also}
   */
  hash(lock: string | undefined, options: object, also: readonly string[]): string {
    const all = [...new Set([...(this.paths ?? []), ...also])];
    const files = all.flatMap((path) => [path, this.read(path) ?? "is missing"]);
    return hashOf(JSON.stringify(options), lock ?? "is missing", ...files);
  }
}

/** Reads a file that an import names. A hostile import, such as a folder, a too long name or one with NUL, counts as missing. */
function readSource(path: string): string | undefined {
  if (path.includes("\0")) return undefined;
  try {
    return readIfThere(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EISDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}
