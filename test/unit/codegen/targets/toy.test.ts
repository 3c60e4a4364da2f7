import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rename } from "../../../../codegen/cli/rename-command.ts";
import { builtInTargets } from "../../../../codegen/targets.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";
import { toy } from "./toy/target.ts";

const folder = CodegenFolder.forEachTest();
const targets = [...builtInTargets, toy];
const head = 'syntax = "proto3";\npackage game;\n\n';

const run = (check = false) => folder.run({ targets: ["toy"] }, { targets, check });
const schema = (...messages: string[]) =>
  folder.put("schema/game.proto", head + messages.map((name) => `message ${name} {}\n`).join(""));

test("a target that only the caller knows is generated, checked and cleaned up by the whole command", async () => {
  await schema("Hero", "Item");
  expect(await run()).toBe(true);
  expect(await folder.files("generated")).toEqual(["generated/manifest.json", "generated/toy/game.toy"]);
  expect(await folder.read("generated/toy/game.toy")).toBe("MESSAGE HERO\nMESSAGE ITEM\n");
  expect(await run(true)).toBe(true);

  await schema("Hero");
  folder.forget();
  expect(await run(true)).toBe(false);
  expect(folder.complained.join("\n")).toContain("generated/toy/game.toy");
  expect(await run()).toBe(true);
  expect(await folder.read("generated/toy/game.toy")).toBe("MESSAGE HERO\n");

  await folder.put("schema/other.proto", head);
  await rm(join(folder.path, "schema/game.proto"));
  expect(await run()).toBe(true);
  expect(await folder.files("generated/toy")).toEqual(["generated/toy/other.toy"]);
});

test("what a target's own check refuses is told with its place, beside what the loader refuses", async () => {
  await schema("Hero", "HERO", "item { Unknown one = 1; } message Item");
  expect(await run()).toBe(false);
  expect(folder.complained).toEqual([
    "schema/game.proto:5:9 error PH029: the toy target calls a second message HERO (schema/game.proto:4:9)\n" +
      "  help: rename one of the two",
    expect.stringMatching(/^schema\/game\.proto:6:\d+ error PH004: /),
    expect.stringMatching(
      /^schema\/game\.proto:6:\d+ error PH029: the toy target calls a second message ITEM/,
    ),
  ]);
  expect(await folder.files()).toEqual(["schema/game.proto"]);
});

test("a target's check binds only the jobs that write it", async () => {
  await schema("Hero", "HERO");
  expect(await folder.run({ targets: ["docs"] }, { targets })).toBe(true);
  expect(await folder.run({ targets: ["toy"] }, { targets })).toBe(false);
});

test("a table that databases cannot hold is refused in a run of any target", async () => {
  const fields = Array.from({ length: 1017 }, (_, i) => `bool f${i} = ${i + 2};`).join(" ");
  const id = "uint64 id = 1 [(photinus.column) = { primary_key: true }];";
  const options = 'import "photinus/options.proto";\n';
  const table = `message Wide { option (photinus.table) = { name: "wide" }; ${id} ${fields} }\n`;
  await folder.put("schema/game.proto", head + options + table);
  expect(await run()).toBe(false);
  expect(folder.complained).toEqual([
    expect.stringMatching(/^schema\/game\.proto:5:9 error PH082: the table Wide has 10\d\d columns/),
  ]);
  expect(await folder.files()).toEqual(["schema/game.proto"]);
});

test("a rename is refused that a target of the schema cannot write", async () => {
  await schema("Hero", "Item");
  const jobs = [{ targets: ["docs"] }, { targets: ["toy"], out: "toys" }];
  await folder.put("package.json", JSON.stringify({ photinus: { codegen: jobs } }));
  expect(await folder.run({}, { targets })).toBe(true);
  const { path, output } = folder;
  expect(await rename("game.Item", "HERO", {}, { folder: path, output, targets })).toBe(false);
  expect(folder.complained.join("\n")).toMatch(/game\.proto:5:9 error PH029: the toy target/);
  expect(await rename("game.Item", "Thing", {}, { folder: path, output, targets })).toBe(true);
});

test("a target that nobody registered is refused with the names of those that there are", async () => {
  await schema("Hero");
  await expect(folder.run({ targets: ["toy"] })).rejects.toThrow(
    'unknown target "toy"; expected one of typescript-server, typescript-client, docs, internal',
  );
});
