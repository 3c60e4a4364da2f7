import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { type CheckFlags, check } from "../../../../codegen/cli/check/check-command.ts";
import { release } from "../../../../codegen/cli/releases/release-command.ts";
import { rename } from "../../../../codegen/cli/rename-command.ts";
import { modelOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import { formatLock } from "../../../../codegen/lock/format.ts";
import { emptyLock } from "../../../../codegen/lock/lock.ts";
import { CodegenFolder } from "../../../setup/codegen-folder.ts";
import { modelOf as schemaOf } from "../load/schemas.ts";

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
const lowered = proto.replace("auth: ADMIN", "auth: ANYONE");
const reason = "the auth of game.Hall.Open was ADMIN and is ANYONE";
const place = "schema/game.proto:9";

const project = CodegenFolder.forEachTest();
const { commit, git, put, read, run } = project;

function checked(flags: CheckFlags, environment: Readonly<Record<string, string>> = {}): Promise<0 | 1> {
  const { output } = project;
  return check(flags, { folder: project.path, environment, output });
}

/** Settings of package.json that acknowledge rules. */
const settings = (rules: object) =>
  put("package.json", JSON.stringify({ photinus: { evolution: { rules } } }));

beforeEach(async () => {
  git("init", "-q", "-b", "main");
  await put("schema/game.proto", proto);
  await run();
  commit();
  project.forget();
});

describe("photinus check", () => {
  it("accepts a schema without changes, or with safe ones", async () => {
    expect(await checked({ against: "HEAD" })).toBe(0);
    await put("schema/game.proto", proto.replace("1;\n}", "1;\n  string name = 2;\n}"));
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.slice(-4)).toEqual([
      "schema compared with HEAD: 1 change",
      "",
      "S: safe",
      "  schema/game.proto:15 field-added: the field game.Door.name = 2 is new",
    ]);
  });

  it("refuses a lowered auth, and says where, who is hurt and what would be safe", async () => {
    await put(
      "schema/game.proto",
      lowered
        .replace("id: 1", 'id: 2 route: { hash: "number" }')
        .replace("number = 1", "number = 1 [deprecated = true]"),
    );
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.printed).toEqual([
      "schema compared with HEAD: 4 changes",
      "",
      "B: breaks",
      `  ${place} command-id-changed (1): the id of game.Hall.Open was 1 and is 2`,
      "    hurts: old client, new client",
      "    safe way: restore the former id; for another meaning add a command with an id that was never used",
      "",
      "M: needs a migration of data",
      `  ${place} route-changed (11), classes R M: the route of game.Hall.Open was session and is the hash of number`,
      "    hurts: old node, stored rows",
      expect.stringContaining("    safe way: add a command with the new route"),
      "",
      "S!: safe on the wire, but to be acknowledged",
      `  ${place} auth-lowered (8): ${reason}`,
      expect.stringContaining("    safe way: restore the level"),
      "",
      "S: safe",
      "  schema/game.proto:14 deprecated: game.Door.number is deprecated",
      "",
    ]);
    expect(project.complained.at(-1)).toMatch(
      /^error: 3 of them are neither safe nor acknowledged\n {2}help: /,
    );
  });

  it("compares with a branch, a tag, a commit, a folder, and the committed schema of a subfolder", async () => {
    git("tag", "v1");
    await put("before/game.proto", proto);
    await put("schema/game.proto", lowered);
    for (const against of ["main", "v1", "HEAD~0", "before", "./before"]) {
      expect([against, await checked({ against })]).toEqual([against, 1]);
    }
    commit();
    expect(await checked({ against: "main" })).toBe(0);
    expect(await checked({ against: "v1" })).toBe(1);
  });

  it("compares with a release in a lock file: the last one, or the one of a number", async () => {
    const file = "schema/photinus.lock.json";
    const { output } = project;
    const record = () => release({}, { folder: project.path, output });
    expect(await record()).toBe(true);
    expect(await checked({ against: file })).toBe(0);
    await put("schema/game.proto", lowered);
    expect(await checked({ against: file })).toBe(1);
    expect(project.printed).toContain(`  ${place} auth-lowered (8): ${reason}`);
    expect(await record()).toBe(true);
    expect(await checked({ against: file })).toBe(0);
    expect(await checked({ against: `${file}#2` })).toBe(0);
    expect(await checked({ against: `${file}#1` })).toBe(1);
    await expect(checked({ against: `${file}#3` })).rejects.toThrow(
      `release 3 not found in ${file}#3; expected one of 1, 2`,
    );
  });

  it("finds a command that photinus rename renamed since a release to be the former one", async () => {
    const { output } = project;
    await release({}, { folder: project.path, output });
    await rename("game.Hall.Open", "Shut", {}, { folder: project.path, output });
    project.forget();
    expect(await checked({ against: "schema/photinus.lock.json#1" })).toBe(1);
    expect(project.printed.join("\n")).toContain(
      "call-renamed: game.Hall.Open was renamed to game.Hall.Shut",
    );
    expect(project.printed.join("\n")).not.toContain("B: breaks");
  });

  it("refuses a lock file without a release, or with a release of another form", async () => {
    await expect(checked({ against: "schema/photinus.lock.json" })).rejects.toThrow(
      "the lock file schema/photinus.lock.json has no release, only ids and numbers",
    );
    const model = withoutPlaces(modelOf(await schemaOf({ "game.proto": proto })));
    const entry = { number: 1, date: "2026-11-27", clients: 1, model };
    const text = formatLock({ ...emptyLock, releases: [entry] });
    const version = `"version": ${model.version},\n        "errors"`;
    expect(text).toContain(version);
    await put("a.json", text.replace(version, version.replace("1", "2")));
    await expect(checked({ against: "a.json" })).rejects.toThrow("unknown version of the model; expected 1");
    await put("a.json", text.replace('"fields":', '"field":'));
    await expect(checked({ against: "a.json" })).rejects.toThrow(
      "cannot read the lock file a.json: releases.1: fields of the model is not a list",
    );
    await put("a.json", "{");
    await expect(checked({ against: "a.json" })).rejects.toThrow("cannot read the lock file a.json");
  });

  it("refuses a reference that is missing, unknown, or both a commit and a path", async () => {
    await expect(checked({})).rejects.toThrow("--against is missing");
    await expect(checked({ against: "nowhere" })).rejects.toThrow('"nowhere" not found; expected a commit');
    await expect(checked({ against: "--output=x" })).rejects.toThrow('"--output=x" not found');
    await put("main/game.proto", proto);
    await expect(checked({ against: "main" })).rejects.toThrow('"main" is a commit and a path');
    expect(await checked({ against: "refs/heads/main" })).toBe(0);
    await put("empty/a.txt", "");
    await expect(checked({ against: "empty" })).rejects.toThrow("the folder empty has no .proto files");
    await put("bad/a.proto", "message");
    await expect(checked({ against: "bad" })).rejects.toThrow("the schema in bad has errors");
  });

  it("refuses a commit from before the schema", async () => {
    git("checkout", "-q", "--orphan", "bare");
    git("rm", "-q", "-r", "--cached", ".");
    git("commit", "-q", "--allow-empty", "-m", "x");
    await expect(checked({ against: "HEAD" })).rejects.toThrow("HEAD has no .proto files in schema");
  });

  it("prints the errors of a schema that does not load", async () => {
    await put("schema/game.proto", proto.replace("number = 1", "number = 0"));
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.complained.join("\n")).toContain("schema/game.proto:14:19 error PH020");
  });

  it("finds what photinus rename renamed, and nothing else, to be the former call", async () => {
    await put("schema/game.proto", proto.replace("Open(", "Shut("));
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.printed.join("\n")).toContain("command-id-reused (2)");
    await put("schema/game.proto", proto);
    const { output } = project;
    expect(await rename("game.Hall.Open", "Shut", {}, { folder: project.path, output })).toBe(true);
    project.forget();
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.printed.join("\n")).toContain("S!: safe on the wire, but to be acknowledged");
    expect(project.printed.join("\n")).not.toContain("B: breaks");
    await put("schema/game.proto", proto);
    git("checkout", "-q", "--", "schema");
    expect(await rename("game.Door", "Gate", {}, { folder: project.path, output })).toBe(true);
    await put(
      "schema/game.proto",
      (await read("schema/game.proto")).replace("1;\n}", "1;\n  string name = 2;\n}"),
    );
    await run();
    project.forget();
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.printed.join("\n")).toContain("the message game.Door was renamed to game.Gate");
    expect(project.printed.join("\n")).not.toContain("B: breaks");
  });
});

