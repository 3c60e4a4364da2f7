import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { openWithLog } from "../sqlite/open-with-log.ts";
import { makePrivateFile } from "../sqlite/sqlite-file.ts";
import { resultCode } from "../sqlite/sqlite-result-code.ts";
import type { TableLayout } from "../table-layout.ts";
import type { FoundTable } from "./found-table.ts";
import type { MigrationDatabase } from "./migration-database.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { findInSqlite, namesInSqlite } from "./sqlite-pragmas.ts";

/** Time that a migration waits for writes of other processes, milliseconds. */
const busyMs = 10_000;

/** Options of {@link openSqlite}. */
export interface SqliteMigrationOptions {
  /** Name of the database in the schema. */
  readonly name: string;
  /** Path of the SQLite file. */
  readonly file: string;
  /** Whether to change nothing; a missing file is not even created. */
  readonly isReadOnly: boolean;
}

/**
 * Opens a SQLite file. Throws UNAVAILABLE when it cannot be opened, and DATA_LOSS when it is not a SQLite file or is
 * corrupt.
 */
export function openSqlite({ name, file, isReadOnly }: SqliteMigrationOptions): MigrationDatabase {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  // A missing file counts as an empty database.
  const path = isReadOnly && !isThere ? ":memory:" : file;
  try {
    if (!isReadOnly) makePrivateFile(file);
    const database = isReadOnly
      ? new DatabaseSync(path, { timeout: busyMs, readOnly: isThere })
      : openWithLog(path, busyMs);
    return new SqliteDatabase(name, file, database);
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
    return this.#try(() => findInSqlite((text, values) => this.#all(text, values), tables));
  }

  async names(): Promise<(name: string) => boolean> {
    return this.#try(() => namesInSqlite((text, values) => this.#all(text, values)));
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

  #all(text: string, values: readonly string[] = []): readonly (readonly unknown[])[] {
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    // Node's types do not reflect setReturnArrays.
    return statement.all(...values) as unknown as unknown[][];
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw refusalOf(error, this.place);
    }
  }
}

function refusalOf(error: unknown, file: string): Error {
  if (isPhotinusError(error)) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  const code = resultCode(error);
  const reason = `${file}: ${error.message}`;
  // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CANTOPEN; SQLITE_CORRUPT, SQLITE_NOTADB (sqlite.org/rescode.html).
  if (code === 5 || code === 6 || code === 14) return fail("UNAVAILABLE", reason, { cause: error });
  if (code === 11 || code === 26) return fail("DATA_LOSS", reason, { cause: error });
  return fail("FAILED_PRECONDITION", reason, { cause: error });
}
