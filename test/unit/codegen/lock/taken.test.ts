import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelOf as snapshotOf, withoutPlaces } from "../../../../codegen/evolution/model/model-of.ts";
import { LockSession, lockPath, lockSchema, writeLock } from "../../../../codegen/lock/file.ts";
import { formatLock } from "../../../../codegen/lock/format.ts";
import { committedLocks } from "../../../../codegen/lock/taken/git.ts";
import { commitIn, gitIn } from "../../../setup/git-folder.ts";
import { modelOf } from "../load/schemas.ts";

let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "photinus-taken-"));
  root = join(folder, "schema");
  await mkdir(root);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const git = (...args: string[]) => gitIn(folder, ...args);
const commit = () => commitIn(folder);

const head = 'syntax = "proto3";\npackage test;\nimport "photinus/options.proto";\n';

/** Locks a schema of this text as a run does; returns the codes of what is wrong. */
async function save(text: string, session?: LockSession): Promise<string[]> {
  const files = { "test.proto": head + text };
  await writeFile(join(root, "test.proto"), files["test.proto"]);
  const { lock, text: after, diagnostics } = await lockSchema(await modelOf(files), root, session);
  if (lock !== undefined && after !== undefined) {
    writeLock(root, after);
    session?.wrote(after, lock);
  }
  return diagnostics.map(({ code }) => code);
}

/** Records a schema of this text as the next release in the lock file, without a commit. */
async function record(text: string): Promise<void> {
  const schema = await modelOf({ "test.proto": head + text });
  const { lock, lastNumber } = await lockSchema(schema, root);
  if (lock === undefined) throw new Error("the schema has errors");
  const model = withoutPlaces(snapshotOf(schema));
  const entry = { number: lastNumber + 1, date: "2026-11-27", clients: 1, model };
  writeLock(root, formatLock({ ...lock, releases: [...lock.releases, entry] }));
}

const service = (rpcs: string) =>
  `message E {} service S { option (photinus.service) = { role: "a" }; ${rpcs} }`;
const rpc = (name: string, id: number) =>
  `rpc ${name}(E) returns (E) { option (photinus.command) = { id: ${id} }; }`;

/** What is saved first, and then in its place, and the code that says that it is taken. */
const changes = [
  ["a field's type", "message M { int32 a0 = 1; }", "message M { string a0 = 1; }", "PH092"],
  ["a field's narrower type", "message M { int64 a = 1; }", "message M { int32 a = 1; }", "PH092"],
  ["a command of an id", service(rpc("Open", 7)), service(rpc("Shut", 7)), "PH091"],
  ["an enum's value", "enum E { E_A = 0; E_B = 1; }", "enum E { E_A = 0; E_C = 1; }", "PH093"],
  [
    "the message of a table",
    'message A { option (photinus.table) = { name: "t" }; uint32 id = 1 [(photinus.column) = { primary_key: true }]; }',
    'message A { uint32 id = 1; } message B { option (photinus.table) = { name: "t" }; string key = 1 [(photinus.column) = { primary_key: true max_length: 9 }]; }',
    "PH095",
  ],
] as const;

describe("a number that was given while the schema was watched", () => {
  it.each(changes)("is free again, without git: %s", async (_what, first, second) => {
    const session = new LockSession();
    expect(await save("message Other { bool b = 1; }", session)).toEqual([]);
    expect(await save(first, session)).toEqual([]);
    expect(await save(second, session)).toEqual([]);
    expect(await save(first, session)).toEqual([]);
  });

  it.each(changes)("is taken for another run, without git: %s", async (_what, first, second, code) => {
    expect(await save(first, new LockSession())).toEqual([]);
    expect(await save(second, new LockSession())).toEqual([code]);
  });

  it("leaves the lock file when the schema gives it up", async () => {
    const session = new LockSession();
    await save("message M { int32 a = 1; }", session);
    const before = await readFile(lockPath(root), "utf8");
    await save("message M { int32 a = 1; string b = 12; }", session);
    await save("message M { int32 a = 1; string b = 123; }", session);
    await save("message M { int32 a = 1; }", session);
    expect(await readFile(lockPath(root), "utf8")).toBe(before);
  });

  it("is taken when the lock file came from somebody else meanwhile", async () => {
    const session = new LockSession();
    await save("message M { int32 a = 1; }", session);
    await writeFile(lockPath(root), `${await readFile(lockPath(root), "utf8")}\n`);
    expect(await save("message M { string a = 1; }", session)).toEqual(["PH092"]);
  });

  it("keeps what the file had before, as removed", async () => {
    await save("message M { int32 a = 1; string b = 2; }");
    const session = new LockSession();
    await save("message M { int32 a = 1; }", session);
    expect(await save("message M { int32 a = 1; bool b = 2; }", session)).toEqual(["PH092"]);
    expect(await readFile(lockPath(root), "utf8")).toContain(
      '"name": "b", "type": "string", "removed": true',
    );
  });
});

