import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import mysql from "mysql2/promise";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { Workshop, writeQuiet } from "../process/game.ts";

const protocol = fileURLToPath(
  new URL("../../conformance/tables/fixtures/server/protocol.ts", import.meta.url),
);

let workshop: Workshop;
let file: string;

beforeEach(() => {
  workshop = new Workshop();
  file = join(workshop.folder, "kept", "game.sqlite");
  writeQuiet(workshop, { protocol, data: { embedded: { file } } });
});
afterEach(() => workshop.close());

function inFile<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

describe("photinus data migrate", () => {
  test("makes the tables of the schema, then has nothing to do", async () => {
    const first = await workshop.run("data", "migrate");
    expect(first).toMatchObject({ code: 0, errors: "" });
    expect(first.out).toMatch(
      /^hero: create the table\n(.*: create the table\n)+\d+ changes applied in .*game\.sqlite\.\n$/,
    );
    expect(await workshop.run("data", "migrate")).toEqual({
      code: 0,
      out: `Nothing to do in ${file}.\n`,
      errors: "",
    });
  });

  test("--dry-run prints SQL that does the same, and changes nothing", async () => {
    const { code, out } = await workshop.run("data", "migrate", "--dry-run");
    expect(code).toBe(0);
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
    mkdirSync(dirname(file));
    inFile((database) => database.exec(out));
    expect(await workshop.run("data", "migrate", "--dry-run")).toEqual({
      code: 0,
      out: "-- nothing to do\n",
      errors: "",
    });
  });

  test("refuses what can lose data with the statement for it, changes nothing, and ends with 1", {
    timeout: 120_000,
  }, async () => {
    await workshop.run("data", "migrate");
    inFile((database) => {
      database.exec('CREATE UNIQUE INDEX "old one" ON hero (gold); ALTER TABLE hero DROP COLUMN note;');
    });
    const { code, out, errors } = await workshop.run("data", "migrate");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(errors).toContain(
      "refused: hero: the schema has no unique index old one on (gold), which rejects rows that the schema allows\n" +
        '  DROP INDEX IF EXISTS "old one";\nNothing was changed in ',
    );
    expect(errors).toContain("1 other change would lose no data; --additive applies");
    const additive = await workshop.run("data", "migrate", "--additive");
    expect(additive).toMatchObject({
      code: 1,
      out: `hero: add the column note, text\n1 change applied in ${file}.\n`,
    });
    // When every remaining change is refused, the command must not print that no change is needed.
    for (const option of [[], ["--additive"], ["--dry-run"]]) {
      const again = await workshop.run("data", "migrate", ...option);
      expect(again).toMatchObject({ code: 1, errors: expect.stringContaining("refused: hero: ") });
      expect(`${again.out}${again.errors}`).not.toMatch(/nothing to do/i);
    }
    inFile((database) => database.exec('DROP INDEX "old one"'));
    expect(await workshop.run("data", "migrate")).toMatchObject({
      code: 0,
      out: `Nothing to do in ${file}.\n`,
    });
  });

  test("leaves what the schema does not have, and tells the statement that would drop it", async () => {
    await workshop.run("data", "migrate");
    inFile((database) => database.exec('ALTER TABLE hero ADD COLUMN "old one" integer'));
    const told =
      "not dropped: hero: the column old one (integer null), which is not in the schema; harmless\n" +
      '  ALTER TABLE "hero" DROP COLUMN "old one";\n';
    const refused = await workshop.run("data", "migrate");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toContain(
      `${told}Nothing was changed in ${file}. Drops need a decision: run the statements above`,
    );
    expect(await workshop.run("data", "migrate", "--additive")).toEqual({
      code: 0,
      out: `Nothing to do in ${file}.\n${told}`,
      errors: "",
    });
    const dry = await workshop.run("data", "migrate", "--dry-run");
    expect(dry).toMatchObject({ code: 1, out: "-- the differences need a decision\n" });
    expect(dry.errors).toContain(told);
  });

  test("works on MariaDB by its URL, whose password it never tells", { timeout: 120_000 }, async () => {
    await using server = await openMySql();
    const database = await server.createDatabase();
    const { url } = database;
    const place = new URL(url).host + new URL(url).pathname;
    writeQuiet(workshop, { protocol, data: { mysql: { url }, redis: { url: "redis://127.0.0.1:1" } } });
    const dry = await workshop.run("data", "migrate", "--dry-run");
    expect(dry).toMatchObject({ code: 0, errors: "" });
    const person = await mysql.createConnection({ uri: url, multipleStatements: true });
    expect(await person.query("SHOW TABLES")).toMatchObject([[], {}]);
    await person.query(dry.out);
    expect(await workshop.run("data", "migrate")).toEqual({
      code: 0,
      out: `Nothing to do in ${place}.\n`,
      errors: "",
    });
    await person.query("ALTER TABLE hero DROP COLUMN note");
    await person.end();
    expect(await workshop.run("data", "migrate")).toMatchObject({
      code: 0,
      out: `hero: add the column note, text\n1 change applied in ${place}.\n`,
    });
    const away = "mysql://root:secret@127.0.0.1:1/game";
    writeQuiet(workshop, { protocol, data: { mysql: { url: away }, redis: { url: "redis://127.0.0.1:1" } } });
    const refused = await workshop.run("data", "migrate");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toMatch(
      /^error: no connection to MySQL at 127\.0\.0\.1:1\/game: connect ECONNREFUSED/,
    );
    expect(refused.errors).not.toContain("secret");
    await database.drop();
  });

  test("says so when the schema has no tables", async () => {
    writeQuiet(workshop);
    const { code, errors } = await workshop.run("data", "migrate");
    expect(code).toBe(1);
    expect(errors).toMatch(/^error: the schema of .*photinus\.config\.json has no tables; give a message/);
    const missing = 'tables: () => import("./none.tables.mjs")';
    workshop.write(
      "protocol.mjs",
      `export const protocol = { fingerprint: "0", commands: [], pushes: [], methods: [], ${missing} };`,
    );
    const broken = await workshop.run("data", "migrate");
    expect(broken.errors).toMatch(
      /^error: the tables of .* cannot be loaded: .*none\.tables\.mjs.*; run photinus codegen\n$/,
    );
  });
});

