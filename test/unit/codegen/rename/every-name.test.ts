import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Report } from "../../../../codegen/load/diagnostic.ts";
import { readSources } from "../../../../codegen/load/files.ts";
import { loadSchema } from "../../../../codegen/load/load.ts";
import { parseLock } from "../../../../codegen/lock/format.ts";
import { lockFileName } from "../../../../codegen/lock/lock.ts";
import { renameIn } from "../../../../codegen/rename/rename.ts";
import { type Subject, subjectsOf } from "../../../../codegen/rename/subject.ts";

const root = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** A name of the same kind of letters, which nothing has. */
function freshName({ kind, node }: Subject): string {
  if (kind === "value") return `${node.name}_RENAMED`;
  return /^[A-Z]/.test(node.name) && kind !== "table" && kind !== "column" ? "Renamed" : "renamed";
}

const fixtures = "test/golden/codegen/fixtures";

test.each(["schema", `${fixtures}/layout/schema`, `${fixtures}/hostile/schema`])(
  "everything in %s can be renamed, with a lock that the generator accepts",
  async (path) => {
    const folder = root(path);
    const { schema } = await loadSchema({ root: folder });
    const { files, texts } = await readSources({ root: folder }, new Report());
    const lockFile = join(folder, lockFileName);
    const lock = existsSync(lockFile) ? parseLock(readFileSync(lockFile, "utf8")).lock : undefined;
    const subjects = subjectsOf(schema!, files.values());
    expect(subjects.length).toBeGreaterThan(10);
    const failed: unknown[] = [];
    for (const subject of subjects) {
      const wanted = { from: subject.name, to: freshName(subject), kind: subject.kind };
      const result = await renameIn(folder, lock, wanted).catch(String);
      if (typeof result === "string" || !("files" in result)) {
        failed.push([wanted, result]);
        continue;
      }
      // Without the words that were changed, or put in, the texts are what they were.
      for (const [file, { text, count }] of result.files) {
        const before = texts.get(file)!;
        expect(count).toBeGreaterThan(0);
        expect(text.split("\n").length).toBe(before.split("\n").length);
        expect(text).not.toBe(before);
      }
    }
    expect(failed).toEqual([]);
  },
  120_000,
);
