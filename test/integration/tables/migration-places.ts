import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import mysql from "mysql2/promise";
import { type MigrateOptions, migrate } from "../../../runtime/tables/migrate/migrate.ts";
import type { MigrationDatabase } from "../../../runtime/tables/migrate/migration-database.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { openSqlite } from "../../../runtime/tables/migrate/sqlite-migrations.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import * as fixtures from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import type { MySql } from "../../setup/servers/mariadb.ts";

/** An empty database of one kind. */
export interface Place {
  open(isReadOnly: boolean): Promise<MigrationDatabase>;
  /** Runs a statement of a person's, past the migration. */
  run(statement: string): Promise<unknown[]>;
  /** Runs statements that belong together. */
  runAll(statements: readonly string[]): Promise<void>;
  quote(name: string): string;
  /** What the database says of its tables. */
  schema(): Promise<unknown[]>;
}

/** Places for one test. */
export class Places {
  readonly folder = mkdtempSync(join(tmpdir(), "photinus-migrate-"));
  /** The file of {@link sqlite}. */
  readonly file = join(this.folder, "game.sqlite");
  readonly #server: MySql;
  readonly #open: (() => Promise<void>)[] = [];

  constructor(server: MySql) {
    this.#server = server;
  }

  async maria(): Promise<Place> {
    const database = await this.#server.createDatabase();
    const connection = await mysql.createConnection(database.url);
    this.#open.push(async () => {
      await connection.end();
      await database.drop();
    });
    const run = async (statement: string) => {
      const [rows] = await connection.query(statement);
      return Array.isArray(rows) ? rows : [];
    };
    return {
      open: () => openMysql("main", database.url),
      run,
      async runAll(statements) {
        for (const statement of statements) await run(statement);
      },
      quote: (name) => `\`${name.replaceAll("`", "``")}\``,
      schema: () => run("SHOW CREATE TABLE hero"),
    };
  }

  async sqlite(): Promise<Place> {
    const { file } = this;
    const within = async <T>(work: (database: DatabaseSync) => T) => {
      const database = new DatabaseSync(file);
      try {
        return work(database);
      } finally {
        database.close();
      }
    };
    const run = (statement: string) => within<unknown[]>((database) => database.prepare(statement).all());
    return {
      open: async (isReadOnly) => openSqlite({ name: "main", file, isReadOnly }),
      run,
      runAll: (statements) => within((database) => database.exec(statements.join(";\n"))),
      quote: (name) => `"${name.replaceAll('"', '""')}"`,
      schema: () => run("SELECT name, sql FROM sqlite_schema ORDER BY name"),
    };
  }

  async close(): Promise<void> {
    for (const close of this.#open) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a migration reports of a database that is as the schema has it. */
export const nothingToDo = Object.freeze({ steps: [], refusals: [], leftovers: [], applied: [] });

/** Migrates a place to these tables. */
export async function bring(place: Place, tables: readonly TableLayout[], options: MigrateOptions = {}) {
  const database = await place.open(options.isDry === true);
  try {
    return await migrate([database], tables, options);
  } finally {
    await database.close();
  }
}

/** A table with the key `id` and these fields, and those that its schema had before. */
export function hero(fields: string, earlier?: string): Promise<TableLayout[]> {
  return tablesOfSchema(heroText(fields), [], earlier === undefined ? "" : heroText(earlier));
}

function heroText(fields: string): string {
  return `message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    ${fields}
  }`;
}

/** Tables with columns of every type, and indexes and keys of every kind. */
export const allTables: readonly TableLayout[] = Object.entries(fixtures)
  .filter(([name]) => name.endsWith("Table"))
  .map(([, table]) => table as unknown as TableLayout);
