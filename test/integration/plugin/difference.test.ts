import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { generate } from "../../../codegen/generate.ts";
import { formatDiagnostic } from "../../../codegen/load/diagnostic.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { checksOf, defaultsOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import { changes, mutate } from "../../conformance/load/mutate.ts";
import type { Files } from "../../conformance/load/protoc.ts";
import { corpora } from "../../conformance/load/sources.ts";
import { CodegenFolder } from "../../setup/codegen-folder.ts";
import fc from "../../setup/random.ts";
import { answer, requestFor } from "./compilers.ts";

const project = CodegenFolder.forEachTest();

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

// A hall of doors.
service Hall {
  option (photinus.service) = { role: "hall" };
  // Opens one.
  rpc Open(Door) returns (Key) {
    option (photinus.command) = { id: 1 auth: ANYONE max_bytes: 64 };
  }
}
message Door {
  reserved 9;
  uint32 number = 1; // On its plate.
  repeated Key keys = 2;
  map<string, Key> named = 3;
  oneof state {
    bool open = 4;
    bool shut = 5 [deprecated = true];
  }
}
message Key {
  option (photinus.table) = { name: "keys" };
  uint64 id = 1 [(photinus.column) = { primary_key: true }];
  Metal metal = 2;
}
enum Metal {
  METAL_NONE = 0;
  METAL_IRON = 1;
}
`;

/** A word of the text, and what stands for it in the file on disk. */
const edits: readonly (readonly [what: string, from: string, to: string])[] = [
  ["the package", "package game;", "package hall;"],
  ["an import", 'import "photinus/options.proto";', 'import public "photinus/options.proto";'],
  ["the name of a service", "service Hall", "service Room"],
  ["the name of an rpc", "rpc Open", "rpc Shut"],
  ["the request of an rpc", "Open(Door)", "Open(Key)"],
  ["the reply of an rpc", "returns (Key)", "returns (Door)"],
  ["an option of a service", 'role: "hall"', 'role: "room"'],
  ["an option of an rpc, by its number", "id: 1", "id: 2"],
  ["an option of an rpc, by its name", "auth: ANYONE", "auth: USER"],
  ["an option that is left out", " max_bytes: 64", ""],
  ["the name of a field", "uint32 number", "uint32 plate"],
  ["the type of a field", "uint32 number", "uint64 number"],
  ["the number of a field", "number = 1;", "number = 7;"],
  ["the label of a field", "uint32 number", "optional uint32 number"],
  ["a field that is repeated", "repeated Key keys", "Key keys"],
  ["the keys of a map", "map<string, Key>", "map<uint32, Key>"],
  ["the values of a map", "map<string, Key>", "map<string, Door>"],
  ["the name of a oneof", "oneof state", "oneof way"],
  ["one of protobuf's own options", " [deprecated = true]", ""],
  ["what is reserved", "reserved 9;", "reserved 8;"],
  ["a table", 'name: "keys"', 'name: "key"'],
  ["a column", "primary_key: true", "primary_key: true auto_increment: true"],
  ["the name of an enum", "enum Metal", "enum Ore"],
  ["the number of a value", "METAL_IRON = 1", "METAL_IRON = 2"],
  ["a message more", "enum Metal", "message More {}\nenum Metal"],
  ["a line more", "message Door", "\nmessage Door"],
  ["the comment above", "// Opens one.", "// Opens two."],
  ["the punctuation of a comment", "// Opens one.", "// Opens one?"],
  ["the comment behind", "// On its plate.", "// On the wall."],
  ["a comment that is new", "message Key {", "message Key { // Fits."],
  ["a comment that is gone", "// A hall of doors.", "//"],
];

describe("a file on disk that is not the one that was compiled is refused", () => {
  test.each(edits)("it differs in %s", async (_what, from, to) => {
    await project.put("schema/game.proto", proto);
    const request = requestFor(project.path)!;
    expect((await answer(project.path, request)).error).toBeUndefined();
    const changed = proto.replaceAll("Metal metal", to === "enum Ore" ? "Ore metal" : "Metal metal");
    expect(changed.replace(from, to)).not.toBe(proto);
    await project.put("schema/game.proto", changed.replace(from, to));
    const { error, files } = await answer(project.path, request);
    expect(error).toMatch(/^schema\/game\.proto differs from the compiled file: .*\n {2}help: /);
    expect(files).toBeUndefined();
  });

  test("two comments have changed places", async () => {
    const door = (first: string, second: string) =>
      `syntax = "proto3";\npackage game;\nmessage Door {\n  // ${first}\n  uint32 a = 1;\n  // ${second}\n  uint32 b = 2;\n}\n`;
    await project.put("schema/game.proto", door("Left.", "Right."));
    const request = requestFor(project.path)!;
    await project.put("schema/game.proto", door("Right.", "Left."));
    expect((await answer(project.path, request)).error).toMatch(/it lacks the comment "Right\."/);
  });

  test("a file that is only imported counts too, and one in another folder is named", async () => {
    await project.put(
      "schema/a.proto",
      'syntax = "proto3";\npackage a;\nimport "b.proto";\nmessage A { b.B b = 1; }\n',
    );
    await project.put("schema/b.proto", 'syntax = "proto3";\npackage b;\nmessage B { uint32 id = 1; }\n');
    const request = requestFor(project.path)!;
    await project.put("schema/b.proto", 'syntax = "proto3";\npackage b;\nmessage B { uint64 id = 1; }\n');
    expect((await answer(project.path, request)).error).toMatch(
      /^schema\/b\.proto differs from the compiled file: line 3 has "field b\.B\.id = 1: uint64", the compiled file has "field b\.B\.id = 1: uint32"/,
    );
    await project.put("proto/b.proto", 'syntax = "proto3";\npackage b;\nmessage B { uint32 id = 1; }\n');
    expect((await answer(project.path, request, "schema=proto")).error).toMatch(
      /^compiled files are not in the folder proto: a\.proto\n/,
    );
  });
});

