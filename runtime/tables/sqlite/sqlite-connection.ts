import type { DatabaseSync, StatementSync } from "node:sqlite";
import { fail, isPhotinusError, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import { openWithLog } from "./open-with-log.ts";
import { makePrivateFile } from "./sqlite-file.ts";
import { resultCode } from "./sqlite-result-code.ts";

/** Parameter or result value of a statement. */
export type SqliteValue = bigint | number | string | Uint8Array | null;

/** Failures that a commit survives: see {@link EmbeddedOptions}. */
export type Synchronous = "normal" | "full";

/** Time that opening a file waits for other processes that open it, milliseconds. */
const openBusyMs = 5_000;

/** One connection to a SQLite file. Its statements never wait: a statement on a locked file fails, which isBusy detects. */
export class Sqlite {
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens the file; creates the file and its folder when missing. Throws UNAVAILABLE or an error of {@link refusalOf}. */
  constructor(file: string, synchronous: Synchronous) {
    this.file = file;
    try {
      makePrivateFile(file);
      this.#database = openWithLog(file, openBusyMs);
      try {
        this.#database.exec(
          synchronous === "full" ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
        );
        this.#database.exec("PRAGMA busy_timeout = 0");
        // Deleted values are overwritten with zeros: they may be personal, and a file keeps its free pages.
        this.#database.exec("PRAGMA secure_delete = ON");
      } catch (error) {
        this.#database.close();
        throw error;
      }
    } catch (error) {
      throw refusalOf(error, file);
    }
  }

  /** Runs a statement without parameters. */
  exec(text: string): void {
    this.#database.exec(text);
  }

  /** Runs a statement that returns no rows. */
  run(text: string, values: readonly SqliteValue[]): void {
    this.#prepare(text).run(...values);
  }

  /** Returns the first row as an array of values; undefined without a row. */
  first(text: string, values: readonly SqliteValue[]): SqliteValue[] | undefined {
    // setReturnArrays makes rows arrays, which Node's types do not reflect.
    return this.#prepare(text).get(...values) as unknown as SqliteValue[] | undefined;
  }

  /** Returns all rows as arrays of values. */
  all(text: string, values: readonly SqliteValue[]): SqliteValue[][] {
    return this.#prepare(text).all(...values) as unknown as SqliteValue[][];
  }

  /** Whether a transaction is open; SQLite ends some by itself after disk errors. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Closes the file. Idempotent. */
  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    this.#statements.set(text, statement);
    return statement;
  }
}

/** Converts an error of SQLite to the error that callers get. */
export function refusalOf(error: unknown, file: string): PhotinusError {
  if (isPhotinusError(error)) return error;
  const told = messageOf(error);
  const reason = `${file}: ${told}`;
  const cause = { cause: error };
  switch (resultCode(error)) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
      return fail("UNAVAILABLE", reason, cause);
    case 13: // SQLITE_FULL
      return fail("RESOURCE_EXHAUSTED", reason, cause);
    case 8: // SQLITE_READONLY
    case 3: // SQLITE_PERM
      return fail("FAILED_PRECONDITION", reason, cause);
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return fail("DATA_LOSS", reason, cause);
    case 18: // SQLITE_TOOBIG
      return fail("INVALID_ARGUMENT", reason, cause);
    case 19: // SQLITE_CONSTRAINT
      return fail(
        "ALREADY_EXISTS",
        told.replace(/^UNIQUE constraint failed: /, "another row has the same "),
        cause,
      );
    case undefined:
      return fail("UNAVAILABLE", reason, cause);
    default:
      return fail("INTERNAL", reason, cause);
  }
}
