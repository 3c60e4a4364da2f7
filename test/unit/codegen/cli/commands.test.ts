import { execFile } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { stub } from "../../../../codegen/cli/stub.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

// A hall.
service Hall {
  option (photinus.service) = { role: "hall" };
  // Opens it.
  rpc Open(Door) returns (Door) { option (photinus.command) = { id: 1 }; }
}
message Door { uint32 number = 1; }
`;

const project = CodegenFolder.forEachTest();
const { run, put, read, files, output } = project;

describe("codegen", () => {
  it("writes server, client, documents, manifest and lock file", async () => {
    await put("schema/game.proto", proto);
    expect(await run()).toBe(true);
    expect(await files("generated")).toEqual([
      "generated/client/game.messages.ts",
      "generated/client/game/hall.service.ts",
      "generated/client/index.ts",
      "generated/client/node.ts",
      "generated/docs/game.Hall.md",
      "generated/docs/index.md",
      "generated/manifest.json",
      "generated/server/game.messages.ts",
      "generated/server/game/hall.service.ts",
      "generated/server/index.ts",
      "generated/server/protocol.ts",
    ]);
    expect(await read("schema/photinus.lock.json")).toContain("game.Hall.Open");
    expect(project.printed).toEqual(["generated: 10 files, 10 written"]);
  });

  it("says when nothing is to be done", async () => {
    await put("schema/game.proto", proto);
    await run();
    await run();
    expect(project.printed.at(-1)).toBe("generated: 10 files, all up to date");
    expect(await run({}, { check: true })).toBe(true);
  });

  it("checking, names every file that a changed comment makes stale, and writes none", async () => {
    await put("schema/game.proto", proto);
    await run();
    await put("schema/game.proto", proto.replace("Opens it.", "Opens the door."));
    const before = await read("generated/docs/game.Hall.md");
    expect(await run({}, { check: true })).toBe(false);
    expect(project.complained).toEqual([
      "generated is not up to date with the schema in schema; run photinus codegen:",
      "  stale     generated/client/game/hall.service.ts",
      "  stale     generated/docs/game.Hall.md",
      "  stale     generated/server/game/hall.service.ts",
    ]);
    expect(await read("generated/docs/game.Hall.md")).toBe(before);
  });

  it("checking, names missing and orphaned files and a stale lock file", async () => {
    await put("schema/game.proto", proto);
    await put(
      "schema/more.proto",
      proto
        .replace("Hall", "Yard")
        .replace("id: 1", "id: 2")
        .replace(/Door/g, "Gate")
        .replace("Open(", "Shut("),
    );
    await run();
    await rm(join(project.path, "schema/more.proto"));
    await rm(join(project.path, "generated/client/index.ts"));
    await put("schema/photinus.lock.json", await read("schema/photinus.lock.json"));
    expect(await run({}, { check: true })).toBe(false);
    expect(project.complained).toContain("  missing   generated/client/index.ts");
    expect(project.complained).toContain("  orphaned  generated/docs/game.Yard.md");
    expect(project.complained).toContain("  stale     schema/photinus.lock.json");
  });

  it("writes relative imports with the extension asked for", async () => {
    await put("schema/game.proto", proto);
    await run({ importExtension: "js" });
    expect(await read("generated/server/game/hall.service.ts")).toContain('from "../game.messages.js"');
  });

  it("writes only the targets asked for, where it is told to", async () => {
    await put("proto/game.proto", proto);
    await run({ schema: "proto", out: "sdk", targets: ["typescript-client"] });
    expect(await files("sdk")).toHaveLength(5);
  });

  it("does the runs that package.json lists, and all of them also after one failed", async () => {
    await put("a/game.proto", "syntax");
    await put("b/game.proto", proto);
    const runs = [{ schema: "a" }, { schema: "b", out: "code", targets: ["docs"] }];
    await put("package.json", JSON.stringify({ photinus: { codegen: runs } }));
    expect(await run()).toBe(false);
    expect(await files("code")).toHaveLength(3);
  });

  it("writes nothing for a wrong schema, and says what is wrong where", async () => {
    await put("schema/game.proto", proto.replace("(Door)", "(Dor)"));
    expect(await run()).toBe(false);
    expect(project.complained[0]).toMatch(/^schema\/game\.proto:9:12 error PH004: /);
    await expect(readdir(join(project.path, "generated"))).rejects.toThrow("ENOENT");
  });

  it("warns of a lock file that was deleted, and names version control; checking, that is an error", async () => {
    await put("schema/game.proto", proto);
    expect(await run()).toBe(true);
    expect(project.complained).toEqual([]);
    await rm(join(project.path, "schema/photinus.lock.json"));
    expect(await run({}, { check: true })).toBe(false);
    expect(project.complained.join("\n")).toMatch(
      /^error: schema\/photinus\.lock\.json is missing, .*\n {2}help: restore the file from version control/,
    );
    expect(project.complained.join("\n")).not.toMatch(/run photinus codegen:|stale/);
    expect(await files("schema")).toEqual(["schema/game.proto"]);

    project.complained.length = 0;
    expect(await run()).toBe(true);
    expect(project.complained.join("\n")).toMatch(
      /^warning: .*git checkout -- schema\/photinus\.lock\.json/s,
    );
    project.complained.length = 0;
    expect(await run({}, { check: true })).toBe(true);
    expect(project.complained).toEqual([]);
  });

  it("refuses an id that the lock file has for another command", async () => {
    await put("schema/game.proto", proto);
    await run();
    await put("schema/game.proto", proto.replace("rpc Open", "rpc Shut"));
    expect(await run({}, { check: true })).toBe(false);
    expect(project.complained[0]).toContain("PH091");
  });

  it("generates a whole number that became wider, and warns once", async () => {
    await put("schema/game.proto", proto.replace("message Door {", "message Door { int32 width = 9;"));
    await run();
    await put("schema/game.proto", proto.replace("message Door {", "message Door { int64 width = 9;"));
    expect(await run()).toBe(true);
    expect(project.complained).toHaveLength(1);
    expect(project.complained[0]).toMatch(
      /^schema\/game\.proto:\d+:\d+ warning PH094: the number 9 of game\.Door\.width had /,
    );
    expect(await run({}, { check: true })).toBe(true);
    expect(project.complained).toHaveLength(1);
  });

  it("does not overwrite what somebody else wrote", async () => {
    await put("schema/game.proto", proto);
    await put("generated/server/index.ts", "mine");
    await expect(run()).rejects.toThrow(
      /generated\/server\/index\.ts\nmove them, choose another folder with --out/,
    );
    expect(await files("generated")).toEqual(["generated/server/index.ts"]);
  });

  it("names the lock file when that cannot be written, not the output", async () => {
    await put("schema/game.proto", proto);
    // In the way of its draft.
    await mkdir(join(project.path, `schema/photinus.lock.json.${process.pid}.tmp`));
    await expect(run()).rejects.toThrow(/^cannot write schema\/photinus\.lock\.json: /);
  });

  it("does not overwrite or remove a file of its own that was changed since, unless it is forced to", async () => {
    await put("schema/game.proto", proto);
    await run();
    await put("generated/docs/game.Hall.md", "mine");
    await put("generated/server/index.ts", "mine");
    await put("schema/game.proto", proto.replace("service Hall", "service Yard"));
    await rm(join(project.path, "schema/photinus.lock.json"));
    const reason =
      /\n {2}generated\/server\/index\.ts\n {2}generated\/docs\/game\.Hall\.md\nmove them, .* --force$/;
    await expect(run()).rejects.toThrow(reason);
    expect(await run({}, { check: true })).toBe(false);
    expect(project.complained).toContain("  foreign   generated/docs/game.Hall.md");
    expect(await read("generated/docs/game.Hall.md")).toBe("mine");
    expect(await read("generated/server/index.ts")).toBe("mine");
    expect(await run({}, { force: true })).toBe(true);
    expect(await files("generated/docs")).toEqual(["generated/docs/game.Yard.md", "generated/docs/index.md"]);
    expect(await read("generated/server/index.ts")).toContain("export * from");
    expect(await run({}, { check: true })).toBe(true);
  });

  it.each([
    ["a target", { targets: ["cobol"] }, /unknown target "cobol"; expected one of typescript-server, /],
    ["an import extension", { importExtension: "mjs" }, /invalid import extension "mjs"; expected ts or js/],
    ["no target", { targets: [] }, /the list of targets is empty/],
    [
      "a company for the internal target",
      { targets: ["internal", "docs"] },
      /"internal" cannot be combined with others/,
    ],
  ])("refuses %s that cannot be", async (_what, flags, reason) => {
    await expect(run(flags)).rejects.toThrow(reason);
  });

  it.each([
    ["is no JSON", "{", /invalid JSON in .*package\.json/],
    ["lists nothing", '{"photinus":{"codegen":[]}}', /photinus\.codegen is not a list of runs/],
    ["has a misspelt property", '{"photinus":{"codegen":[{"shema":"a"}]}}', /unknown property "shema"/],
    [
      "has a wrong type",
      '{"photinus":{"codegen":[{"targets":"docs"}]}}',
      /\[0\]\.targets is invalid; expected a list of strings/,
    ],
  ])("refuses a package.json that %s", async (_what, text, reason) => {
    await put("package.json", text);
    await expect(run()).rejects.toThrow(reason);
  });

  /** Watches, and hears what is project.printed. */
  function watch() {
    const abort = new AbortController();
    const lines: string[] = [];
    let heard = Promise.withResolvers<void>();
    const hear = (line: string) => {
      lines.push(line);
      heard.resolve();
    };
    const ended = run({}, { watch: true, signal: abort.signal, output: { print: hear, complain: hear } });
    return {
      lines,
      async until(part: string, count = 1): Promise<void> {
        while (lines.filter((line) => line.includes(part)).length < count) {
          await heard.promise;
          heard = Promise.withResolvers();
        }
      },
      async stop(): Promise<void> {
        abort.abort();
        expect(await ended).toBe(true);
      },
    };
  }

  it("watching, writes again when the schema changes, and goes on after a mistake", async () => {
    await put("schema/game.proto", proto);
    const { until, stop } = watch();
    await until("watching schema");
    await put("schema/game.proto", "syntax");
    await until("PH001");
    await put("schema/game.proto", proto.replace("Opens it.", "Opens the door."));
    await until("generated: 10 files, 3 written");
    await stop();
  });

  it("watching, lets a number that it has given have another meaning, and no number from before", async () => {
    await put("schema/game.proto", proto);
    await run();
    const { lines, until, stop } = watch();
    await until("watching schema");
    const save = (field: string) => put("schema/game.proto", `${proto}message M { ${field} }\n`);
    await save("int32 a0 = 1;");
    await until(" written");
    await save("string a0 = 1;");
    await until(" written", 2);
    expect(await read("generated/server/game.messages.ts")).toContain("a0: string");
    expect(lines.join()).not.toContain("PH092");
    await put("schema/game.proto", proto.replace("uint32 number", "string number"));
    await until("PH092");
    await stop();
    expect(await read("schema/photinus.lock.json")).toContain('"name": "a0", "type": "string"');
  });
});

describe("stub", () => {
  const add = (service: string, file: string) => stub(service, file, {}, { folder: project.path, output });

  it("makes a file, and then finds nothing to add", async () => {
    await put("schema/game.proto", proto);
    expect(await add("Hall", "nodes/hall.ts")).toBe(true);
    expect(await read("nodes/hall.ts")).toContain(
      'import * as hall from "../generated/server/game/hall.service.ts";',
    );
    await add("game.Hall", "nodes/hall.ts");
    expect(project.printed).toEqual([
      "nodes/hall.ts: added open",
      "nodes/hall.ts: has every handler of hall",
    ]);
  });

  it("imports the module of the service that was named, not of a namesake", async () => {
    await put("schema/game.proto", proto);
    await put(
      "schema/deep/b.proto",
      proto.replace("package game", "package other").replace("id: 1", "id: 2"),
    );
    await add("other.Hall", "hall.ts");
    expect(await read("hall.ts")).toContain(
      'import * as hall from "./generated/server/other/hall.service.ts";',
    );
  });

  it.each([
    ["unknown", "Nowhere", /unknown service "Nowhere"; services of the schema: game\.Hall/],
    ["without handlers", "Bell", /only pushes/],
  ])("refuses a service that is %s", async (_what, name, reason) => {
    const bell =
      'service Bell { option (photinus.service) = { role: "hall" };\n  rpc Rang(Door) returns (photinus.Push) { option (photinus.push) = { id: 9 }; }\n}\n';
    await put("schema/game.proto", proto + (name === "Bell" ? bell : ""));
    await expect(add(name, "hall.ts")).rejects.toThrow(reason);
  });
});

describe("the command line", () => {
  const root = fileURLToPath(new URL("../../../..", import.meta.url));
  const photinus = async (...args: string[]) => {
    const command = ["-C", "photinus-source", join(root, "runtime/main.ts"), ...args];
    const run = promisify(execFile)(process.execPath, command, { cwd: project.path });
    return run.then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
    );
  };

  it.each([
    ["an unknown flag", ["codegen", "--bogus"], /unknown option '--bogus'/],
    ["flags that exclude each other", ["codegen", "--check", "--watch"], /cannot be used with/],
    ["a folder that is not there", ["codegen", "--schema", "nowhere"], /nowhere.*schema folder not found/],
    ["a target that is not there", ["codegen", "--targets", "cobol"], /error: unknown target "cobol"/],
    ["a missing argument", ["stub", "Hall"], /missing required argument 'file'/],
    [
      "a folder to watch that is not there",
      ["codegen", "--watch", "--schema", "nowhere"],
      /error: schema folder nowhere not found; create it, or name another folder with --schema/,
    ],
  ])("answers %s with exit code 1 and no stack trace", async (_what, args, reason) => {
    const { code, text } = await photinus(...args);
    expect(code).toBe(1);
    expect(text).toMatch(reason);
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("says of a folder in place of a file what a stub needs", async () => {
    await put("schema/game.proto", proto);
    const { code, text } = await photinus("stub", "Hall", "schema");
    expect(code).toBe(1);
    expect(text).toMatch(/^error: cannot read .*\/schema: .*; expected a TypeScript file or a new path\n$/);
  });

  it("says of an empty schema folder what to do", async () => {
    await mkdir(join(project.path, "schema"));
    const { code, text } = await photinus("codegen");
    expect(code).toBe(1);
    expect(text).toContain("the schema folder has no .proto files");
    expect(text).toContain("help: put the schema's .proto files below");
  });
});
