import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GeneratedFile } from "../../../../codegen/target.ts";
import { manifestName } from "../../../../codegen/write/manifest.ts";
import { planOutput } from "../../../../codegen/write/plan.ts";
import { writeOutput } from "../../../../codegen/write/write.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "photinus-write-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const file = (path: string, text: string, target = "t"): GeneratedFile => ({
  target,
  path,
  text: `// Written by photinus codegen\n${text}\n`,
});

async function write(files: GeneratedFile[], targets = ["t"]): Promise<void> {
  await writeOutput(folder, await planOutput(folder, files, targets));
}

async function tree(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe("writing generated files", () => {
  it("makes folders, files and the manifest, and nothing else", async () => {
    await write([file("server/deep/a.ts", "a"), file("b.ts", "b")]);
    expect(await tree()).toEqual(["b.ts", manifestName, "server/deep/a.ts"]);
    expect(await readFile(join(folder, "b.ts"), "utf8")).toBe("// Written by photinus codegen\nb\n");
  });

  it("does not touch files that did not change", async () => {
    await write([file("a.ts", "a"), file("b.ts", "b")]);
    const long = new Date(1_000_000_000_000);
    for (const path of await tree()) await utimes(join(folder, path), long, long);
    await write([file("a.ts", "a"), file("b.ts", "changed")]);
    const times = async (path: string) => (await stat(join(folder, path))).mtimeMs;
    expect(await times("a.ts")).toBe(long.getTime());
    expect(await times(manifestName)).toBe(long.getTime());
    expect(await times("b.ts")).not.toBe(long.getTime());
  });

  it("removes orphans and the folders they leave empty", async () => {
    await write([file("server/gone/a.ts", "a"), file("server/b.ts", "b")]);
    await write([file("server/b.ts", "b")]);
    expect(await tree()).toEqual([manifestName, "server/b.ts"]);
    expect(await readdir(join(folder, "server"))).toEqual(["b.ts"]);
  });

  it("leaves alone what it did not write, beside orphans too", async () => {
    await write([file("server/gone/a.ts", "a")]);
    await writeFile(join(folder, "server/gone/mine.ts"), "mine");
    await writeFile(join(folder, "mine.ts"), "mine");
    await write([file("b.ts", "b")]);
    expect(await tree()).toEqual(["b.ts", manifestName, "mine.ts", "server/gone/mine.ts"]);
  });

  it("leaves alone the files of targets that did not run", async () => {
    await write([file("a.ts", "a", "one"), file("b.ts", "b", "two")], ["one", "two"]);
    await write([file("c.ts", "c", "two")], ["two"]);
    expect(await tree()).toEqual(["a.ts", "c.ts", manifestName]);
    await write([], ["one"]);
    expect(await tree()).toEqual(["c.ts", manifestName]);
  });

  it("keeps a file that moved from one target to another", async () => {
    await write([file("a.ts", "a", "one")], ["one"]);
    await write([file("a.ts", "a", "two")], ["two", "one"]);
    expect(await tree()).toEqual(["a.ts", manifestName]);
  });
});

describe("planning output", () => {
  it("tells stale, missing, orphaned and unchanged files", async () => {
    await write([
      file("same.ts", "a"),
      file("changed.ts", "a"),
      file("orphan.ts", "a"),
      file("lost.ts", "a"),
    ]);
    await rm(join(folder, "lost.ts"));
    const files = [file("same.ts", "a"), file("changed.ts", "b"), file("lost.ts", "a"), file("new.ts", "a")];
    const plan = await planOutput(folder, files, ["t"]);
    expect(plan).toMatchObject({
      stale: ["changed.ts", manifestName],
      missing: ["lost.ts", "new.ts"],
      orphaned: ["orphan.ts"],
      foreign: [],
      unchanged: ["same.ts"],
    });
    expect(await tree()).not.toContain("new.ts");
  });

  it("tells a file apart that somebody else wrote where a generated one belongs", async () => {
    await writeFile(join(folder, "a.ts"), "mine");
    const plan = await planOutput(folder, [file("a.ts", "a")], ["t"]);
    expect(plan.foreign).toEqual(["a.ts"]);
  });

  it("takes over generated files whose manifest was lost", async () => {
    await write([file("a.ts", "a")]);
    await rm(join(folder, manifestName));
    const plan = await planOutput(folder, [file("a.ts", "b")], ["t"]);
    expect(plan).toMatchObject({ foreign: [], stale: ["a.ts"], missing: [manifestName] });
  });

  it.each([
    ["text", "no JSON"],
    ["a list", "[]"],
    ["a path out of the folder", '{"written":{"t":["../outside.ts"]}}'],
    ["an absolute path", '{"written":{"t":["/etc/passwd"]}}'],
    ["a path that goes out on the way", '{"written":{"t":["a/../../outside.ts"]}}'],
    ["a number", '{"written":{"t":[1]}}'],
  ])("refuses a manifest that is %s", async (_what, text) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, manifestName), text);
    await expect(planOutput(folder, [], ["t"])).rejects.toThrow(/is not a manifest of photinus codegen/);
  });
});
