import type { SchemaFile } from "../schema/model.ts";
import { hashOf } from "./write/text.ts";

/** What targets made of single schema files, kept from one run to the next. */
export class Memo {
  readonly #known = new Map<string, { readonly key: string; readonly value: unknown }>();
  #keys = new Map<string, string>();

  /**
   * Begins a run: a file counts as changed when its text has changed, or when a file has changed which it imports, directly
   * or not.
   *
   * @param textOf the text of a file by its path; undefined for a file that never changes
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
   * What `make` gives for a file; from an earlier run when neither the file nor `also` has changed since.
   *
   * @param also what else `make` reads, besides the file and all that it imports
   */
  recall<T>(kind: string, { path }: SchemaFile, also: readonly string[], make: () => T): T {
    const name = `${kind} ${path}`;
    const key = hashOf(this.#keys.get(path) ?? "", ...also);
    const known = this.#known.get(name);
    // Of the type that `make` gave under the same name.
    if (known?.key === key) return known.value as T;
    const value = make();
    this.#known.set(name, { key, value });
    return value;
  }
}
