import { fail, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import type { Refusal } from "../migrate/migration-step.ts";
import { mysqlDialect } from "../migrate/mysql-dialect.ts";
import { formerNamesOf, formerPlacesOf, hidden, movedAway, renamed } from "../migrate/renamed-tables.ts";
import { Database, type DatabaseOptions } from "../mysql/mysql-database.ts";
import { databaseError, errnoOf, noSuchTable } from "../mysql/mysql-error.ts";
import type { FormerTable, TableLayout } from "../table-layout.ts";

/** MySQL says so of a table that is not there, too, when the user has rights on single tables. */
const noRight = 1142;

type Contents = "nothing" | "no rows" | "rows";

/**
 * Throws FAILED_PRECONDITION when MySQL has the table under a name of an earlier schema: a new one would be empty, and nobody
 * would find the rows. Rejects with the driver's errors. Resolves with the former names whose tables have rows beside the rows of
 * this one.
 *
 * @param until by the clock's `now`
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

/** A database that is configured. */
export interface Place {
  readonly mysqlUrl: string;
  /** Most time of a call, milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 5_000;

/**
 * Throws FAILED_PRECONDITION when a table has no rows where it is now, and has some in the database where an earlier schema had
 * it. A database that does not answer is left out, and is not asked again.
 *
 * @param places the databases by their names
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

/** @param answering databases by their names; one that does not answer is taken out */
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
      "could not check whether rows of a table are left in another database",
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
