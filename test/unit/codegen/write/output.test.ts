import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GeneratedFile } from "../../../../codegen/target.ts";
import { manifestName } from "../../../../codegen/write/manifest.ts";
import { planOutput } from "../../../../codegen/write/plan.ts";
import { SeenTexts } from "../../../../codegen/write/seen.ts";
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
    expect(await times("b.ts")).not.toBe(long.getTime());
  });

  it("does not touch the manifest when nothing changed, by a generator of other code either", async () => {
    const made = { generator: "old", inputs: "same", also: [], warnings: [] };
    const files = [file("a.ts", "a")];
    await writeOutput(folder, await planOutput(folder, files, ["t"], { made }));
    const before = await readFile(join(folder, manifestName), "utf8");
    await writeOutput(
      folder,
      await planOutput(folder, files, ["t"], { made: { ...made, generator: "new" } }),
    );
    expect(await readFile(join(folder, manifestName), "utf8")).toBe(before);
    await writeOutput(folder, await planOutput(folder, files, ["t"], { made: { ...made, inputs: "new" } }));
    expect(await readFile(join(folder, manifestName), "utf8")).toContain('"inputs": "new"');
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

  it("sees that a file was touched since an earlier run has seen it", async () => {
    const seen = new SeenTexts();
    const files = [file("a.ts", "a"), file("b.ts", "b"), file("c.ts", "c")];
    await writeOutput(folder, await planOutput(folder, files, ["t"], { seen }));
    expect((await planOutput(folder, files, ["t"], { seen })).unchanged).toEqual([
      "a.ts",
      "b.ts",
      "c.ts",
      manifestName,
    ]);
    await writeFile(join(folder, "a.ts"), file("a.ts", "mine").text);
    await rm(join(folder, "b.ts"));
    const plan = await planOutput(folder, files, ["t"], { seen });
    expect(plan).toMatchObject({ foreign: ["a.ts"], missing: ["b.ts"], unchanged: ["c.ts", manifestName] });
  });

  it("tells a file apart that somebody else wrote where a generated one belongs", async () => {
    await writeFile(join(folder, "a.ts"), "mine");
    const plan = await planOutput(folder, [file("a.ts", "a")], ["t"]);
    expect(plan.foreign).toEqual(["a.ts"]);
  });

  it("leaves a listed file alone whose text was replaced, where it is to be written and where it is to be removed", async () => {
    await write([file("a.ts", "a"), file("b.ts", "b")]);
    await writeFile(join(folder, "a.ts"), "mine");
    await writeFile(join(folder, "b.ts"), "// Written by photinus codegen\nand changed by hand\n");
    const plan = await planOutput(folder, [file("a.ts", "new")], ["t"]);
    expect(plan).toMatchObject({ foreign: ["a.ts", "b.ts"], stale: [manifestName], orphaned: [] });
    const forced = await planOutput(folder, [file("a.ts", "new")], ["t"], { force: true });
    expect(forced).toMatchObject({ foreign: [], stale: ["a.ts", manifestName], orphaned: ["b.ts"] });
  });

  it("knows its files by their first words where an older manifest has no hashes", async () => {
    await write([file("a.ts", "a"), file("b.ts", "b"), file("c.ts", "c")]);
    await writeFile(join(folder, manifestName), '{"written":{"t":["a.ts","b.ts","c.ts"]}}');
    await writeFile(join(folder, "b.ts"), "mine");
    await writeFile(join(folder, "c.ts"), "mine");
    const plan = await planOutput(folder, [file("a.ts", "new"), file("b.ts", "new")], ["t"]);
    expect(plan).toMatchObject({ foreign: ["b.ts", "c.ts"], stale: ["a.ts", manifestName] });
  });

  it("takes a file for unchanged whose line ends version control has changed", async () => {
    await write([file("a.ts", "a")]);
    await writeFile(join(folder, "a.ts"), file("a.ts", "a").text.replaceAll("\n", "\r\n"));
    expect((await planOutput(folder, [file("a.ts", "a")], ["t"])).unchanged).toContain("a.ts");
    expect((await planOutput(folder, [file("a.ts", "b")], ["t"])).stale).toContain("a.ts");
  });

  it("tells drafts that a killed run left, not those of a run under way or of others", async () => {
    await write([file("deep/a.ts", "a")]);
    const gone = 2 ** 22 + 1;
    for (const name of [
      `deep/a.ts.${gone}.tmp`,
      `deep/a.ts.${process.ppid}.tmp`,
      `deep/mine.ts.${gone}.tmp`,
    ]) {
      await writeFile(join(folder, name), "");
    }
    const plan = await planOutput(folder, [file("deep/a.ts", "a")], ["t"]);
    expect(plan.leftover).toEqual([`deep/a.ts.${gone}.tmp`]);
    await writeOutput(folder, plan);
    expect(await tree()).not.toContain(`deep/a.ts.${gone}.tmp`);
    // Another process has the number by now.
    const old = new Date(Date.now() - 120_000);
    await utimes(join(folder, `deep/a.ts.${process.ppid}.tmp`), old, old);
    const later = await planOutput(folder, [file("deep/a.ts", "a")], ["t"]);
    expect(later.leftover).toEqual([`deep/a.ts.${process.ppid}.tmp`]);
  });

  it.each(["b.ts", manifestName])("names a folder that stands where a file belongs: %s", async (name) => {
    await write([file("a.ts", "a")]);
    await rm(join(folder, name), { force: true });
    await mkdir(join(folder, name));
    await expect(write([file("a.ts", "a"), file("b.ts", "b")])).rejects.toThrow(
      `${join(folder, name)} is a folder, where codegen has a file; move it away`,
    );
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
    ["a hash of a path out of the folder", '{"written":{"t":{"../outside.ts":"x"}}}'],
    ["a text to come out of the folder", '{"written":{},"writing":{"t":{"../outside.ts":"x"}}}'],
    ["a hash that is a number", '{"written":{"t":{"a.ts":1}}}'],
  ])("refuses a manifest that is %s", async (_what, text) => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, manifestName), text);
    await expect(planOutput(folder, [], ["t"])).rejects.toThrow(/is not a manifest of photinus codegen/);
  });
});
