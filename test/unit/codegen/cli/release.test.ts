import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { type LogFlags, log } from "../../../../codegen/cli/releases/log-command.ts";
import { type ReleaseFlags, release } from "../../../../codegen/cli/releases/release-command.ts";
import { rename } from "../../../../codegen/cli/rename-command.ts";
import { parseLock } from "../../../../codegen/lock/format.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";

const proto = `syntax = "proto3";
package game;
import "photinus/options.proto";

// A hall.
service Hall {
  option (photinus.service) = { role: "hall" };
  // Opens it.
  rpc Open(Door) returns (Door) {
    option (photinus.command) = { id: 1 auth: ADMIN };
  }
}
message Door {
  uint32 number = 1;
}
`;
const longer = proto.replace("number = 1;", "number = 1;\n  string name = 2;");
const broken = longer.replace("id: 1", "id: 2");
const lockFile = "schema/photinus.lock.json";

const project = CodegenFolder.forEachTest();
const { git, put, read, run } = project;

function record(flags: ReleaseFlags = {}): Promise<boolean> {
  const { output } = project;
  // A quarter to midnight in New York is the next day in UTC.
  return release(flags, { folder: project.path, output, now: new Date("2026-11-27T23:45:00-05:00") });
}

const releases = async () => {
  const { lock, diagnostics } = parseLock(await read(lockFile));
  expect(diagnostics).toEqual([]);
  return lock?.releases ?? [];
};

beforeEach(async () => {
  await put("schema/game.proto", proto);
  await run();
  project.forget();
});

describe("photinus release", () => {
  it("records number, UTC day, what clients understand, and the whole protocol with its policy", async () => {
    expect(await record()).toBe(true);
    const [first, ...others] = await releases();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ number: 1, date: "2026-11-28", clients: 1 });
    expect(first?.model.calls).toMatchObject([{ name: "game.Hall.Open", id: 1, auth: "ADMIN" }]);
    expect(first?.model.calls[0]).not.toHaveProperty("at");
    expect(project.printed).toEqual([
      `${lockFile}: release 1 of 2026-11-28, fingerprint ${first?.model.fingerprint}`,
      "next: run photinus codegen, and commit the lock file with the generated files",
    ]);
  });

  it("records ids and numbers of a schema that was never generated", async () => {
    await put("schema/game.proto", longer);
    expect(await record()).toBe(true);
    expect(await read(lockFile)).toContain('"2": { "name": "name", "type": "string" }');
    expect(await run({}, { check: false })).toBe(true);
    expect(await releases()).toHaveLength(1);
  });

  it("says that the schema is the last release already, and changes nothing", async () => {
    await record();
    const before = await read(lockFile);
    project.forget();
    await put("schema/game.proto", `// Moved by a line.\n${proto}`);
    expect(await record()).toBe(true);
    expect(await record({ number: "9" })).toBe(true);
    expect(project.printed).toEqual(
      Array.from({ length: 2 }, () => "schema is release 1 of 2026-11-28 already; nothing to record"),
    );
    expect(await read(lockFile)).toBe(before);
  });

  it("records a change of policy alone as a release with the former fingerprint", async () => {
    await record();
    await put("schema/game.proto", proto.replace("ADMIN", "USER"));
    expect(await record()).toBe(true);
    const [first, second] = await releases();
    expect(second?.model.fingerprint).toBe(first?.model.fingerprint);
    expect(second?.model.calls).toMatchObject([{ auth: "USER" }]);
    expect(project.printed).toContain(
      "the fingerprint is that of release 1; policy, tables or comments changed",
    );
  });

  it("says which clients are understood, and the first change that others do not understand", async () => {
    await record();
    await put("schema/game.proto", longer);
    await record();
    expect(project.printed).toContain("clients of all releases are understood");
    await put("schema/game.proto", broken);
    await record({ number: "7" });
    expect(project.printed.join("\n")).toContain(
      "clients of earlier releases are not understood: the id of game.Hall.Open was 1 and is 2",
    );
    await put("schema/game.proto", broken.replace("string name = 2;", "string name = 2;\n  bool shut = 3;"));
    await record();
    expect(project.printed.join("\n")).toContain("clients from before release 7 are not understood: ");
    expect((await releases()).map(({ number, clients }) => [number, clients])).toEqual([
      [1, 1],
      [2, 1],
      [7, 7],
      [8, 7],
    ]);
  });

  it.each(["0", "1", "-1", "1.5", "two", "2147483648"])("refuses the number %s", async (number) => {
    await record();
    await put("schema/game.proto", longer);
    await expect(record({ number })).rejects.toThrow(
      /release number .*; expected a number from 2 to 2147483647/,
    );
    expect(await releases()).toHaveLength(1);
  });

  it("never gives a number again that git's HEAD or a tag has", async () => {
    git("init", "-q", "-b", "main");
    await record({ number: "4" });
    git("add", "-A");
    git("commit", "-q", "-m", "x");
    git("tag", "v4");
    git("checkout", "-q", "--orphan", "other");
    await put(lockFile, '{ "version": 1, "calls": {}, "methods": {}, "messages": {}, "enums": {} }');
    git("add", "-A");
    git("commit", "-q", "-m", "x");
    await expect(record({ number: "4" })).rejects.toThrow("release number 4 is not free");
    expect(await record()).toBe(true);
    expect((await releases()).map(({ number }) => number)).toEqual([5]);
  });

  it("does not begin with 1 again when the lock file was lost", async () => {
    await record();
    await rm(join(project.path, lockFile));
    await expect(record()).rejects.toThrow(`${lockFile} is missing, but codegen has run before`);
  });

  it("records nothing for a schema with errors", async () => {
    await put("schema/game.proto", proto.replace("number = 1", "number = 0"));
    expect(await record()).toBe(false);
    expect(project.complained.join("\n")).toContain("PH020");
    expect(await releases()).toEqual([]);
  });

  it("asks which schema is meant when package.json has several", async () => {
    await put("other/other.proto", proto.replace("package game", "package other").replace("id: 1", "id: 3"));
    const codegen = [{ schema: "schema" }, { schema: "other", out: "more" }];
    await put("package.json", JSON.stringify({ photinus: { codegen } }));
    await expect(record()).rejects.toThrow("choose one with --schema: schema, other");
    expect(await record({ schema: "other" })).toBe(true);
    expect(await releases()).toEqual([]);
  });
});

