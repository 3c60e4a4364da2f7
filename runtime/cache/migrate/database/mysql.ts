import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { fail } from "../../../../schema/errors.ts";
import type { TableLayout } from "../../descriptor.ts";
import type { FoundIndex, FoundTable } from "../plan/found.ts";
import { mysqlDialect, mysqlType } from "../plan/mysql.ts";
import type { MigrationDatabase } from "./database.ts";

/** How long a connection may take, milliseconds. */
const connectMs = 10_000;
/** How long a migration waits for another one, and a statement for transactions that use its table, seconds. */
const waitSeconds = 60;

const tablesOf =
  "SELECT TABLE_NAME AS name, ENGINE AS engine, TABLE_COLLATION AS collation, @@lower_case_table_names AS folding " +
  "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
const columnsOf =
  "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLLATION_NAME AS collation, IS_NULLABLE AS nullable, " +
  "COLUMN_DEFAULT AS fallback, EXTRA AS extra " +
  "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
const indexesOf =
  "SELECT INDEX_NAME AS name, NON_UNIQUE AS plain, COLUMN_NAME AS part, SUB_PART AS length " +
  "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? " +
  "ORDER BY INDEX_NAME, SEQ_IN_INDEX";

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
    // Names of locks are the whole server's, and have at most 64 letters.
    const lock = "SELECT GET_LOCK(CONCAT('photinus.', MD5(DATABASE())), ?) AS isMine";
    const [row] = await this.#rows(lock, [waitSeconds]);
    if (row?.["isMine"] !== 1) throw fail("UNAVAILABLE", `${this.place}: another migration is under way`);
    await this.#rows("SET SESSION lock_wait_timeout = ?, sql_mode = 'STRICT_ALL_TABLES'", [waitSeconds]);
  }

  async find(tables: readonly TableLayout[]): Promise<Map<TableLayout, FoundTable>> {
    const there = await this.#rows(tablesOf, []);
    const found = new Map<TableLayout, FoundTable>();
    for (const table of tables) {
      const match = there.find(({ name, folding }) => {
        const isExact = Number(folding) === 0;
        return isExact ? name === table.name : String(name).toLowerCase() === table.name.toLowerCase();
      });
      if (match === undefined) continue;
      const { engine, collation } = match;
      found.set(table, {
        ...(await this.#shapeOf(String(match["name"]))),
        traits: {
          engine: String(engine ?? "none"),
          ...(collation === null ? {} : { collation: String(collation) }),
        },
      });
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
    await this.#rows("SELECT RELEASE_LOCK(CONCAT('photinus.', MD5(DATABASE())))", []);
  }

  async close(): Promise<void> {
    await this.#connection.end().catch(() => this.#connection.destroy());
  }

  async #shapeOf(table: string): Promise<Omit<FoundTable, "traits">> {
    const columns = await this.#rows(columnsOf, [table]);
    const parts = await this.#rows(indexesOf, [table]);
    const all = indexesFrom(parts);
    return {
      columns: columns.map(({ name, type, collation, nullable, fallback, extra }) => ({
        name: String(name),
        type: mysqlType(String(type), collation === null ? null : String(collation)),
        nullable: nullable === "YES",
        hasDefault: fallback !== null || /auto_increment|generated/i.test(String(extra)),
      })),
      key: all.find(({ name }) => name === "PRIMARY")?.columns ?? [],
      indexes: all.filter(({ name }) => name !== "PRIMARY"),
    };
  }

  async #rows(
    text: string,
    values: readonly (string | number)[],
  ): Promise<Readonly<Record<string, unknown>>[]> {
    try {
      const [rows] = await this.#connection.query<RowDataPacket[]>(text, [...values]);
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      const code = isConnectionLost(error) ? "UNAVAILABLE" : "FAILED_PRECONDITION";
      throw fail(code, `${this.place}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function indexesFrom(parts: readonly Readonly<Record<string, unknown>>[]): FoundIndex[] {
  const indexes = new Map<string, { name: string; columns: string[]; unique: boolean }>();
  for (const { name, plain, part, length } of parts) {
    const known = indexes.get(String(name)) ?? {
      name: String(name),
      columns: [],
      unique: Number(plain) === 0,
    };
    indexes.set(known.name, known);
    const column = part === null ? "(expression)" : String(part);
    known.columns.push(length === null ? column : `${column}(${length})`);
  }
  return [...indexes.values()];
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
