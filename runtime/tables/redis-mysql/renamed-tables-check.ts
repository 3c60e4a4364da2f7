import { fail, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import type { Refusal } from "../migrate/migration-step.ts";
import { mysqlDialect } from "../migrate/mysql-dialect.ts";
import { formerNamesOf, formerPlacesOf, hidden, movedAway, renamed } from "../migrate/renamed-tables.ts";
import { Database, type DatabaseOptions } from "../mysql/mysql-database.ts";
import { databaseError, errnoOf, noSuchTable } from "../mysql/mysql-error.ts";
import type { FormerTable, TableLayout } from "../table-layout.ts";

/** Error of MySQL for a missing table when the user has rights on single tables only. */
const noRight = 1142;

type Contents = "nothing" | "no rows" | "rows";

/**
 * Throws FAILED_PRECONDITION when MySQL has the table under a former name: a new, empty table would hide the rows. Rejects
 * with the driver's errors. Resolves with the former names whose tables have rows in addition to the rows of this table.
 *
 * @param until deadline, by the clock's `now`
 */
export async function refuseRenamed(
  database: Database,
  table: TableLayout,
  until = database.until(),
): Promise<string[]> {
  const beside: string[] = [];
  for (const former of formerNamesOf(table)) {
    const there = await contentsOf(database, former, until);
    if (there === "nothing") continue;
    const own = await contentsOf(database, table.name, until);
    if (own === "nothing") throw refused(renamed(table, former, mysqlDialect));
    if (own === "no rows" && there === "rows") throw refused(hidden(table, former, mysqlDialect).refusal);
    if (own === "rows" && there === "rows") beside.push(former);
  }
  return beside;
}

/** A configured database. */
export interface Place {
  /** URL of the database: "mysql://user:password@host:port/database". */
  readonly mysqlUrl: string;
  /** Timeout of a call, milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 5_000;

/**
 * Throws FAILED_PRECONDITION when a table has no rows in its database, but has rows in a database of an earlier schema. A
 * database that does not answer is skipped and not asked again.
 *
 * @param places databases by name
 */
export async function refuseMoved(
  tables: readonly TableLayout[],
  places: ReadonlyMap<string, Place>,
  outside: Pick<DatabaseOptions, "clock" | "log">,
): Promise<void> {
  const answering = new Map(places);
  for (const table of tables) {
    for (const former of formerPlacesOf(table)) {
      const there = await contentsAt(answering, former, outside);
      if (there !== "rows") continue;
      const own = await contentsAt(answering, table, outside);
      if (own === "nothing" || own === "no rows") throw refused(movedAway(table, former));
    }
  }
}

/**
 * Checks a table in one database; undefined when the database does not answer.
 *
 * @param answering databases by name; a database that does not answer is removed
 */
async function contentsAt(
  answering: Map<string, Place>,
  { database: name, name: table }: FormerTable,
  outside: Pick<DatabaseOptions, "clock" | "log">,
): Promise<Contents | undefined> {
  const place = answering.get(name);
  if (place === undefined) return undefined;
  const { mysqlUrl: url, timeoutMs = defaultTimeoutMs } = place;
  let database: Database | undefined;
  try {
    database = await Database.open({ ...outside, url, timeoutMs, connections: 1 });
    return await contentsOf(database, table, database.until());
  } catch (error) {
    if (databaseError(error).code === "UNAVAILABLE") answering.delete(name);
    const reason = messageOf(error);
    outside.log.warn(
      { table, database: name, reason },
      "check for rows left in a renamed table failed; database did not answer",
    );
    return undefined;
  } finally {
    await database?.close();
  }
}

async function contentsOf(database: Database, table: string, until: number): Promise<Contents> {
  try {
    const rows = await database.rows(`SELECT 1 FROM ${mysqlDialect.quote(table)} LIMIT 1`, [], until);
    return rows.length === 0 ? "no rows" : "rows";
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === noSuchTable || errno === noRight) return "nothing";
    throw error;
  }
}

function refused({ reason, sql }: Refusal): PhotinusError {
  const statements = sql.length === 0 ? "" : `: ${sql.join("; ")};`;
  return fail("FAILED_PRECONDITION", `${reason}${statements}`);
}