describe("an acknowledgement", () => {
  it("above the declaration makes a change pass, and stays out of generated code", async () => {
    const allowed = lowered.replace(
      "  // Opens it.\n",
      "  // Opens it.\n  // photinus:allow auth-lowered doors are public now\n",
    );
    await put("schema/game.proto", allowed);
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.slice(-2)).toEqual([
      `  schema/game.proto:10 auth-lowered (8): ${reason}`,
      "    acknowledged in the schema: doors are public now",
    ]);
    await run();
    expect(await read("generated/docs/game.Hall.md")).toContain("Opens it.");
    expect(await read("generated/docs/game.Hall.md")).not.toContain("photinus:allow");
  });

  it("counts behind a declaration, by number, and at no other place", async () => {
    await put("schema/game.proto", lowered.replace("(Door) {", "(Door) { // photinus:allow 8 public"));
    expect(await checked({ against: "HEAD" })).toBe(0);
    await put("schema/game.proto", lowered.replace("// A hall.", "// A hall.\n// photinus:allow 8 public"));
    expect(await checked({ against: "HEAD" })).toBe(1);
    await put(
      "schema/game.proto",
      lowered.replace("(Door) {", "(Door) { // photinus:allow auth-raised public"),
    );
    expect(await checked({ against: "HEAD" })).toBe(1);
  });

  it("that acknowledges nothing is noted, since it would acknowledge a later change", async () => {
    const allowed = lowered.replace("(Door) {", "(Door) { // photinus:allow auth-lowered public");
    const note =
      "schema/game.proto:9 note: photinus:allow auth-lowered acknowledges no change here; " +
      "remove it, or put it above the declaration that changed";
    await put("schema/game.proto", allowed);
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed).not.toContain(note);
    project.commit();
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.at(-1)).toBe(note);
    expect(await checked({ against: "HEAD", json: true })).toBe(0);
    expect(JSON.parse(project.printed.at(-1) ?? "").schemas[0].unusedAllowances).toEqual([
      { file: "schema/game.proto", line: 9, rules: ["auth-lowered"] },
    ]);
  });

  it("needs a known rule and a reason", async () => {
    await put(
      "schema/game.proto",
      proto
        .replace("// A hall.", "// photinus:allow auth-lowered")
        .replace("// Opens it.", "/* photinus:allow auth-lowerd public */"),
    );
    expect(await checked({ against: "HEAD" })).toBe(1);
    expect(project.complained).toEqual([
      "schema/game.proto:5 error: invalid photinus:allow: no reason; expected photinus:allow auth-lowered REASON",
      'schema/game.proto:8 error: invalid photinus:allow: unknown rule "auth-lowerd"; did you mean "auth-lowered"?',
    ]);
  });

  it("in package.json sets the severity of a rule, everywhere or for some names", async () => {
    await put("schema/game.proto", lowered);
    await settings({ "auth-lowered": { severity: "warn", reason: "doors are public" } });
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.at(-1)).toBe("    acknowledged in package.json: doors are public");
    await settings({ 8: { severity: "off", reason: "doors are public", subjects: ["game.Hall.Open"] } });
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.at(-1)).toBe("schema compared with HEAD: 1 change");
    await settings({ 8: { severity: "off", reason: "doors are public", subjects: ["game.Hall.Shut"] } });
    expect(await checked({ against: "HEAD" })).toBe(1);
    await put("schema/game.proto", proto.replace("1;\n}", "1;\n  string name = 2;\n}"));
    await settings({ "field-added": { severity: "error", reason: "frozen for the tournament" } });
    expect(await checked({ against: "HEAD" })).toBe(1);
  });

  it.each([
    [
      { "auth-lowerd": { severity: "warn", reason: "x" } },
      'unknown rule "auth-lowerd"; did you mean "auth-lowered"?',
    ],
    [{ 8: { severity: "warn" } }, "has no reason"],
    [{ 8: { severity: "info", reason: "x" } }, "severity is invalid; expected error, warn, off"],
    [{ 8: { severity: "off", reason: "x", subject: [] } }, 'unknown property "subject"'],
    [{ 8: "off" }, "is not an object"],
  ])("in package.json is refused when it is %j", async (rules, message) => {
    await settings(rules);
    await expect(checked({ against: "HEAD" })).rejects.toThrow(message);
  });
});

