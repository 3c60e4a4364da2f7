import type { PoolConnection } from "mysql2/promise";
import { fail, messageOf } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { clockRule } from "../../clock/clock-rules.ts";
import { Deadlines } from "../../clock/deadlines.ts";
import { loggerRule } from "../../log/log-rules.ts";
import type { Logger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { ms } from "../../options/rule-kinds.ts";
import { mysqlUrl, mysqlUrlFault } from "../../options/url-rules.ts";
import { databaseOptions } from "../redis-mysql/cached-store-options.ts";
import { Connections, type Lease } from "./mysql-connections.ts";
import { CommitUnknown, databaseError, errnoOf, isSpent, MySqlSilent, troubleOf } from "./mysql-error.ts";
import { changedBy, rowsOf, type SqlValue, type Types } from "./mysql-statement.ts";
import { TroubleLog } from "./mysql-trouble-log.ts";
import { withoutValues } from "./server-error.ts";

export type { SqlValue };

/** Runs statements: the pool, or one connection in a transaction. Rejects with the driver's errors. */
export interface Statements {
  /** Runs a query. Resolves with rows as arrays of values; 64-bit numbers are texts. */
  rows(sql: string, values: readonly SqlValue[]): Promise<unknown[][]>;
  /** Runs a statement. Resolves with the number of changed rows. */
  run(sql: string, values: readonly SqlValue[]): Promise<number>;
}

/** Statements that MySQL cannot prepare. */
type Control = "START TRANSACTION" | "COMMIT" | "ROLLBACK" | "SAVEPOINT part" | "ROLLBACK TO SAVEPOINT part";

/** Statements within a transaction. */
export interface Transaction extends Statements {
  /** Runs a statement of transaction control. */
  control(sql: Control): Promise<void>;
}

/** Options of {@link Database.open}. */
export interface DatabaseOptions {
  /** URL: "mysql://user:password@host:port/database". */
  readonly url: string;
  /** Maximum number of connections. */
  readonly connections: number;
  /** Timeout of a call, milliseconds: the wait for a connection, all statements, and the end of the transaction. */
  readonly timeoutMs: number;
  /** How long to wait for a pooled connection, in ms. Default 10,000. */
  readonly waitMs?: number;
  /** Clock of all deadlines. */
  readonly clock: Clock;
  /** Receives problems of the server. */
  readonly log: Logger;
}

/** Rule that checks {@link DatabaseOptions} and fills in defaults. */
export const databaseRule = object({
  url: required(mysqlUrl),
  connections: required(databaseOptions.connections.rule),
  timeoutMs: required(ms(1)),
  waitMs: withDefault(ms(0), 10_000),
  clock: required(clockRule),
  log: required(loggerRule),
} satisfies RulesOf<DatabaseOptions>);

/** Picks the known options, because a store passes all of its options. */
function resolveDatabase({ url, connections, timeoutMs, waitMs, clock, log }: DatabaseOptions) {
  return resolveOptions("Database.open", databaseRule, { url, connections, timeoutMs, waitMs, clock, log });
}

const connectMs = 3_000;
/**
 * Maximum number of prepared statements per connection; the least recently used one is closed. A server has a limit for all
 * of its clients together, by default 16,382.
 */
const statementCount = 128;

/**
 * Session settings: values that do not fit are refused, not truncated; MariaDB ends the transaction of a stalled process.
 */
const settings =
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE', innodb_lock_wait_timeout = 5 /*M!100300 , idle_transaction_timeout = 20 */";
const isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/**
 * A MySQL or MariaDB database. Statements with values are prepared and use placeholders.
 *
 * No call waits for a silent server. At the deadline `until` (by the clock's `now`; default {@link Database.until}) its
 * connection is destroyed and the call rejects.
 */
export class Database implements Statements {
  readonly #options: DatabaseOptions;
  readonly #connections: Connections;
  readonly #deadlines: Deadlines;
  readonly #types: Types;
  readonly #troubles: TroubleLog;
  /**
   * Whether errors are logged: before the open has succeeded the opener gets them, and after the close they do not matter.
   */
  #isOpen = false;

  private constructor(
    options: DatabaseOptions,
    connections: Connections,
    deadlines: Deadlines,
    types: Types,
  ) {
    this.#options = options;
    this.#connections = connections;
    this.#deadlines = deadlines;
    this.#types = types;
    const { host, port } = placeOf(options.url);
    this.#troubles = new TroubleLog(options.log, options.clock, `${host}:${port}`);
  }

  /**
   * Connects to the database.
   *
   * @param until deadline, by the clock's `now`; at most, and by default, the timeout from now on
   * @throws UNAVAILABLE when the server cannot be reached by then, FAILED_PRECONDITION when it rejects the user
   */
  static async open(options: DatabaseOptions, until?: number): Promise<Database> {
    const resolved = resolveDatabase(options);
    const { url, connections, timeoutMs, waitMs, clock, log } = resolved;
    const { default: driver } = (await import("mysql2/promise")) as unknown as {
      default: typeof import("mysql2/promise");
    };
    const { host, port, user, password, database } = placeOf(url);
    const pool = driver.createPool({
      ...{ host, port, user, password, database },
      charset: "utf8mb4",
      connectionLimit: connections,
      maxPreparedStatements: statementCount,
      connectTimeout: Math.min(connectMs, timeoutMs),
      supportBigNumbers: true,
      bigNumberStrings: true,
      rowsAsArray: true,
      dateStrings: true,
      enableKeepAlive: true,
      // With `trace`, the driver would capture a stack for every statement, for errors that are rare.
      trace: false,
      flags: ["FOUND_ROWS"],
    });
    pool.pool.on("connection", (connection) => {
      for (const statement of [settings, isolation]) {
        connection.query(statement, (error: Error | null) => {
          if (error) log.warn({ reason: error.message }, "session settings of a MySQL connection failed");
        });
      }
    });
    const deadlines = new Deadlines(clock);
    const pooled = new Connections(pool, connections, waitMs, deadlines);
    const opened = new Database(resolved, pooled, deadlines, driver.TypedParameter);
    try {
      await opened.rows("SELECT 1", [], until);
    } catch (error) {
      await opened.close();
      const reason = messageOf(error);
      const { code } = databaseError(error);
      const what = code === "UNAVAILABLE" ? "cannot be reached" : "cannot be used";
      throw fail(code, `MySQL at ${host}:${port} ${what}: ${reason}`, { cause: error });
    }
    opened.#isOpen = true;
    return opened;
  }

  /** Deadline of a call that begins now, by the clock's `now`; related calls share one. */
  until(): number {
    return this.#options.clock.now() + this.#options.timeoutMs;
  }

  rows(sql: string, values: readonly SqlValue[], until = this.until()): Promise<unknown[][]> {
    return this.#once(until, (connection) => rowsOf(this.#types, connection, sql, values));
  }

  run(sql: string, values: readonly SqlValue[], until = this.until()): Promise<number> {
    return this.#once(until, (connection) => changedBy(this.#types, connection, sql, values));
  }

  /**
   * Runs `work` in a transaction; commits when it resolves. Otherwise rolls back and rejects with its error, or with
   * {@link CommitUnknown} when the answer to COMMIT is missing. After any other error no change was made.
   */
  async transaction<T>(work: (statements: Transaction) => Promise<T>, until = this.until()): Promise<T> {
    const lease = await this.#take(until);
    const { connection } = lease;
    const types = this.#types;
    let isCommitting = false;
    let failure: unknown;
    const whole = async () => {
      try {
        await control(connection, "START TRANSACTION");
        const result = await work({
          rows: (sql, values) => rowsOf(types, connection, sql, values),
          run: (sql, values) => changedBy(types, connection, sql, values),
          control: (sql) => control(connection, sql),
        });
        isCommitting = true;
        await control(connection, "COMMIT");
        lease.release();
        return result;
      } catch (error) {
        // A conflict on COMMIT is an answer: the transaction was rolled back.
        failure = isCommitting && troubleOf(error) !== "conflict" ? new CommitUnknown(error) : error;
        // A connection in an unknown state is not reused; the server rolls back its transaction.
        if (!isLost(error) && (await rolledBack(connection))) lease.release();
        else lease.destroy();
        throw failure;
      }
    };
    return this.#timed(lease, until, whole, (silent) => {
      if (failure !== undefined) return failure;
      return isCommitting ? new CommitUnknown(silent) : silent;
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#connections.close();
  }

  /** Runs a single statement. */
  async #once<T>(until: number, work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const lease = await this.#take(until);
    const whole = async () => {
      try {
        const result = await work(lease.connection);
        lease.release();
        return result;
      } catch (error) {
        if (isSpent(error)) lease.destroy();
        else lease.release();
        throw error;
      }
    };
    return this.#timed(lease, until, whole, (silent) => silent);
  }

  async #take(until: number): Promise<Lease> {
    try {
      const ms = until - this.#options.clock.now();
      if (ms <= 0) throw new MySqlSilent(0);
      return await this.#connections.take(ms);
    } catch (error) {
      this.#met(error);
      throw error;
    }
  }

  #met(error: unknown): void {
    if (this.#isOpen) this.#troubles.met(error);
  }

  /**
   * Runs a call with a deadline.
   *
   * @param errorOf error of the call after its deadline
   */
  #timed<T>(
    lease: Lease,
    until: number,
    whole: () => Promise<T>,
    errorOf: (silent: MySqlSilent) => unknown,
  ): Promise<T> {
    const { clock } = this.#options;
    const begun = clock.now();
    return new Promise((resolve, reject) => {
      const onDeadline = () => {
        lease.destroy();
        const silent = new MySqlSilent(clock.now() - begun);
        this.#met(silent);
        // Promises that wait for answers of this connection stay pending and are garbage-collected.
        reject(errorOf(silent));
      };
      const handle = this.#deadlines.add(Math.max(0, until - begun), { onDeadline });
      const stop = () => this.#deadlines.remove(handle);
      whole().then(
        (result) => {
          stop();
          resolve(result);
        },
        (error: unknown) => {
          stop();
          if (isOfDriver(error)) this.#met(error);
          reject(error);
        },
      );
    });
  }
}

async function control(connection: PoolConnection, sql: Control): Promise<void> {
  try {
    await connection.query(sql);
  } catch (error) {
    throw withoutValues(error);
  }
}

/** Whether the driver threw the error; `work` of a transaction may throw others. */
function isOfDriver(error: unknown): boolean {
  return (
    error instanceof CommitUnknown || errnoOf(error) !== 0 || (error instanceof Error && "fatal" in error)
  );
}

/** Whether the server itself reported that the connection is unusable. */
function isLost(error: unknown): boolean {
  return errnoOf(error) > 0 && isSpent(error);
}

async function rolledBack(connection: PoolConnection): Promise<boolean> {
  try {
    await control(connection, "ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

/** Parses a MySQL URL. Throws INVALID_ARGUMENT for an invalid URL. */
export function placeOf(url: string) {
  const fault = mysqlUrlFault(url);
  if (fault !== undefined) throw fail("INVALID_ARGUMENT", `MySQL URL: ${fault.wrong}; ${fault.remedy}`);
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}
