import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { fail, messageOf, type Outcome } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { clockOption } from "../../clock/clock-rules.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { ms } from "../../options/rule-kinds.ts";
import { mysqlUrlFault } from "../../options/url-rules.ts";
import { unavailable } from "../change-outcome.ts";
import { troubleOf } from "../mysql/mysql-error.ts";
import { withoutValues } from "../mysql/server-error.ts";
import type { TableLayout } from "../table-layout.ts";
import type { FoundTable } from "./found-table.ts";
import type { MigrationDatabase } from "./migration-database.ts";
import { mysqlDialect } from "./mysql-dialect.ts";
import {
  columnsOf,
  type InformationRow,
  indexesOf,
  rowOfTable,
  tableFrom,
  tablesOf,
} from "./mysql-information.ts";

/** Time for closing a connection, milliseconds. */
const closeMs = 1_000;
/** Time that a migration waits for another migration, and a statement for transactions on its table, seconds. */
const waitSeconds = 60;

/** Lock names are global to the server and have at most 64 characters. SHA2, because MySQL 9.6 has no MD5. */
const lockName = "CONCAT('photinus.', LEFT(SHA2(DATABASE(), 256), 32))";

/** Options of {@link openMysql}. */
export interface MysqlOptions {
  /**
   * Time without an answer after which the server counts as unreachable, milliseconds. A statement may take longer, as long
   * as the server answers other connections meanwhile. Default 15,000.
   */
  readonly timeoutMs?: number;
  /** Time source. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Rule that checks {@link MysqlOptions} and fills in defaults. */
export const mysqlRule = object({
  timeoutMs: withDefault(ms(1), 15_000),
  clock: clockOption,
} satisfies RulesOf<MysqlOptions>);

/** Connects to MySQL or MariaDB. Throws UNAVAILABLE when the server does not answer, INVALID_ARGUMENT for an invalid URL. */
export async function openMysql(
  name: string,
  url: string,
  options: MysqlOptions = {},
): Promise<MigrationDatabase> {
  const { timeoutMs, clock } = resolveOptions("openMysql", mysqlRule, options);
  const place = placeOf(url);
  return new MysqlDatabase(name, place, await connectTo(url, place, timeoutMs), { url, timeoutMs, clock });
}

async function connectTo(url: string, place: string, timeoutMs: number): Promise<Connection> {
  try {
    const connection = await createConnection({ uri: url, connectTimeout: timeoutMs });
    // A lost connection fails the running statement, which reports it.
    connection.on("error", () => undefined);
    return connection;
  } catch (error) {
    throw fail("UNAVAILABLE", `no connection to MySQL at ${place}: ${addressReason(error)}`, {
      cause: error,
    });
  }
}

class MysqlDatabase implements MigrationDatabase {
  readonly name: string;
  readonly place: string;
  readonly dialect = mysqlDialect;
  readonly isAtomic = false;
  readonly #connection: Connection;
  readonly #options: Required<MysqlOptions> & { readonly url: string };

  constructor(
    name: string,
    place: string,
    connection: Connection,
    options: Required<MysqlOptions> & { readonly url: string },
  ) {
    this.name = name;
    this.place = place;
    this.#connection = connection;
    this.#options = options;
  }

  async begin(): Promise<void> {
    const [row] = await this.#rows(`SELECT GET_LOCK(${lockName}, ?) AS isMine`, [waitSeconds]);
    if (row?.["isMine"] !== 1) throw fail("UNAVAILABLE", `${this.place}: another migration is running`);
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

  async names(): Promise<(name: string) => boolean> {
    const there = await this.#rows(tablesOf, []);
    return (name) => rowOfTable(there, name) !== undefined;
  }

  async hasRow(query: string): Promise<boolean> {
    return (await this.#rows(query, [])).length > 0;
  }

  async run(statement: string): Promise<void> {
    await this.#rows(statement, [], "may have happened");
  }

  /** Checks that the server answers a new connection. Rejects when it does not answer in time. */
  async #look(ms: number): Promise<void> {
    const { clock, url } = this.#options;
    const begun = clock.now();
    let connection: Connection;
    try {
      connection = await connectTo(url, this.place, ms);
    } catch (error) {
      if (isAnswer(error)) return;
      throw error;
    }
    try {
      await this.#within(ms - (clock.now() - begun), connection, () => connection.query("SELECT 1"));
    } finally {
      connection.destroy();
    }
  }

  /** Only releases the lock, because MySQL commits each table change at once. */
  async end(): Promise<void> {
    // The server also releases the lock when the connection ends.
    await this.#rows(`SELECT RELEASE_LOCK(${lockName})`, []).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#within(closeMs, this.#connection, () => this.#connection.end()).catch(() => undefined);
  }

  /**
   * Runs a statement.
   *
   * @param outcome outcome of a change whose answer is missing
   */
  async #rows(
    text: string,
    values: readonly (string | number)[],
    outcome?: Outcome,
  ): Promise<InformationRow[]> {
    try {
      const [rows] = await this.#watched(this.#connection.query<RowDataPacket[]>(text, [...values]));
      return Array.isArray(rows) ? rows : [];
    } catch (thrown) {
      // A refused value stands in the server's message. Other messages name tables, columns and words of the statement.
      const error = troubleOf(thrown) === "refused" ? withoutValues(thrown) : thrown;
      const reason = `${this.place}: ${addressReason(error)}`;
      if (isConnectionLost(error)) throw unavailable(reason, outcome, { cause: error });
      throw fail("FAILED_PRECONDITION", reason, { cause: error });
    }
  }

  /**
   * Awaits a statement. A statement may take any time while the server answers a second connection; otherwise its connection
   * is closed and the statement fails.
   */
  async #watched<T>(running: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    const lookMs = timeoutMs / 3;
    let isDone = false;
    const done = running.finally(() => {
      isDone = true;
    });
    const watch = async (): Promise<T> => {
      for (;;) {
        await new Promise<void>((resolve) => clock.after(lookMs, resolve));
        if (isDone) return done;
        try {
          await this.#look(timeoutMs - lookMs);
        } catch (cause) {
          if (isDone) return done;
          destroyed(this.#connection);
          const reason = `MySQL stopped answering: ${addressReason(cause)}`;
          throw Object.assign(new Error(reason, { cause }), { fatal: true });
        }
      }
    };
    return Promise.race([done, watch()]);
  }

  /** Closes a connection that does not answer within `ms`. */
  #within<T>(ms: number, connection: Connection, ask: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(ms, () => {
        destroyed(connection);
        reject(Object.assign(new Error(`no answer for ${Math.round(ms)} ms`), { fatal: true }));
      });
      ask()
        .finally(() => timer.cancel())
        .then(resolve, reject);
    });
  }
}

/** Destroys the socket too, which the driver leaves open until the server answers. */
function destroyed(connection: Connection): void {
  connection.destroy();
  const { stream } = (connection as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

/** Host, port and database of a URL, for messages. Throws INVALID_ARGUMENT for an invalid URL. */
function placeOf(url: string): string {
  const fault = mysqlUrlFault(url);
  if (fault !== undefined) throw fail("INVALID_ARGUMENT", `database URL: ${fault.wrong}; ${fault.remedy}`);
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Whether the server itself refused the connection, for example because it has too many. */
function isAnswer(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof Error && "errno" in cause && Number(cause.errno) > 0;
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

/**
 * Message of an error. When a host has several addresses, the message of the first one, because the error of all has none.
 */
function addressReason(error: unknown): string {
  return messageOf(error instanceof AggregateError && error.message === "" ? error.errors[0] : error);
}
