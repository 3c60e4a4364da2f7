import type { SchemaFile } from "../schema/model.ts";
import { hashOf } from "./write/text.ts";

/** Cache of results that targets computed from single schema files or from releases, kept from one run to the next. */
export class Memo {
  readonly #known = new Map<string, { readonly key: string; readonly value: unknown }>();
  readonly #remembered = new WeakMap<object, Map<string, unknown>>();
  #keys = new Map<string, string>();

  /**
   * Begins a run. A file counts as changed when its text, or that of a direct or indirect import, has changed.
   *
   * @param textOf returns the text of a file by path; undefined for a file that never changes
   */
  begin(files: readonly SchemaFile[], textOf: (path: string) => string | undefined): void {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const keys = new Map<string, string>();
    const keyOf = (path: string): string => {
      let key = keys.get(path);
      if (key === undefined) {
        const imports = byPath.get(path)?.imports ?? [];
        key = hashOf(textOf(path) ?? "", ...imports.flatMap((one) => [one, keyOf(one)]));
        keys.set(path, key);
      }
      return key;
    };
    for (const { path } of files) keyOf(path);
    this.#keys = keys;
  }

  /**
   * Returns the result of `make` for a file, from the cache when neither the file nor `also` has changed.
   *
   * @param kind identifies `make`; each kind must always have the same result type
   * @param also texts of further inputs of `make`, besides the file and its imports
   */
  recall<T>(kind: string, { path }: SchemaFile, also: readonly string[], make: () => T): T {
    const name = `${kind} ${path}`;
    const key = hashOf(this.#keys.get(path) ?? "", ...also);
    const known = this.#known.get(name);
    // The cast is safe: a kind always has the same result type.
    if (known?.key === key) return known.value as T;
    const value = make();
    this.#known.set(name, { key, value });
    return value;
  }

  /**
   * Returns the result of `make` for an object that never changes, such as a release of the lock, from the cache after the first
   * call.
   *
   * @param kind identifies `make`; each kind must always have the same result type
   */
  remember<T>(kind: string, of: object, make: () => T): T {
    const known = this.#remembered.get(of) ?? new Map<string, unknown>();
    this.#remembered.set(of, known);
    // The cast is safe: a kind always has the same result type.
    if (known.has(kind)) return known.get(kind) as T;
    const value = make();
    known.set(kind, value);
    return value;
  }
}
