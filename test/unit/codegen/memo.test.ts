import { beforeEach, describe, expect, it } from "vitest";
import { generate } from "../../../codegen/generate.ts";
import { checkLock } from "../../../codegen/lock/check-lock.ts";
import { emptyLock, type Lock } from "../../../codegen/lock/lock.ts";
import { updateLock } from "../../../codegen/lock/update.ts";
import { Memo } from "../../../codegen/memo.ts";
import { defaultsOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import type { SchemaFile } from "../../../schema/model.ts";
import { modelOf } from "./load/schemas.ts";

/** A memo that says what was made. */
class CountingMemo extends Memo {
  made: string[] = [];

  override recall<T>(kind: string, file: SchemaFile, also: readonly string[], make: () => T): T {
    return super.recall(kind, file, also, () => {
      this.made.push(`${kind} ${file.path}`);
      return make();
    });
  }
}

const head = (name: string, ...imports: string[]) =>
  [
    'syntax = "proto3";',
    `package ${name};`,
    'import "photinus/options.proto";',
    ...imports.map((path) => `import "${path}";`),
    "",
  ].join("\n");

const base: Readonly<Record<string, string>> = {
  "base.proto": `${head("base")}
    // A mood.
    enum Mood { MOOD_CALM = 0; }
    message Place { uint32 x = 1; Mood mood = 2; }
    message Unseen { bool b = 1; }`,
  "deep.proto": `${head("deep", "base.proto")} message Deep { base.Place place = 1; }`,
  "play.proto": `${head("play", "deep.proto")}
    message Step { deep.Deep deep = 1; }
    service Play { option (photinus.service) = { role: "play" };
      rpc Go(Step) returns (Step) { option (photinus.command) = { id: 1 route: { hash: "deep.place.x" } }; } }`,
  "alone.proto": `${head("alone")}
    message Call { string text = 1; }
    service Alone { option (photinus.service) = { role: "alone" };
      rpc Say(Call) returns (Call) { option (photinus.command) = { id: 2 }; } }`,
  "tables.proto": `${head("tables")}
    message Hero { option (photinus.table) = { name: "hero" };
      uint32 id = 1 [(photinus.column) = { primary_key: true }]; uint32 gold = 2; }`,
  "more.proto": `${head("more")}
    message Guild { option (photinus.table) = { name: "guild" };
      uint32 id = 1 [(photinus.column) = { primary_key: true }]; }`,
};

let memo: CountingMemo;
let files: Record<string, string>;
let lock: Lock;

/** Generates with what the memo knows, and compares with what is made without one; returns what was made anew. */
async function save(path: string, text: string | undefined): Promise<string[]> {
  if (text === undefined) delete files[path];
  else files[path] = text;
  const schema = await modelOf(files);
  expect(checkLock(schema, lock)).toEqual([]);
  lock = updateLock(schema, lock);
  memo.made = [];
  memo.begin(schema.files, (one) => files[one]);
  expect(generate(schema, defaultsOf(builtInTargets), { lock, memo })).toEqual(
    generate(schema, defaultsOf(builtInTargets), { lock }),
  );
  return memo.made.sort();
}

const change = (path: string, from: string, to: string) => {
  const text = files[path] ?? "";
  expect(text).toContain(from);
  return save(path, text.replace(from, to));
};

const kinds = ["client messages", "docs", "server messages", "server tables"];
/** All that is made of files, their services included. */
const of = (...paths: string[]) =>
  paths.flatMap((path) => [...kinds, ...servicesOf(path)].map((kind) => `${kind} ${path}`)).sort();

function servicesOf(path: string): string[] {
  const names = [...(files[path] ?? "").matchAll(/^ *service (\w+)/gm)].map(([, name]) => name);
  return names.flatMap((name) => [`client service ${name}`, `server service ${name}`]);
}

beforeEach(async () => {
  memo = new CountingMemo();
  files = {};
  lock = emptyLock;
  for (const [path, text] of Object.entries(base)) files[path] = text;
  await save("base.proto", base["base.proto"]);
});

describe("a schema that is generated again with what is known of it", () => {
  it("makes nothing anew when nothing has changed", async () => {
    expect(await save("base.proto", base["base.proto"])).toEqual([]);
  });

  it("makes anew what came from the file that has changed", async () => {
    expect(await change("alone.proto", "string text", "string line")).toEqual(of("alone.proto"));
  });

  it("makes anew what came from files that import it, at any distance", async () => {
    const expected = of("base.proto", "deep.proto", "play.proto");
    expect(await change("base.proto", "// A mood.", "// Any mood.")).toEqual(expected);
    expect(await change("base.proto", "message Unseen", "message Unknown")).toEqual(expected);
  });

  it("makes anew what a client may know when another file has come to use it", async () => {
    const text = `${head("late", "base.proto")}
      service Late { option (photinus.service) = { role: "late" };
        rpc See(base.Unseen) returns (base.Unseen) { option (photinus.command) = { id: 3 }; } }`;
    expect(await save("late.proto", text)).toEqual(
      [...of("late.proto"), "client messages base.proto"].sort(),
    );
    expect(await save("late.proto", undefined)).toEqual(["client messages base.proto"]);
  });

  it("makes all tables anew when one has another name: it may be a former name of theirs", async () => {
    const others = Object.keys(base).filter((path) => path !== "tables.proto");
    expect(await change("tables.proto", '"hero"', '"champion"')).toEqual(
      [...of("tables.proto"), ...others.map((path) => `server tables ${path}`)].sort(),
    );
  });

  it("makes nothing else anew for a namesake in another file", async () => {
    const nested = `${head("base")} message Outer { message Inner { bool b = 1; } Inner inner = 1; }`;
    await save("nested.proto", nested);
    const namesake = `${head("base")} message Outer_Inner { bool b = 1; }`;
    expect(await save("namesake.proto", namesake)).toEqual(of("namesake.proto"));
  });

  it("makes tables anew of which the lock file says something else", async () => {
    const messages = [...lock.messages].map(
      ([name, one]) =>
        [name, name === "more.Guild" ? { ...one, tables: ["old", ...one.tables] } : one] as const,
    );
    lock = { ...lock, messages: new Map(messages) };
    expect(await save("base.proto", files["base.proto"])).toEqual(["server tables more.proto"]);
  });

  it("makes everything anew for another extension of imports", async () => {
    const schema = await modelOf(files);
    const options = { lock, importExtension: "js" } as const;
    expect(generate(schema, defaultsOf(builtInTargets), { ...options, memo })).toEqual(
      generate(schema, defaultsOf(builtInTargets), options),
    );
  });
});
