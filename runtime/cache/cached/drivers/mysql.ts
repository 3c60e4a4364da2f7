import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { fail } from "../../../../schema/errors.ts";
import type { Logger } from "../../../log/logger.ts";
import { packetTooLarge, troubleOf } from "./mysql-error.ts";

/** A value as a placeholder takes it. */
export type SqlValue = bigint | number | string | boolean | Uint8Array | null;

/** What runs statements: the pool, or one connection inside a transaction. Errors are the driver's own. */
export interface Statements {
  /** The rows, each with its values in order; 64-bit numbers as texts. */
  rows(sql: string, values: readonly SqlValue[]): Promise<unknown[][]>;
  /** Resolves with how many rows it changed. */
  run(sql: string, values: readonly SqlValue[]): Promise<number>;
}

/** Statements that MySQL does not prepare. */
type Control = "START TRANSACTION" | "COMMIT" | "ROLLBACK" | "SAVEPOINT part" | "ROLLBACK TO SAVEPOINT part";

export interface Transaction extends Statements {
  control(sql: Control): Promise<void>;
}

/** Milliseconds after which a statement counts as lost, and its connection with it. */
const statementMs = 15_000;
const connectMs = 3_000;
/** Milliseconds after which a caller has waited long enough for others to leave it a connection. */
const freeMs = 10_000;
/** Most callers that wait for a connection. */
const queueCount = 20_000;

/**
 * Every connection's own settings: values that do not fit are refused, not cut; MariaDB ends the transaction of a process
 * that stands still.
 */
const settings =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE', innodb_lock_wait_timeout = 5 /*M!100300 , idle_transaction_timeout = 20 */";
const isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/** The driver's makers of typed parameters. Its module has them behind a getter that costs a lookup each time. */
type Types = typeof import("mysql2/promise")["TypedParameter"];

/** A MySQL or MariaDB database. Statements with values are prepared, and take them by placeholders. */
export class Database implements Statements {
  readonly #pool: Pool;
  readonly #types: Types;
  readonly #waitMs: number;

  private constructor(pool: Pool, types: Types, waitMs: number) {
    this.#pool = pool;
    this.#types = types;
    this.#waitMs = waitMs;
  }

  /**
   * @param waitMs how long a statement waits for a free connection at most, before it fails
   * @throws UNAVAILABLE when it cannot be reached now
   */
  static async open(url: string, connections: number, log: Logger, waitMs = freeMs): Promise<Database> {
    const { default: driver } = (await import("mysql2/promise")) as unknown as {
      default: typeof import("mysql2/promise");
    };
    const { host, port, user, password, database } = placeOf(url);
    const pool = driver.createPool({
      ...{ host, port, user, password, database },
      charset: "utf8mb4",
      connectionLimit: connections,
      queueLimit: queueCount,
      connectTimeout: connectMs,
      supportBigNumbers: true,
      bigNumberStrings: true,
      rowsAsArray: true,
      dateStrings: true,
      enableKeepAlive: true,
      // The stack of every statement's caller would be taken, for the error that hardly any has.
      trace: false,
      flags: ["FOUND_ROWS"],
    });
    pool.pool.on("connection", (connection) => {
      for (const statement of [settings, isolation]) {
        connection.query(statement, (error: Error | null) => {
          if (error) log.warn({ reason: error.message }, "a MySQL connection did not take its settings");
        });
      }
    });
    const opened = new Database(pool, driver.TypedParameter, waitMs);
    try {
      await opened.rows("SELECT 1", []);
    } catch (error) {
      await pool.end().catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      throw fail("UNAVAILABLE", `MySQL at ${host}:${port} cannot be reached: ${reason}`, { cause: error });
    }
    return opened;
  }

  rows(sql: string, values: readonly SqlValue[]): Promise<unknown[][]> {
    return this.#once((connection) => rowsOf(this.#types, connection, sql, values));
  }

  run(sql: string, values: readonly SqlValue[]): Promise<number> {
    return this.#once((connection) => runOn(this.#types, connection, sql, values));
  }

  /** Commits when `work` resolves; else rolls back, and rejects with its error. */
  async transaction<T>(work: (statements: Transaction) => Promise<T>): Promise<T> {
    const connection = await this.#connection();
    const types = this.#types;
    try {
      await control(connection, "START TRANSACTION");
      const result = await work({
        rows: (sql, values) => rowsOf(types, connection, sql, values),
        run: (sql, values) => runOn(types, connection, sql, values),
        control: (sql) => control(connection, sql),
      });
      await control(connection, "COMMIT");
      connection.release();
      return result;
    } catch (error) {
      // A connection whose state is not known is not used again; the server rolls back what it had begun.
      if (!isTimeout(error) && (await rolledBack(connection))) connection.release();
      else connection.destroy();
      throw error;
    }
  }

