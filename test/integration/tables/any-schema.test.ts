import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import mysql from "mysql2/promise";
import { expect, test } from "vitest";
import { type MigrateOptions, migrate } from "../../../runtime/tables/migrate/migrate.ts";
import type { MigrationDatabase } from "../../../runtime/tables/migrate/migration-database.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { openSqlite } from "../../../runtime/tables/migrate/sqlite-migrations.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";

/** Pairs of schemas that each database is taken from and to. */
const pairCount = 12;
const seed = 20261122;

/** The one table of a schema, of any shape. */
function anySchema(random: (below: number) => number): string {
  const kinds = ["int32", "uint32", "int64", "uint64", "double", "bool", "string", "bytes"];
  const lengths = [16, 40, 200, 300, 700, 20_000];
  const fields = ["uint64 id = 1 [(photinus.column) = { primary_key: true }];"];
  if (random(6) === 0) fields.push("uint32 slot = 9 [(photinus.column) = { primary_key: true }];");
  const names: string[] = [];
  for (let number = 2; number < 8; number++) {
    if (random(3) === 0) continue;
    const kind = kinds[random(kinds.length)]!;
    if (random(10) === 0) {
      fields.push(`repeated ${kind} f${number} = ${number};`);
      continue;
    }
    const options: string[] = [];
    const length = lengths[random(lengths.length)]!;
    const isLong = kind === "string" || kind === "bytes";
    const isKeyed = kind !== "double" && random(3) === 0;
    if (isLong) options.push(`max_length: ${isKeyed ? Math.min(length, 200) : length}`);
    if (isKeyed) options.push(random(2) === 0 ? "unique: true" : "index: true");
    if (kind !== "double" && !isLong) names.push(`"f${number}"`);
    const column = options.length === 0 ? "" : ` [(photinus.column) = { ${options.join(" ")} }]`;
    fields.push(`${random(3) === 0 ? "optional " : ""}${kind} f${number} = ${number}${column};`);
  }
  const index =
    names.length > 1 && random(2) === 0 ? `index: { columns: [${names.slice(0, 2).join(", ")}] }` : "";
  return `message Hero { option (photinus.table) = { name: "hero" ${index} };\n${fields.join("\n")}\n}`;
}

/** A place of databases; each has a name, and is empty when it is met for the first time. */
interface Kind {
  open(name: string): Promise<MigrationDatabase>;
  run(name: string, statements: readonly string[]): Promise<void>;
}

test("from any schema to any other: nothing is done twice, and what a person is told leads there", {
  timeout: 300_000,
}, async () => {
  await using server = await openMySql();
  const folder = mkdtempSync(join(tmpdir(), "photinus-schemas-"));
  const made = new Map<string, Awaited<ReturnType<typeof server.createDatabase>>>();
  const urlOf = async (name: string) => {
    const database = made.get(name) ?? (await server.createDatabase());
    made.set(name, database);
    return database.url;
  };
  const fileOf = (name: string) => join(folder, `${name}.sqlite`);
  const kinds: readonly Kind[] = [
    {
      open: async (name) => openMysql("main", await urlOf(name)),
      async run(name, statements) {
        const connection = await mysql.createConnection(await urlOf(name));
        try {
          for (const statement of statements) await connection.query(statement);
        } finally {
          await connection.end();
        }
      },
    },
    {
      open: async (name) => openSqlite({ name: "main", file: fileOf(name), isReadOnly: false }),
      async run(name, statements) {
        const database = new DatabaseSync(fileOf(name));
        try {
          database.exec(statements.join(";\n"));
        } finally {
          database.close();
        }
      },
    },
  ];
  const random = randomFrom(seed);
  let refused = 0;
  let applied = 0;
  for (let pair = 0; pair < pairCount; pair++) {
    const schemas = [anySchema(random), anySchema(random)];
    const [before, after] = await Promise.all(schemas.map((schema) => tablesOfSchema(schema)));
    for (const kind of kinds) {
      const counts = await takeThere(kind, `p${pair}`, before!, after!).catch((error: unknown) => {
        throw new Error(`seed ${seed}, pair ${pair}:\n${schemas.join("\n")}`, { cause: error });
      });
      refused += counts.refused;
      applied += counts.applied;
    }
  }
  for (const database of made.values()) await database.drop();
  rmSync(folder, { recursive: true, force: true });
  expect(refused).toBeGreaterThan(pairCount);
  expect(applied).toBeGreaterThan(pairCount);
});

async function takeThere(
  kind: Kind,
  name: string,
  before: readonly TableLayout[],
  after: readonly TableLayout[],
) {
  await bring(kind, name, before);
  await kind.run(name, ["INSERT INTO hero (id) VALUES (1)"]);
  const first = await bring(kind, name, after, { isPartial: true });
  const second = await bring(kind, name, after, { isPartial: true });
  expect(second.applied).toEqual([]);
  expect(second.refusals).toEqual(first.refusals);
  for (;;) {
    const { refusals, leftovers } = await bring(kind, name, after);
    const [next] = [...refusals, ...leftovers];
    if (next === undefined) break;
    await kind.run(name, next.sql).catch((error: unknown) => giveUp(kind, name, next.sql, error));
  }
  const there = await bring(kind, name, after);
  expect(there).toMatchObject({ steps: [], refusals: [], leftovers: [] });
  // A migrated table and a new one are the same, but for the order of their columns.
  const fresh = await bring(kind, `${name}-new`, after);
  expect(shapeOf(there.found)).toEqual(shapeOf(fresh.found));
  return { applied: first.applied.length, refused: first.refusals.length + first.leftovers.length };
}

/** Drops columns whose change of type MySQL refused because of their values: the remedy when the values may be lost. */
async function giveUp(kind: Kind, name: string, sql: readonly string[], error: unknown): Promise<void> {
  const change = /^(ALTER TABLE `hero`) MODIFY COLUMN (`\w+`)/.exec(sql.at(-1) ?? "");
  if (change === null) throw error;
  await kind.run(name, [`${change[1]} DROP COLUMN ${change[2]}`]);
  // With its column, an index is gone, or is another one.
}

async function bring(kind: Kind, name: string, tables: readonly TableLayout[], options: MigrateOptions = {}) {
  const database = await kind.open(name);
  try {
    const report = await migrate([database], tables, options);
    return { ...report, found: (await database.find(tables)).get(tables[0]!) };
  } finally {
    await database.close();
  }
}

function shapeOf(found: Awaited<ReturnType<typeof bring>>["found"]) {
  const columns = found?.columns.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const indexes = found?.indexes.map((index) => `${index.columns.join()} ${index.unique}`).sort();
  return { columns, indexes, key: found?.key };
}

/** Numbers that are the same in each run. */
function randomFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
}
