import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CodegenFolder } from "../../setup/codegen-folder.ts";
import { answer, buf, installOwnSchema, pluginIn, protoc, requestFor, root } from "./compilers.ts";

const project = CodegenFolder.forEachTest();
const fixtures = join(root, "test/golden/diagnostics/fixtures");
const names = readdirSync(fixtures)
  .filter((name) => name.endsWith(".proto"))
  .map((name) => name.slice(0, -".proto".length));

describe("what protoc accepts and photinus codegen refuses is answered in the words of the command", () => {
  test("of each bad schema of the corpus that protoc accepts", async () => {
    const tried: string[] = [];
    for (const name of names) {
      const folder = join(project.path, name);
      cpSync(join(fixtures, `${name}.proto`), join(folder, "schema", `${name}.proto`));
      cpSync(join(fixtures, "parts"), join(folder, "schema", "parts"), { recursive: true });
      // Parts are there to be imported, or to be missing: none is compiled by itself.
      const request = requestFor(folder, "schema", [`${name}.proto`]);
      if (request === undefined) continue;
      onlyCompiled(folder, request.protoFile?.map((file) => file.name) ?? []);
      const compiled = requestFor(folder);
      if (compiled === undefined) continue;
      const { error, warnings } = await answer(folder, compiled);
      const expected = readFileSync(join(fixtures, `${name}.expected`), "utf8").trimEnd();
      const found = (error ?? warnings.filter((line) => !line.startsWith("warning:")).join("\n")).trimEnd();
      expect(found.replaceAll("schema/", ""), name).toBe(expected);
      tried.push(name);
    }
    expect(tried).toEqual(expect.arrayContaining(["ids", "no-syntax", "policy", "proto2", "routes"]));
  });

  const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

service Hall {
  option (photinus.service) = { role: "hall" };
  rpc Open(Door) returns (Door) {
    option (photinus.command) = {
      id: 1
      rate: "often"
    };
  }
}
message Door { optional uint32 number = 1; }
`;
  const diagnostic = /schema\/game\.proto:10:7 error PH054: .*\n +help: /;

  test("through protoc, which prints the answer and fails", async () => {
    await project.put("schema/game.proto", proto);
    expect(await project.run()).toBe(false);
    const { status, errors } = protoc(project.path);
    expect(status).toBe(1);
    expect(errors).toContain(project.complained.join("\n"));
    expect(errors).toMatch(diagnostic);
  });

  test("through buf", async () => {
    await project.put("schema/game.proto", proto);
    const own = installOwnSchema(project.path);
    await project.put("buf.yaml", `version: v2\nmodules:\n  - path: schema\n  - path: ${own}\n`);
    await project.put(
      "buf.gen.yaml",
      `version: v2\nplugins:\n  - local: ${pluginIn(project.path)}\n    out: out\n    strategy: all\n`,
    );
    const { status, errors } = buf(project.path);
    expect(status).not.toBe(0);
    expect(errors).toMatch(diagnostic);
  });
});

/** Leaves only these files in a schema's folder. */
function onlyCompiled(folder: string, compiled: readonly string[]): void {
  const schema = join(folder, "schema");
  for (const path of readdirSync(schema, { recursive: true, encoding: "utf8" })) {
    const name = path.replaceAll("\\", "/");
    if (name.endsWith(".proto") && !compiled.includes(name)) rmSync(join(schema, path));
  }
}

test("a field that is marked optional is generated: protoc asks whether a plugin knows it", async () => {
  await project.put(
    "schema/game.proto",
    'syntax = "proto3";\npackage game;\nmessage Door { optional uint32 number = 1; }\n',
  );
  expect(protoc(project.path, { opt: "targets=docs" })).toMatchObject({ status: 0 });
});

test.each([
  ["cannot be read", "\xff\xff\xff"],
  ["is empty", ""],
])("a request that %s is a failure of the plugin, said on the standard error", (_what, input) => {
  const { status, stdout, stderr } = spawnSync(pluginIn(project.path), { input, encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^error: .*request/);
});

test("malformed bytes of options are refused in the answer", async () => {
  await project.put("schema/game.proto", 'syntax = "proto3";\npackage game;\nmessage Door {}\n');
  const request = requestFor(project.path)!;
  const protoFile = request.protoFile?.map((file) => ({
    ...file,
    messageType: file.messageType?.map((one) => ({ ...one, options: new Uint8Array([0xff]) })) ?? [],
  }));
  const { error } = await answer(project.path, { ...request, protoFile: protoFile ?? [] });
  expect(error).toMatch(/^the request has malformed options \(google\.protobuf\.MessageOptions: /);
});

describe("the lock file", () => {
  test("that is a folder is refused in the answer", async () => {
    await project.put("schema/game.proto", 'syntax = "proto3";\npackage game;\nmessage Door {}\n');
    await project.put("schema/photinus.lock.json/file", "");
    const { error } = await answer(project.path, requestFor(project.path)!);
    expect(error).toMatch(/^cannot read .*photinus\.lock\.json: EISDIR.*; expected a lock file, or none$/);
  });

  const door = (field: string) => `syntax = "proto3";\npackage game;\nmessage Door { ${field} }\n`;

  test("is read, never written, and a stale or missing one is a warning that names the command", async () => {
    await project.put("schema/game.proto", door("uint32 number = 1;"));
    const first = await answer(project.path, requestFor(project.path)!);
    expect(first.error).toBeUndefined();
    expect(first.warnings).toEqual([
      "warning: schema/photinus.lock.json lacks ids or numbers of this schema; run photinus codegen, which writes the lock file",
    ]);
    expect(await project.files("schema")).toEqual(["schema/game.proto"]);
    expect(await project.run()).toBe(true);
    const lock = await project.read("schema/photinus.lock.json");
    expect((await answer(project.path, requestFor(project.path)!)).warnings).toEqual([]);
    await project.put("schema/game.proto", door("uint32 number = 1; string key = 2;"));
    expect((await answer(project.path, requestFor(project.path)!)).warnings).toHaveLength(1);
    expect(await project.read("schema/photinus.lock.json")).toBe(lock);
  });

  test("that is named refuses what it has otherwise, in the words of the command", async () => {
    await project.put("schema/game.proto", door("uint32 number = 1;"));
    expect(await project.run()).toBe(true);
    await project.put("locks/photinus.lock.json", await project.read("schema/photinus.lock.json"));
    await project.put("schema/game.proto", door("string number = 1;"));
    const { error } = await answer(project.path, requestFor(project.path)!, "lock=locks/photinus.lock.json");
    expect(error).toMatch(
      /^schema\/game\.proto:3:23 error PH092: the number 1 of game\.Door\.number had the type uint32/,
    );
    project.forget();
    expect(await project.run()).toBe(false);
    expect(error).toBe(project.complained.join("\n"));
  });
});

test.each([
  ["shcema=proto", 'unknown parameter "shcema" of protoc-gen-photinus; did you mean schema?'],
  [
    "out=generated",
    'unknown parameter "out" of protoc-gen-photinus; expected schema, lock, targets, import-extension',
  ],
  ["schema", "the parameter schema has no value; expected schema=..."],
  ["schema=a,schema=b", "the parameter schema is given twice; remove one of the two"],
  ["schema=proto", "schema folder proto not found; name it with the parameter schema=DIR"],
  ["targets=cobol", /^unknown target "cobol"; expected one of typescript-server, (?!.*(internal|lua))/],
  ["targets=internal", 'the target "internal" is not generated from a schema; run photinus codegen for it'],
  ["import-extension=mjs", 'invalid import extension "mjs"; expected ts or js'],
  [
    "lock=other.json",
    "lock=other.json is not a lock file; expected a path that ends with photinus.lock.json",
  ],
  ["lock=photinus.lock.json", /^lock=photinus\.lock\.json: file not found; run photinus codegen/],
])("the parameter %s is refused", async (parameter, message) => {
  await project.put(
    "schema/game.proto",
    'syntax = "proto3";\npackage game;\nmessage Door { uint32 number = 1; }\n',
  );
  const { error, files } = await answer(project.path, requestFor(project.path)!, parameter);
  if (typeof message === "string") expect(error).toBe(message);
  else expect(error).toMatch(message);
  expect(files).toBeUndefined();
});

test("targets and extension are those that are asked for", async () => {
  await project.put(
    "schema/game.proto",
    'syntax = "proto3";\npackage game;\nmessage Door { uint32 number = 1; }\n',
  );
  const request = requestFor(project.path)!;
  const { files = [] } = await answer(
    project.path,
    request,
    "targets=typescript-client,targets=docs,import-extension=js",
  );
  expect(new Set(files.map(({ target }) => target))).toEqual(new Set(["typescript-client", "docs"]));
  expect(files.find(({ path }) => path === "client/node.ts")?.text).toContain('from "./index.js"');
});
