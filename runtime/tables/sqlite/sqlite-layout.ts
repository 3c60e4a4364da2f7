import { fail } from "../../../schema/errors.ts";
import { planTables } from "../migrate/migration-plan.ts";
import { type Plan, type Refusal, refusalOf, type Step } from "../migrate/migration-step.ts";
import { formerPlacesOf, movedAway } from "../migrate/renamed-tables.ts";
import { sqliteDialect } from "../migrate/sqlite-dialect.ts";
import { findInSqlite, namesInSqlite } from "../migrate/sqlite-pragmas.ts";
import type { TableLayout } from "../table-layout.ts";
import { Sqlite, type SqliteValue } from "./sqlite-connection.ts";

const createSequence =
  "CREATE TABLE IF NOT EXISTS photinus_sequence (name text PRIMARY KEY, last integer NOT NULL) STRICT, WITHOUT ROWID";
const hasSequence = "SELECT 1 FROM sqlite_schema WHERE name = 'photinus_sequence'";

/** The file of another database of the store; undefined when there is none. */
export type FileOf = (database: string) => string | undefined;

/** What lies between a table of the schema and the file, by the rules of `photinus data migrate`. */
export function planOf(sqlite: Sqlite, table: TableLayout, fileOf: FileOf): Plan {
  const query = (text: string, values: readonly SqliteValue[]) => sqlite.all(text, values);
  const found = findInSqlite(query, [table]);
  const { steps, refusals, leftovers, doubts } = planTables(
    [table],
    found,
    sqliteDialect,
    namesInSqlite(query),
  );
  const confirmed = doubts.filter((doubt) => sqlite.first(doubt.query, []) !== undefined);
  const hasRows = found.has(table) && hasRow(sqlite, table.name);
  const moved = hasRows ? [] : movedFrom(table, fileOf);
  return { steps, refusals: [...refusals, ...confirmed.map(({ refusal }) => refusal), ...moved], leftovers };
}

/** Where other files of the store have rows of the table, from an earlier schema. */
function movedFrom(table: TableLayout, fileOf: FileOf): Refusal[] {
  return formerPlacesOf(table).flatMap((former) => {
    const file = fileOf(former.database);
    if (file === undefined) return [];
    const other = new Sqlite(file, "normal");
    try {
      const isThere = namesInSqlite((text, values) => other.all(text, values))(former.name);
      return isThere && hasRow(other, former.name) ? [movedAway(table, former)] : [];
    } finally {
      other.close();
    }
  });
}

function hasRow(sqlite: Sqlite, table: string): boolean {
  return sqlite.first(`SELECT 1 FROM ${sqliteDialect.quote(table)} LIMIT 1`, []) !== undefined;
}

/** Whether a file of this plan has the table as the schema has it, so that {@link layOut} has nothing to do. */
export function isLaidOut(sqlite: Sqlite, { steps, refusals }: Plan): boolean {
  // A migration makes tables alone.
  return sqlite.first(hasSequence, []) !== undefined && steps.length === 0 && refusals.length === 0;
}

/**
 * Makes the table, or brings it to the schema as far as nothing can be lost by it. Belongs into a transaction. Gives the
 * steps that were made. Throws FAILED_PRECONDITION, and has changed nothing of the table, when a person must do something.
 */
export function layOut(sqlite: Sqlite, table: TableLayout, fileOf: FileOf): readonly Step[] {
  sqlite.exec(createSequence);
  const { steps, refusals } = planOf(sqlite, table, fileOf);
  const [refused] = refusals;
  if (refused !== undefined) throw misfit(sqlite, refused);
  for (const step of steps) {
    const { obstacle } = step;
    if (obstacle !== undefined && sqlite.first(obstacle.query, []) !== undefined) {
      throw misfit(sqlite, refusalOf(step, obstacle));
    }
  }
  for (const statement of steps.flatMap(({ sql }) => sql)) sqlite.exec(statement);
  return steps;
}

/** More statements than these are printed by the command line alone. */
const shortCount = 2;

function misfit(sqlite: Sqlite, { table, reason, sql }: Refusal) {
  const what = sql.length <= shortCount ? `${sql.join("; ")};` : "what photinus data migrate prints for it";
  const orElse = sql.length === 0 ? "" : `, or run by hand ${what}`;
  return fail(
    "FAILED_PRECONDITION",
    `the table ${table} in ${sqlite.file} does not fit the schema: ${reason}. It was left as it is: ` +
      `change the schema back${orElse}`,
  );
}