describe("generated code after photinus release", () => {
  const server = async () => {
    expect(await run()).toBe(true);
    const text = await read("generated/server/protocol.ts");
    const [, release = "", releases = ""] =
      /^ {2}release: (\d+),\n {2}releases: \[(.*?)\],\n {2}\w/ms.exec(text) ?? [];
    return {
      release: Number(release),
      releases: releases
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    };
  };
  const client = async () => {
    const [index, node] = [await read("generated/client/index.ts"), await read("generated/client/node.ts")];
    for (const text of [index, node]) {
      expect(text).toContain("const { schema = fingerprint, release: number = release } = options;");
      expect(text).toContain("return open(url, { ...options, schema, release: number });");
    }
    return Number(/^export const release = (\d+);$/m.exec(index)?.[1]);
  };
  const fingerprint = async () =>
    /fingerprint: (".*"),/.exec(await read("generated/server/protocol.ts"))?.[1];

  it("has the number 0 and no releases before the first one", async () => {
    expect(await server()).toEqual({ release: 0, releases: [] });
    expect(await client()).toBe(0);
  });

  it("has the number of the release, as server and as client", async () => {
    await record({ number: "3" });
    expect(await run({}, { check: true })).toBe(false);
    const own = await server();
    expect(own).toEqual({ release: 3, releases: [`{ number: 3, fingerprint: ${await fingerprint()} },`] });
    expect(await client()).toBe(3);
  });

  it("counts as newer than all releases once the schema has changed, until it is released", async () => {
    await record();
    const first = await fingerprint();
    await put("schema/game.proto", longer);
    expect(await server()).toEqual({ release: 2, releases: [`{ number: 1, fingerprint: ${first} },`] });
    expect(await client()).toBe(0);
    const second = await fingerprint();
    await record();
    expect(await server()).toMatchObject({
      release: 2,
      releases: [{}, `{ number: 2, fingerprint: ${second} },`],
    });
    expect(await client()).toBe(2);
  });

  it("says which change since a release its clients do not understand", async () => {
    await record();
    const first = await fingerprint();
    await put("schema/game.proto", broken);
    await record();
    const { releases } = await server();
    expect(releases).toEqual([
      `{ number: 1, fingerprint: ${first}, breaks: "the id of game.Hall.Open was 1 and is 2" },`,
      `{ number: 2, fingerprint: ${await fingerprint()} },`,
    ]);
  });

  it("understands clients whose commands photinus rename renamed", async () => {
    await record();
    const { output } = project;
    await rename("game.Hall.Open", "Shut", {}, { folder: project.path, output });
    const { releases } = await server();
    expect(releases).toHaveLength(1);
  });
});

describe("photinus log", () => {
  const printed = async (flags: LogFlags = {}) => {
    project.forget();
    const { output } = project;
    const result = await log(flags, { folder: project.path, output });
    return { result, lines: project.printed };
  };

  it("says that nothing was released, and writes nothing", async () => {
    const before = await project.files();
    expect(await printed()).toEqual({
      result: true,
      lines: [`${lockFile} has no release; photinus release records the first one`],
    });
    expect(await project.files()).toEqual(before);
  });

  it("prints the releases in the lock file, and the changes since the last one", async () => {
    await record();
    await put("schema/game.proto", longer);
    const { result, lines } = await printed();
    expect(result).toBe(true);
    expect(lines.map((line) => line.replace(/[0-9a-f]{16}/, "F"))).toEqual([
      "not released",
      "  changed",
      "    game.Hall.Open (request 1)",
      "      S field-added: the field game.Door.name = 2 is new",
      "",
      "release 1 of 2026-11-28, fingerprint F",
      "  added",
      "    game.Hall.Open (request 1)",
    ]);
  });

  it("prints what is wrong with the schema or the lock file", async () => {
    await put("schema/game.proto", proto.replace("number = 1", "number = 0"));
    expect(await printed()).toEqual({ result: false, lines: [] });
    expect(project.complained.join("\n")).toContain("PH020");
    await put(lockFile, "<<<<<<< ours");
    expect(await printed()).toEqual({ result: false, lines: [] });
    expect(project.complained.join("\n")).toContain("PH090");
  });
});

describe("the command line", () => {
  const main = fileURLToPath(new URL("../../../../runtime/main.ts", import.meta.url));
  const command = (...args: string[]) => {
    const argv = ["-C", "photinus-source", main, ...args];
    const { status, stdout } = spawnSync(process.execPath, argv, { cwd: project.path, encoding: "utf8" });
    return { status, line: stdout.split("\n")[0] };
  };

  it("has the commands release and log", async () => {
    expect(command("release", "--number", "7")).toMatchObject({
      status: 0,
      line: expect.stringMatching(/^schema\/photinus.lock.json: release 7 of \d{4}-\d\d-\d\d, fingerprint /),
    });
    expect(command("release").line).toMatch(/^schema is release 7 of .* already; nothing to record$/);
    expect(command("log").line).toMatch(/^release 7 of /);
    await put("schema/game.proto", longer);
    expect(command("release", "--number", "7").status).toBe(1);
  });
});