describe("the output of photinus check", () => {
  it("is one JSON object with --json", async () => {
    await put("schema/game.proto", lowered);
    expect(await checked({ against: "HEAD", json: true }, { GITHUB_ACTIONS: "true" })).toBe(1);
    const text = project.printed.at(-1) ?? "";
    expect(project.printed).toEqual([text]);
    expect(JSON.parse(text)).toEqual({
      against: "HEAD",
      ok: false,
      schemas: [
        {
          schema: "schema",
          isNew: false,
          unusedAllowances: [],
          invalidAllowances: [],
          changes: [
            {
              ...{ rule: "auth-lowered", number: 8, classes: ["S!"], worst: "S!", subject: "game.Hall.Open" },
              ...{ file: "schema/game.proto", line: 9, reason, hurts: [], verdict: "error" },
              remedy: "restore the level; if more sessions shall use the command, acknowledge the change",
            },
          ],
        },
      ],
    });
  });

  it("has annotations for code review in GitHub Actions, or with the flag", async () => {
    await put("schema/game.proto", lowered.replace("id: 1", "id: 2"));
    await settings({ 8: { severity: "warn", reason: "100% public,\nsure" } });
    await checked({ against: "HEAD" }, { GITHUB_ACTIONS: "true" });
    const lines = project.printed.slice(-2);
    expect(lines).toEqual([
      `::warning file=schema/game.proto,line=9,title=S! auth-lowered (8)::${reason}%0Aacknowledged: 100%25 public,%0Asure`,
      expect.stringMatching(
        /^::error file=schema\/game.proto,line=9,title=B command-id-changed \(1\)::the id .* is 2%0Ahurts: old client, new client%0Asafe way: /,
      ),
    ]);
    await checked({ against: "HEAD", json: true, annotations: true });
    expect(project.complained.slice(-2)).toEqual(lines);
  });

  it("covers every schema of package.json, and names a new one", async () => {
    await put("other/other.proto", proto.replace("package game", "package other").replace("id: 1", "id: 3"));
    const codegen = [{ schema: "schema" }, { schema: "other", out: "more" }];
    await put("package.json", JSON.stringify({ photinus: { codegen } }));
    expect(await checked({ against: "HEAD" })).toBe(0);
    expect(project.printed.slice(-2)).toEqual([
      "schema compared with HEAD: no changes",
      "other: not in HEAD, so everything is new",
    ]);
    await put("before/game.proto", proto);
    await expect(checked({ against: "before" })).rejects.toThrow("package.json has several schemas");
    expect(await checked({ against: "before", schema: "schema" })).toBe(0);
  });
});

describe("the command line of photinus check", () => {
  const main = fileURLToPath(new URL("../../../../runtime/main.ts", import.meta.url));
  const exit = (...args: string[]) => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["-C", "photinus-source", main, "check", ...args],
      {
        cwd: project.path,
        encoding: "utf8",
      },
    );
    return { status, errors: stderr.split("\n")[0] };
  };

  // Seven processes, one after another.
  it("ends with 0, 1 or 2", async () => {
    expect(exit("--against", "HEAD")).toEqual({ status: 0, errors: "" });
    await put("schema/game.proto", lowered);
    expect(exit("--against", "HEAD", "--json")).toEqual({ status: 1, errors: "" });
    expect(exit("--against", "nowhere").status).toBe(2);
    expect(exit().errors).toMatch(/^error: --against is missing/);
    expect(exit().status).toBe(2);
    expect(exit("--agianst", "HEAD").status).toBe(2);
    expect(exit("--help").status).toBe(0);
  }, 120_000);
});
