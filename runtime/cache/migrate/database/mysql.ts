import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { fail } from "../../../../schema/errors.ts";
import type { TableLayout } from "../../descriptor.ts";
import type { FoundTable } from "../plan/found.ts";
import { mysqlDialect } from "../plan/mysql.ts";
import type { MigrationDatabase } from "./database.ts";
import { columnsOf, type InformationRow, indexesOf, rowOfTable, tableFrom, tablesOf } from "./information.ts";

/** How long a connection may take, milliseconds. */
const connectMs = 10_000;
/** How long a migration waits for another one, and a statement for transactions that use its table, seconds. */
const waitSeconds = 60;

/** Names of locks are the whole server's, and have at most 64 letters. MySQL 9.6 has no MD5 any more. */
const lockName = "CONCAT('photinus.', LEFT(SHA2(DATABASE(), 256), 32))";

/** Connects to a MySQL or MariaDB. Throws UNAVAILABLE when it does not answer, INVALID_ARGUMENT for a URL that is none. */
export async function openMysql(name: string, url: string): Promise<MigrationDatabase> {
  const place = placeOf(url);
  try {
    const connection = await createConnection({ uri: url, connectTimeout: connectMs });
    // A connection that is lost fails the statement that waits for it; nobody else need know.
    connection.on("error", () => undefined);
    return new MysqlDatabase(name, place, connection);
  } catch (error) {
    throw fail("UNAVAILABLE", `${place}: ${messageOf(error)}`, { cause: error });
  }
}

class MysqlDatabase implements MigrationDatabase {
  readonly name: string;
  readonly place: string;
  readonly dialect = mysqlDialect;
  readonly isAtomic = false;
  readonly #connection: Connection;

  constructor(name: string, place: string, connection: Connection) {
    this.name = name;
    this.place = place;
    this.#connection = connection;
  }

  async begin(): Promise<void> {
    const [row] = await this.#rows(`SELECT GET_LOCK(${lockName}, ?) AS isMine`, [waitSeconds]);
    if (row?.["isMine"] !== 1) throw fail("UNAVAILABLE", `${this.place}: another migration is under way`);
    await this.#rows("SET SESSION lock_wait_timeout = ?, sql_mode = 'STRICT_ALL_TABLES'", [waitSeconds]);
  }

  async find(tables: readonly TableLayout[]): Promise<Map<TableLayout, FoundTable>> {
    const there = await this.#rows(tablesOf, []);
    const found = new Map<TableLayout, FoundTable>();
    for (const table of tables) {
      const row = rowOfTable(there, table.name);
      if (row === undefined) continue;
      const name = String(row["name"]);
      const columns = await this.#rows(columnsOf, [name]);
      found.set(table, tableFrom(row, columns, await this.#rows(indexesOf, [name])));
    }
    return found;
  }

  async hasRow(query: string): Promise<boolean> {
    return (await this.#rows(query, [])).length > 0;
  }

  async run(statement: string): Promise<void> {
    await this.#rows(statement, []);
  }

  /** MySQL commits each change of a table at once. */
  async end(): Promise<void> {
    await this.#rows(`SELECT RELEASE_LOCK(${lockName})`, []);
  }

  async close(): Promise<void> {
    await this.#connection.end().catch(() => this.#connection.destroy());
  }

  async #rows(text: string, values: readonly (string | number)[]): Promise<InformationRow[]> {
    try {
      const [rows] = await this.#connection.query<RowDataPacket[]>(text, [...values]);
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      const code = isConnectionLost(error) ? "UNAVAILABLE" : "FAILED_PRECONDITION";
      throw fail(code, `${this.place}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Host, port and database of a URL, for messages. */
function placeOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw fail(
      "INVALID_ARGUMENT",
      'the URL of a database is none; write "mysql://user:password@host:port/database"',
    );
  }
  if (parsed.pathname.length < 2) {
    throw fail(
      "INVALID_ARGUMENT",
      `the URL of ${parsed.host} names no database; write "mysql://.../database"`,
    );
  }
  return `${parsed.host}${parsed.pathname}`;
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

/** The first address's trouble, when a host has several: the error of all has no message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
