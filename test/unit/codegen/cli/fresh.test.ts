import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../../../../codegen/write/text.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";
import ".own/side.proto";

service Hall {
  option (photinus.service) = { role: "hall" };
  rpc Open(Door) returns (Door) { option (photinus.command) = { id: 1 }; }
}
message Door {
  // The number.
  uint32 number = 1;
  side.Side side = 2 [(photinus.column) = {}];
}
`;
const side = `syntax = "proto3";
package side;
// A side.
message Side {}
`;
const lockFile = "schema/photinus.lock.json";
const index = "generated/docs/index.md";

const project = CodegenFolder.forEachTest();
const { put, read } = project;

beforeEach(async () => {
  await put("schema/game.proto", proto);
  // Where nobody looks for schemas, and another one imports from.
  await put("schema/.own/side.proto", side);
  expect(await run()).toBe(true);
  project.forget();
});

function run(
  options: { readonly check?: boolean; readonly importExtension?: string } = {},
): Promise<boolean> {
  const { check = false, ...flags } = options;
  return project.run(flags, { check });
}

const change = async (path: string, from: string, to: string) =>
  put(path, (await read(path)).replace(from, to));

/** As if the generator had written another text. */
async function writeElse(text: string): Promise<void> {
  const before = hashOf(await read(index));
  await put(index, text);
  await change("generated/manifest.json", before, hashOf(text));
}

describe("a run on what an earlier run has made", () => {
  it("makes nothing again while schema, lock file, options and generator are the same", async () => {
    await writeElse("Written otherwise.\n");
    expect(await run()).toBe(true);
    expect(await run({ check: true })).toBe(true);
    expect(await read(index)).toBe("Written otherwise.\n");
    expect(project.lines.at(-1)).toBe("generated: 12 files, all up to date");
  });

  it("warns of the schema as the run before did", async () => {
    await run();
    expect(project.lines[0]).toMatch(/^schema\/game\.proto:13:\d+ warning PH079: /);
  });

  it.each([
    ["an output file that was removed", () => rm(join(project.path, index))],
    ["an output file that was changed", () => put(index, "mine")],
    ["a changed schema file", () => change("schema/game.proto", "The number.", "Its number.")],
    ["a new schema file", () => put("schema/more.proto", 'syntax = "proto3";\nmessage More {}\n')],
    ["a schema file that was renamed", () => renameSchema()],
    [
      "a changed file that only an import names",
      () => change("schema/.own/side.proto", "A side.", "One side."),
    ],
    ["a changed lock file", () => change(lockFile, '"name": "number"', '"name": "count"')],
    ["a lock file that was removed", () => rm(join(project.path, lockFile))],
    ["a draft of a lock file", () => put(`${lockFile}.4194305.tmp`, "{")],
    ["a draft of an output file", () => put(`${index}.4194305.tmp`, "")],
    [
      "a manifest of an unfinished run",
      () => change("generated/manifest.json", '"written"', '"writing": {"docs": {}}, "written"'),
    ],
    [
      "files of an older generator",
      async () => {
        await writeElse("Written otherwise.\n");
        const manifest = await read("generated/manifest.json");
        await put(
          "generated/manifest.json",
          manifest.replaceAll(/"generator": "[^"]+"/g, '"generator": "older"'),
        );
      },
    ],
  ])("notices %s", async (_what, happens) => {
    await happens();
    expect(await run({ check: true })).toBe(false);
  });

  it("notices other options", async () => {
    expect(await run({ check: true, importExtension: "js" })).toBe(false);
    expect(await run({ importExtension: "js" })).toBe(true);
    expect(await read("generated/server/index.ts")).toContain("protocol.js");
    expect(await run({ check: true, importExtension: "js" })).toBe(true);
  });
});

async function renameSchema(): Promise<void> {
  await rm(join(project.path, "schema/game.proto"));
  await put("schema/games.proto", proto);
}
