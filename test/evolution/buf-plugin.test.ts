import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RuleName, rules } from "../../codegen/evolution/rules/rules.ts";
import { ruleId } from "../../codegen/plugin/breaking/check-files.ts";
import { serve } from "../../codegen/plugin/breaking/serve.ts";
import { buf, foundChanges, writeSide } from "./buf.ts";
import { corpus } from "./corpus/corpus.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const main = join(root, "codegen/plugin/breaking/main.ts");
const service = "/buf.plugin.check.v1.CheckService";

/** The messages as buf sends and reads them; descriptors stay bytes. */
const messages = protobuf.parse(`
syntax = "proto3";
message FileSet { repeated bytes file = 1; }
message FileName { string name = 1; }
message Request { Any value = 1; }
message Any { string type_url = 1; bytes value = 2; }
message CheckRequest { repeated File file_descriptors = 1; repeated File against_file_descriptors = 2; repeated string rule_ids = 4; }
message File { bytes file_descriptor_proto = 1; bool is_import = 2; }
message Response { Any value = 1; Error error = 2; }
message Error { int32 code = 1; string message = 2; }
message CheckResponse { repeated Annotation annotations = 1; }
message Annotation { string rule_id = 1; string message = 2; Location file_location = 3; }
message Location { string file_name = 1; repeated int32 source_path = 2; }
message Spec { repeated Procedure procedures = 1; }
message Procedure { string path = 1; }
`).root;

function encode(name: string, value: object): Uint8Array {
  const type = messages.lookupType(name);
  return type.encode(type.fromObject(value)).finish();
}

function decode<T>(name: string, bytes: Uint8Array): T {
  const type = messages.lookupType(name);
  return type.toObject(type.decode(bytes)) as T;
}

interface Annotation {
  readonly ruleId: string;
  readonly message: string;
  readonly fileLocation?: { readonly fileName: string; readonly sourcePath?: readonly number[] };
}

