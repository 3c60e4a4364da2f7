import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { fail, messageOf, type Outcome } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { clockOption } from "../../clock/clock-rules.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { ms } from "../../options/rule-kinds.ts";
import { mysqlUrlFault } from "../../options/url-rules.ts";
import { unavailable } from "../change-outcome.ts";
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

/** How long a connection may take to say goodbye, milliseconds. */
const closeMs = 1_000;
/** How long a migration waits for another one, and a statement for transactions that use its table, seconds. */
const waitSeconds = 60;

/** Names of locks are the whole server's, and have at most 64 letters. MySQL 9.6 has no MD5 any more. */
const lockName = "CONCAT('photinus.', LEFT(SHA2(DATABASE(), 256), 32))";

export interface MysqlOptions {
  /**
   * After how many milliseconds a server that says nothing counts as away. A statement may take any time, as long as the
   * server answers others meanwhile. Default 15,000.
   */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/** The rules of {@link MysqlOptions}. */
export const mysqlRule = object({
  timeoutMs: withDefault(ms(1), 15_000),
  clock: clockOption,
} satisfies RulesOf<MysqlOptions>);

/** Connects to a MySQL or MariaDB. Throws UNAVAILABLE when it does not answer, INVALID_ARGUMENT for a URL that is none. */
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
    // A connection that is lost fails the statement that waits for it; nobody else need know.
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

  /** Rejects when the server does not answer in time. */
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

  /** MySQL commits each change of a table at once. */
  async end(): Promise<void> {
    // The lock goes with its connection, too.
    await this.#rows(`SELECT RELEASE_LOCK(${lockName})`, []).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#within(closeMs, this.#connection, () => this.#connection.end()).catch(() => undefined);
  }

  /** @param outcome of a statement that changes something, when its answer is missing */
  async #rows(
    text: string,
    values: readonly (string | number)[],
    outcome?: Outcome,
  ): Promise<InformationRow[]> {
    try {
      const [rows] = await this.#watched(this.#connection.query<RowDataPacket[]>(text, [...values]));
      return Array.isArray(rows) ? rows : [];
    } catch (error) {
      const reason = `${this.place}: ${addressReason(error)}`;
      if (isConnectionLost(error)) throw unavailable(reason, outcome, { cause: error });
      throw fail("FAILED_PRECONDITION", reason, { cause: error });
    }
  }

  /**
   * What a statement resolves with. It may take any time, as long as the server answers a second connection meanwhile; else
   * it is given up, and its connection with it.
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
          const reason = `MySQL does not answer any more: ${addressReason(cause)}`;
          throw Object.assign(new Error(reason, { cause }), { fatal: true });
        }
      }
    };
    return Promise.race([done, watch()]);
  }

  /** Gives a connection up that is silent for so long. */
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

/** Ends the socket too, which the driver leaves open until the server answers. */
function destroyed(connection: Connection): void {
  connection.destroy();
  const { stream } = (connection as unknown as { connection: { stream: { destroy(): void } } }).connection;
  stream.destroy();
}

/** Host, port and database of a URL, for messages. */
function placeOf(url: string): string {
  const fault = mysqlUrlFault(url);
  if (fault !== undefined)
    throw fail("INVALID_ARGUMENT", `the URL of a database: ${fault.wrong}; ${fault.remedy}`);
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** Whether it was the server that refused a connection: it has too many, for instance. */
function isAnswer(error: unknown): boolean {
  const { cause } = error as Error;
  return cause instanceof Error && "errno" in cause && Number(cause.errno) > 0;
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && "fatal" in error && error.fatal === true;
}

/** The reason of the first address, when a host has several: the error of all has no message. */
function addressReason(error: unknown): string {
  return messageOf(error instanceof AggregateError && error.message === "" ? error.errors[0] : error);
}