describe("a number that no commit has", () => {
  beforeEach(() => git("init", "-q"));

  it.each(changes)("is free, before the first commit: %s", async (_what, first, second) => {
    expect(await save(first)).toEqual([]);
    expect(await save(second)).toEqual([]);
  });

  it.each(changes)("is free, after others: %s", async (_what, first, second) => {
    await save("message Other { bool b = 1; }");
    commit();
    expect(await save(first)).toEqual([]);
    expect(await save(second)).toEqual([]);
    commit();
    expect(await save(first)).not.toEqual([]);
  });

  it("is free where the schema has it no more, and is taken where HEAD has it", async () => {
    await save("message M { int32 a = 1; string b = 2; }");
    commit();
    await save("message M { int32 a = 1; string c = 3; }");
    await save("message M { int32 a = 1; }");
    const lock = await readFile(lockPath(root), "utf8");
    expect(lock).toContain('"name": "b", "type": "string", "removed": true');
    expect(lock).not.toContain('"name": "c"');
    expect(await save("message M { int32 a = 1; bool d = 2; }")).toEqual(["PH092"]);
  });

  it("does not come in the way of what HEAD has: a type made wider, a name given up", async () => {
    await save(`message M { int32 a = 1; string b = 2; } ${service(rpc("Open", 7))}`);
    commit();
    expect(await save("message M { int64 a = 1; } message E {}")).toEqual(["PH094"]);
    expect(await save(`message M { int32 a = 1; string c = 2; } ${service(rpc("Open", 7))}`)).toEqual([]);
  });

  it("keeps a correction by hand", async () => {
    await save(service(rpc("Open", 7)));
    commit();
    expect(await save(service(rpc("Shut", 7)))).toEqual(["PH091"]);
    const lock = await readFile(lockPath(root), "utf8");
    await writeFile(lockPath(root), lock.replace("test.S.Open", "test.S.Shut"));
    expect(await save(service(rpc("Shut", 7)))).toEqual([]);
  });

  it("keeps the former names of a field, for databases that have its column", async () => {
    await save("message Other { bool b = 1; }");
    commit();
    const table = (name: string) =>
      `message M { option (photinus.table) = { name: "m" }; uint32 id = 1 [(photinus.column) = { primary_key: true }]; int32 ${name} = 2; }`;
    await save(table("gold"));
    await save(table("coins"));
    expect(await readFile(lockPath(root), "utf8")).toContain(
      '"name": "coins", "type": "int32", "was": ["gold"]',
    );
  });

  it("is taken where HEAD has it, also when the lock file was deleted", async () => {
    await save("message M { int32 a = 1; string b = 2; }");
    commit();
    const before = await readFile(lockPath(root), "utf8");
    await rm(lockPath(root));
    expect(await save("message M { string a = 1; }")).toEqual(["PH092"]);
    expect(await save("message M { int32 a = 1; string b = 2; }")).toEqual([]);
    expect(await readFile(lockPath(root), "utf8")).toBe(before);
  });

  it("is read once, however many tags have it", async () => {
    await save("message M { int32 a0 = 1; }");
    commit();
    git("checkout", "-q", "-b", "release");
    commit();
    for (let n = 1; n <= 20; n++) git("tag", `v${n}`);
    await save("message M { int32 a0 = 1; string b = 2; }");
    commit();
    git("tag", "v21");
    const text = await readFile(lockPath(root), "utf8");
    git("checkout", "-q", "-");
    const own = await readFile(lockPath(root), "utf8");
    expect(own).not.toBe(text);
    expect(committedLocks(root)).toEqual([own, text]);
  });

  it("is taken where a tag has it that HEAD does not contain", async () => {
    await save("message M { int32 a = 1; }");
    commit();
    git("checkout", "-q", "-b", "release");
    await save("message M { int32 a = 1; string b = 2; }");
    commit();
    git("tag", "-a", "v1", "-m", "x");
    git("checkout", "-q", "-");
    expect(committedLocks(root)).toHaveLength(2);
    await save("message M { int32 a = 1; string b = 2; }");
    expect(await save("message M { int32 a = 1; bool b = 2; }")).toEqual(["PH092"]);
  });

  it.each([
    ["git ignores the lock file", async () => writeFile(join(folder, ".gitignore"), "photinus.lock.json\n")],
    [
      "the schema is committed without it",
      async () => {
        await writeFile(join(root, "test.proto"), head);
        commit();
      },
    ],
    [
      "HEAD has one that cannot be read",
      async () => {
        await writeFile(lockPath(root), "<<<<<<<");
        commit();
        await rm(lockPath(root));
      },
    ],
  ])("is taken when %s", async (_what, happens) => {
    await happens();
    expect(await save("message M { int32 a = 1; }")).toEqual([]);
    expect(await save("message M { string a = 1; }")).toEqual(["PH092"]);
  });
});

