import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import type { TableLayout } from "../../descriptor.ts";
import type { FoundIndex, FoundTable } from "../plan/found.ts";
import { sqliteDialect } from "../plan/sqlite.ts";
import type { MigrationDatabase } from "./database.ts";

/** How long a migration waits for processes that write, milliseconds. */
const busyMs = 10_000;

export interface SqliteMigrationOptions {
  readonly name: string;
  readonly file: string;
  /** Whether nothing may change, not even that the file is there. */
  readonly isReadOnly: boolean;
}

/** Opens a SQLite file. Throws UNAVAILABLE or DATA_LOSS when it is none or cannot be opened. */
export function openSqlite({ name, file, isReadOnly }: SqliteMigrationOptions): MigrationDatabase {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  // What is not there is as good as empty.
  const path = isReadOnly && !isThere ? ":memory:" : file;
  try {
    if (!isReadOnly) mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(path, { timeout: busyMs, readOnly: isReadOnly && isThere });
    try {
      if (!isReadOnly) database.exec("PRAGMA journal_mode = WAL");
      return new SqliteDatabase(name, file, database);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw refusalOf(error, file);
  }
}

class SqliteDatabase implements MigrationDatabase {
  readonly name: string;
  readonly place: string;
  readonly dialect = sqliteDialect;
  readonly isAtomic = true;
  readonly #database: DatabaseSync;

  constructor(name: string, file: string, database: DatabaseSync) {
    this.name = name;
    this.place = file;
    this.#database = database;
  }

  async begin(): Promise<void> {
    this.#try(() => this.#database.exec("BEGIN IMMEDIATE"));
  }

  async find(tables: readonly TableLayout[]): Promise<Map<TableLayout, FoundTable>> {
    return this.#try(() => {
      const [row] = this.#all("SELECT sqlite_version() AS version");
      const library = versionNumber(String(row?.["version"]));
      const found = new Map<TableLayout, FoundTable>();
      for (const table of tables) {
        const [there] = this.#all(
          "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE",
          table.name,
        );
        if (there === undefined) continue;
        const name = String(there["name"]);
        found.set(table, { ...this.#shapeOf(name), traits: { isStrict: there["strict"] === 1, library } });
      }
      return found;
    });
  }

  async hasRow(query: string): Promise<boolean> {
    return this.#try(() => this.#all(query).length > 0);
  }

  async run(statement: string): Promise<void> {
    this.#try(() => this.#database.exec(statement));
  }

  async end(isKept: boolean): Promise<void> {
    if (this.#database.isTransaction) this.#try(() => this.#database.exec(isKept ? "COMMIT" : "ROLLBACK"));
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #shapeOf(table: string): Omit<FoundTable, "traits"> {
    const columns = this.#all(
      'SELECT name, lower(type) AS type, "notnull", pk FROM pragma_table_xinfo(?)',
      table,
    );
    const key = columns
      .filter(({ pk }) => pk !== 0)
      .sort((one, other) => Number(one["pk"]) - Number(other["pk"]));
    // An integer that alone is the key is the number of the row: it is never null, whatever was declared.
    const isRowNumber = key.length === 1 && key[0]!["type"] === "integer";
    const indexes = this.#all(
      "SELECT name, \"unique\", partial FROM pragma_index_list(?) WHERE origin <> 'pk' ORDER BY name",
      table,
    );
    return {
      columns: columns.map((column) => ({
        name: String(column["name"]),
        type: String(column["type"]),
        nullable: column["notnull"] === 0 && !(isRowNumber && column["pk"] !== 0),
      })),
      key: key.map(({ name }) => String(name)),
      indexes: indexes.map((index) => this.#indexOf(index)),
    };
  }

  #indexOf({ name, unique, partial }: Readonly<Record<string, unknown>>): FoundIndex {
    const parts = this.#all(
      "SELECT name, coll FROM pragma_index_xinfo(?) WHERE key = 1 ORDER BY seqno",
      String(name),
    );
    const columns = parts.map((part) => {
      if (part["name"] === null) return "(expression)";
      return part["coll"] === "BINARY" ? String(part["name"]) : `${part["name"]} collate ${part["coll"]}`;
    });
    return {
      name: String(name),
      columns: partial === 0 ? columns : [...columns, "(where)"],
      unique: unique === 1,
    };
  }

  #all(text: string, ...values: readonly string[]): Record<string, unknown>[] {
    return this.#database.prepare(text).all(...values);
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw refusalOf(error, this.place);
    }
  }
}

/** 3053004 of "3.53.4". */
function versionNumber(text: string): number {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return major * 1_000_000 + minor * 1_000 + patch;
}

function refusalOf(error: unknown, file: string): Error {
  if (isPhotinusError(error)) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  const code = "errcode" in error ? Number(error.errcode) & 0xff : 0;
  const reason = `${file}: ${error.message}`;
  // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN; SQLITE_CORRUPT, SQLITE_NOTADB (sqlite.org/rescode.html).
  if (code === 5 || code === 6 || code === 14) return fail("UNAVAILABLE", reason, { cause: error });
  if (code === 11 || code === 26) return fail("DATA_LOSS", reason, { cause: error });
  return fail("FAILED_PRECONDITION", reason, { cause: error });
}