const sources = corpora.flatMap((files) => Object.keys(files).map((path) => ({ files, path })));

/** How many schemas are tried; `FUZZ_SCHEMAS=2000` tries more, `TEST_SEED=any` others. */
const count = Number(process.env["FUZZ_SCHEMAS"] ?? 100);
const timeoutMs = 120_000 + count * 500;

/** A schema, and a change of one of its files that keeps most of it. */
const changed = fc.tuple(fc.constantFrom(...sources), changes).map(([{ files, path }, list]) => ({
  before: files,
  after: { ...files, [path]: mutate(files[path] ?? "", list.slice(0, 1)) } as Files,
}));

describe("a schema that was changed in a few places", () => {
  test(
    "is generated from what was compiled, or refused, in the words of the command",
    async () => {
      const seen = { generated: 0, stale: 0 };
      await fc.assert(
        fc.asyncProperty(changed, async ({ before, after }) => {
          const [asBefore, asAfter] = [write(before), write(after)];
          try {
            const oldRequest = requestFor(asBefore)!;
            const request = requestFor(asAfter);
            const expected = await command(asAfter);
            if (request !== undefined) {
              const { error, files } = await answer(asAfter, request);
              expect({ error, files }).toEqual(expected);
              if (error === undefined) seen.generated++;
            }
            // The compiled files are older than those on disk.
            const stale = await answer(asAfter, oldRequest);
            if (stale.error === undefined) expect(stale.files).toEqual((await command(asBefore)).files);
            else seen.stale++;
          } finally {
            for (const folder of [asBefore, asAfter]) rmSync(folder, { recursive: true });
          }
        }),
        { numRuns: count },
      );
      for (const [kind, times] of Object.entries(seen)) expect(times, kind).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});

function write(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "photinus-plugin-"));
  for (const [path, text] of Object.entries(files)) {
    const to = join(folder, "schema", path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
  return folder;
}

/** What the command makes of a schema that has no lock file. */
async function command(folder: string) {
  const targets = defaultsOf(builtInTargets);
  const { schema, diagnostics } = await loadSchema({
    root: join(folder, "schema"),
    checks: checksOf(targets),
  });
  if (schema === undefined)
    return { error: diagnostics.map((one) => formatDiagnostic(one, "schema")).join("\n"), files: undefined };
  return { error: undefined, files: generate(schema, targets) };
}