describe("photinus data status", () => {
  test("shows every table of the schema, and what a change outlives", async () => {
    const { code, out, errors } = await workshop.run("data", "status");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const [store, shown, durability] = out.split("\n");
    expect(store).toMatch(/^store +embedded \(SQLite\)$/);
    expect(shown).toMatch(/^file +\/.*\.sqlite \(does not exist yet; created when a table is first used\)$/);
    expect(durability).toMatch(/^durability +every acknowledged change/);
    await workshop.run("data", "migrate");
    expect((await workshop.run("data", "status")).out.split("\n")[1]).toBe(`file        ${file}`);
    expect(out).toMatch(/\n\ntable +database\nhero +main\n/);
    expect(out).toMatch(/\nvault +main\n/);
    const { tables, kind, file: told } = JSON.parse((await workshop.run("data", "status", "--json")).out);
    expect({ kind, told }).toEqual({ kind: "embedded", told: file });
    expect(tables).toContainEqual({
      ...{ name: "hero", database: "main", durability: "write-behind" },
      ...{ cachedRows: 0, dirtyRows: 0 },
    });
  });
});

describe("photinus data dead-letters", () => {
  test("finds none in the embedded store", async () => {
    expect(await workshop.run("data", "dead-letters", "list")).toEqual({
      code: 0,
      out: "No dead letters.\n",
      errors: "",
    });
    const list = await workshop.run("data", "dead-letters", "list", "--json", "--limit", "5");
    expect(JSON.parse(list.out)).toEqual([]);
    expect(await workshop.run("data", "dead-letters", "retry", "s3-1-0")).toEqual({
      code: 1,
      out: "0 dead letters returned to the journal.\n",
      errors: "error: dead letter s3-1-0 does not exist\n",
    });
  });

  test("wants ids or --all, and a limit that is a number", async () => {
    expect(await workshop.run("data", "dead-letters", "drop")).toEqual({
      code: 1,
      out: "",
      errors: "error: expected the ids of the dead letters to drop, or --all\n",
    });
    const list = await workshop.run("data", "dead-letters", "list", "--limit", "many");
    expect(list).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^error: invalid --limit many; expected/),
    });
  });
});