interface CheckResponse {
  readonly value?: { readonly typeUrl: string; readonly value?: Uint8Array };
  readonly error?: { readonly code: number; readonly message: string };
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "photinus-buf-plugin-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Calls Check in this process. */
async function call(request: object): Promise<CheckResponse> {
  const value = {
    typeUrl: "type.googleapis.com/buf.plugin.check.v1.CheckRequest",
    value: encode("CheckRequest", request),
  };
  const input = encode("Request", { value });
  const { output, exitCode } = await serve(
    [`${service}/Check`, "--format", "binary"],
    async () => input,
    folder,
  );
  expect(exitCode).toBe(0);
  return decode("Response", output);
}

/** Calls Check in this process, which must answer with annotations. */
async function annotations(request: object): Promise<readonly Annotation[]> {
  const { value, error } = await call(request);
  expect(error).toBeUndefined();
  expect(value?.typeUrl).toBe("type.googleapis.com/buf.plugin.check.v1.CheckResponse");
  const bytes = value?.value ?? new Uint8Array();
  return decode<{ annotations?: Annotation[] }>("CheckResponse", bytes).annotations ?? [];
}

/** Descriptors of one side of all pairs, by path, as buf compiles them. */
async function compiled(
  pairs: typeof corpus,
  side: "before" | "after",
): Promise<ReadonlyMap<string, Uint8Array>> {
  const path = join(folder, side);
  await mkdir(path);
  await writeSide(path, pairs, side);
  const { code, out, errors } = await buf(path, "build", "--as-file-descriptor-set", "-o", "-#format=binpb");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const { file } = decode<{ file: Uint8Array[] }>("FileSet", out);
  return new Map(file.map((bytes) => [decode<{ name: string }>("FileName", bytes).name, bytes]));
}

describe("the plugin of buf", () => {
  test("finds in compiled files what the gate finds in their texts", async () => {
    // Error codes are no part of a schema, and buf passes no lock file, which shows a renaming.
    const pairs = corpus.filter(
      ({ errors, renamedCalls, renamedTypes }) =>
        errors === undefined && renamedCalls === undefined && renamedTypes === undefined,
    );
    const [before, after] = [await compiled(pairs, "before"), await compiled(pairs, "after")];
    const filesOf = (side: ReadonlyMap<string, Uint8Array>, at: number) =>
      [...side].flatMap(([path, bytes]) =>
        path.startsWith(`p${at}/`) || !/^p\d+\//.test(path)
          ? [{ fileDescriptorProto: bytes, isImport: !path.startsWith("p") }]
          : [],
      );
    let count = 0;
    for (const [at, pair] of pairs.entries()) {
      const request = { fileDescriptors: filesOf(after, at), againstFileDescriptors: filesOf(before, at) };
      const found = await annotations(request);
      const expected = pair.expected.flatMap((text) => {
        const [name, ...classes] = text.split(" | ")[0]!.split(" ");
        return classes.join() === "S" ? [] : [ruleId(name as RuleName)];
      });
      expect([pair.name, ...found.map((one) => one.ruleId).sort()]).toEqual([pair.name, ...expected.sort()]);
      count += found.length;
      for (const { fileLocation, ruleId: id } of found) {
        // A declaration that is gone with its surroundings has no place in the new files.
        if (/^PHOTINUS_(COMMAND_DELETED|TABLE_DROPPED|PACKAGE_CHANGED)$/.test(id)) continue;
        expect(fileLocation?.fileName).toBe(`p${at}/e.proto`);
        expect(fileLocation?.sourcePath?.length).toBeGreaterThan(1);
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  test("answers only the rules that buf asks for", async () => {
    const request = { fileDescriptors: [], againstFileDescriptors: [], ruleIds: ["PHOTINUS_AUTH_LOWERED"] };
    expect(await annotations(request)).toEqual([]);
  });

  test("answers with an error when the files are not a schema of Photinus", async () => {
    const file = encode("FileName", { name: "bare.proto" });
    // A message type in field 4, and the syntax in field 12.
    const withSyntax = Buffer.concat([file, Buffer.from([0x62, 6]), Buffer.from("proto3")]);
    const withService = Buffer.concat([withSyntax, Buffer.from([0x32, 3, 0x0a, 1, 0x53])]);
    const { error } = await call({ fileDescriptors: [{ fileDescriptorProto: withService }] });
    expect(error).toMatchObject({
      code: 9,
      message: expect.stringContaining("PH040: the service S has no role"),
    });
  });

  test("serves the protocol version, its procedures, rules and category, in both formats", async () => {
    const ask = async (...words: string[]) => serve(words, async () => new Uint8Array(), folder);
    const text = async (...words: string[]) => Buffer.from((await ask(...words)).output).toString();
    expect(await text("--protocol")).toBe("1\n");
    const procedures = ["Check", "ListRules", "ListCategories"].map((name) => ({
      path: `${service}/${name}`,
    }));
    expect(decode("Spec", (await ask("--spec")).output)).toEqual({ procedures });
    expect(JSON.parse(await text("--spec", "--format", "json"))).toEqual({ procedures });
    const listed = JSON.parse(await text("--format", "json", `${service}/ListRules`)) as {
      value: { rules: object[] };
    };
    expect(listed.value.rules.length).toBe(Object.keys(rules).length);
    for (const rule of listed.value.rules) {
      expect(rule).toMatchObject({
        id: expect.stringMatching(/^PHOTINUS_[A-Z0-9_]{1,54}[A-Z0-9]$/),
        categoryIds: ["PHOTINUS"],
        purpose: expect.stringMatching(/^[A-Z].{0,250}[.]$/),
        type: 2,
      });
    }
    expect(await text("--format", "json", `${service}/ListCategories`)).toContain('"id":"PHOTINUS"');
  });

  test.each([
    [["--format", "xml", "--spec"], 'invalid format "xml"; expected binary or json'],
    [["--bogus"], 'unknown argument "--bogus"'],
    [[], 'unknown argument ""'],
    [[`${service}/Check`, "more"], 'unexpected argument "more"'],
  ])("fails for the arguments %j", async (words, message) => {
    const { exitCode, error } = await serve(words, async () => new Uint8Array(), folder);
    expect(exitCode).toBe(1);
    expect(error).toContain(message);
  });
});

test("buf breaking runs the plugin, beside its own rules, with the acknowledgements of schema and package.json", async () => {
  const project = join(folder, "project");
  const text = (auth: string, more = "", type = "uint32") => `syntax = "proto3";
package game;
import "photinus/options.proto";
service Hall {
  option (photinus.service) = { role: "hall" };
  ${more}
  rpc Open(Door) returns (Door) {
    option (photinus.command) = { id: 1 auth: ${auth} };
  }
}
message Door {
  ${type} number = 1;
}
`;
  const buffed = `version: v2
breaking:
  use: [WIRE, PHOTINUS]
  except: [PHOTINUS_FIELD_TYPE_CHANGED]
plugins:
  - plugin: ${JSON.stringify([process.execPath, "-C", "photinus-source", main])}
`;
  for (const side of ["before", "after"]) {
    await cp(join(root, "schema/photinus/options.proto"), join(project, side, "photinus/options.proto"));
    await writeFile(join(project, side, "buf.yaml"), buffed);
  }
  const after = join(project, "after");
  const breaking = async () => {
    const { code, out } = await buf(after, "breaking", "--against", "../before");
    return { code, lines: out.toString().split("\n").slice(0, -1) };
  };
  await writeFile(join(project, "before/game.proto"), text("ADMIN"));
  await writeFile(join(after, "game.proto"), text("USER", "", "string"));
  expect(await breaking()).toEqual({
    code: foundChanges,
    lines: [
      expect.stringMatching(
        /^game.proto:7:3:S! auth-lowered \(8\): the auth of game.Hall.Open was ADMIN and is USER; safe way: /,
      ),
      expect.stringMatching(/^game.proto:12:3:Field "1" with name "number" on message "Door" changed type/),
    ],
  });
  await writeFile(
    join(after, "game.proto"),
    text("USER", "// photinus:allow auth-lowered the hall is public"),
  );
  expect(await breaking()).toEqual({ code: 0, lines: [] });
  await writeFile(join(after, "game.proto"), text("USER"));
  const settings = { rules: { 8: { severity: "warn", reason: "the hall is public" } } };
  await writeFile(join(after, "package.json"), JSON.stringify({ photinus: { evolution: settings } }));
  expect(await breaking()).toEqual({ code: 0, lines: [] });
}, 60_000);