  /** One statement. The pool itself would keep the connection of one that is given up until its answer comes. */
  async #once<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#connection();
    try {
      const result = await work(connection);
      connection.release();
      return result;
    } catch (error) {
      if (troubleOf(error) === "away") connection.destroy();
      else connection.release();
      throw error;
    }
  }

  /** One that is free; one that comes too late goes back. */
  #connection(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(new Error(`no connection to MySQL was free for ${this.#waitMs} ms`));
      }, this.#waitMs);
      const stop = () => clearTimeout(timer);
      this.#pool
        .getConnection()
        .finally(stop)
        .then((connection) => (isLate ? connection.release() : resolve(connection)), reject);
    });
  }

  async close(): Promise<void> {
    await this.#pool.end().catch(() => undefined);
  }
}

/** A statement around others, which is given up like them. */
async function control(connection: PoolConnection, sql: Control): Promise<void> {
  await connection.query({ sql, timeout: statementMs });
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "PROTOCOL_SEQUENCE_TIMEOUT";
}

async function rolledBack(connection: PoolConnection): Promise<boolean> {
  try {
    await control(connection, "ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

async function rowsOf(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<unknown[][]> {
  const [rows] = await on.execute({ sql, timeout: statementMs }, bound(types, values));
  return rows as unknown[][];
}

async function runOn(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<number> {
  await refuseLarge(on, values);
  const [result] = await on.execute<ResultSetHeader>({ sql, timeout: statementMs }, bound(types, values));
  return result.affectedRows;
}

/** Bytes that every server takes in one statement. */
const alwaysTaken = 512 << 10;

/** Throws what MySQL would say to more values than it takes at once; it would end the connection too. */
async function refuseLarge(on: PoolConnection, values: readonly SqlValue[]): Promise<void> {
  if (bytesOf(values, (text) => text.length * 3) <= alwaysTaken) return;
  const bytes = bytesOf(values, Buffer.byteLength);
  const sql = "SELECT @@max_allowed_packet";
  const [[[most] = []]] = await on.query<RowDataPacket[][]>({ sql, timeout: statementMs });
  if (bytes <= Number(most)) return;
  const reason = `the values take ${bytes} bytes, and MySQL's max_allowed_packet is ${most}`;
  throw Object.assign(new Error(reason), { errno: packetTooLarge });
}

/** What the values take in a packet, at most, with what stands around them. */
function bytesOf(values: readonly SqlValue[], ofText: (text: string) => number): number {
  let bytes = 32;
  for (const value of values) {
    bytes += 12;
    if (typeof value === "string") bytes += ofText(value);
    else if (value instanceof Uint8Array) bytes += value.length;
  }
  return bytes;
}

type Bound = Parameters<Pool["execute"]>[1];

/**
 * Values as the driver takes them. It would send a bigint as a text, which MySQL compares as a float. Whole numbers that a
 * double holds exactly go as doubles, which columns of integers take as they are, by their indexes too: a typed parameter
 * costs ten times as much. Where MySQL 8 takes no double, as in a LIMIT, it says so when it prepares the statement, and the
 * driver heeds it.
 */
function bound({ LONGLONG }: Types, values: readonly SqlValue[]): Bound {
  return values.map((value) => {
    if (typeof value === "bigint") {
      if (value <= maxSafe && value >= -maxSafe) return Number(value);
      return value < 0n ? LONGLONG(value) : LONGLONG.unsigned(value);
    }
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return value;
  }) as Bound;
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** Where a URL leads. Throws INVALID_ARGUMENT when it is none of MySQL's. */
export function placeOf(url: string) {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw fail(
      "INVALID_ARGUMENT",
      "the MySQL URL is none; it looks like mysql://user:password@host:3306/database",
    );
  }
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== "mysql:" && protocol !== "mariadb:") {
    throw fail("INVALID_ARGUMENT", `the MySQL URL begins with ${protocol}//; it takes mysql://`);
  }
  if (pathname.length < 2) {
    throw fail(
      "INVALID_ARGUMENT",
      "the MySQL URL names no database: mysql://user:password@host:3306/database",
    );
  }
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}
