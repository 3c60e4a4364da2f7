import { join } from "node:path";
import { leftoversOf } from "./leftovers.ts";
import { type Made, type Manifest, manifestName } from "./manifest.ts";
import { hashOf, readIfThere } from "./text.ts";

/**
 * Checks whether a run can be skipped: the files of these targets were made by the same generator from the same inputs, and each
 * still has the text that was written. Only hashes are compared; nothing is generated.
 *
 * @param folder output folder
 * @param key hashes of the generator and of the inputs
 * @returns the record of that run; undefined when a run is needed
 */
export function freshlyMade(
  folder: string,
  manifest: Manifest,
  targets: readonly string[],
  key: Pick<Made, "generator" | "inputs">,
): Made | undefined {
  let made: Made | undefined;
  if (manifest.writing.size > 0) return undefined;
  for (const target of targets) {
    made = manifest.made.get(target);
    if (made?.generator !== key.generator || made.inputs !== key.inputs) return undefined;
  }
  const paths = [manifestName];
  for (const target of targets) {
    for (const [path, hash] of manifest.written.get(target) ?? []) {
      paths.push(path);
      const text = readIfThere(join(folder, path));
      if (text === undefined || hashOf(text) !== hash) return undefined;
    }
  }
  return leftoversOf(folder, paths).length > 0 ? undefined : made;
}
