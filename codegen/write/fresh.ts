import { join } from "node:path";
import { leftoversOf } from "./leftovers.ts";
import { type Made, type Manifest, manifestName } from "./manifest.ts";
import { hashOf, readIfThere } from "./text.ts";

/**
 * Whether the files of these targets are what a run would write now: they were made by the same generator from the same
 * inputs, and each still has the text that was written. Returns what they were made from; undefined when a run is needed.
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