describe("a number that a release has", () => {
  beforeEach(() => git("init", "-q"));

  it.each(changes)(
    "is taken before the first commit, and the error names the release: %s",
    async (...row) => {
      const [, first, second, code] = row;
      await record(first);
      await record("message Other { bool b = 1; }");
      const schema = await modelOf({ "test.proto": head + second });
      const { diagnostics } = await lockSchema(schema, root);
      expect(diagnostics.map((one) => one.code)).toEqual([code]);
      expect(diagnostics[0]?.message).toMatch(/ \(release 1 has it\)$/);
    },
  );

  it("stays in the lock file as removed when the schema gives it up", async () => {
    await record("message M { int32 a = 1; string b = 12; }");
    expect(await save("message M { int32 a = 1; string c = 3; }")).toEqual([]);
    expect(await save("message M { int32 a = 1; }")).toEqual([]);
    const lock = await readFile(lockPath(root), "utf8");
    expect(lock).toContain('"12": { "name": "b", "type": "string", "removed": true }');
    expect(lock).not.toContain('"name": "c"');
  });

  it("is restored when a merge has lost its line", async () => {
    await record(`message M { int32 a = 1; string b = 12; } ${service(rpc("Open", 7) + rpc("Close", 8))}`);
    const line = /\n {6}"12": .*|,\n {4}"8": .*/g;
    const text = await readFile(lockPath(root), "utf8");
    expect(text.match(line)).toHaveLength(2);
    await writeFile(lockPath(root), text.replace(line, "").replace('"int32" },', '"int32" }'));
    expect(await save(`message M { int32 a = 1; bool c = 12; } ${service(rpc("Open", 7))}`)).toEqual([
      "PH092",
    ]);
    expect(await save(`message M { int32 a = 1; } ${service(rpc("Open", 7) + rpc("Shut", 8))}`)).toEqual([
      "PH091",
    ]);
  });

  it("is that of the renamed declaration after a rename in the lock file", async () => {
    const table = (name: string) =>
      `message ${name} { option (photinus.table) = { name: "m" }; uint32 id = 1 [(photinus.column) = { primary_key: true }]; }`;
    await record(table("Player") + service(rpc("Open", 7)));
    const text = await readFile(lockPath(root), "utf8");
    const [numbers = "", releases = ""] = text.split('  "releases"');
    const renamed = numbers.replaceAll("test.Player", "test.Hero").replaceAll("test.S.Open", "test.S.Shut");
    await writeFile(lockPath(root), `${renamed}  "releases"${releases}`);
    expect(await save(table("Hero") + service(rpc("Shut", 7)))).toEqual([]);
    expect(await readFile(lockPath(root), "utf8")).toBe(`${renamed}  "releases"${releases}`);
  });
});

describe("the number of the last release", () => {
  it("counts the lock files of HEAD and of tags that HEAD does not contain", async () => {
    git("init", "-q");
    await record("message M { int32 a = 1; }");
    commit();
    git("checkout", "-q", "-b", "other");
    await record("message M { int32 a = 1; bool b = 2; }");
    commit();
    git("tag", "v2");
    git("checkout", "-q", "-");
    const schema = await modelOf({ "test.proto": `${head}message M { int32 a = 1; }` });
    const found = await lockSchema(schema, root);
    expect(found.lock?.releases.map(({ number }) => number)).toEqual([1]);
    expect(found.lastNumber).toBe(2);
  });
});
