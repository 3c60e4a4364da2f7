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

/** Path of another database's file; undefined when the file does not exist. */
export type FileOf = (database: string) => string | undefined;

/** Plans the changes from the file to a table of the schema, by the rules of `photinus data migrate`. */
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

/** Refusals for rows of the table in other files of the store, left by an earlier schema. */
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

/** Whether a plan has no steps and no refusals, so that {@link layOut} has nothing to do. */
export function isLaidOut(sqlite: Sqlite, { steps, refusals }: Plan): boolean {
  // A migration creates tables only, not the sequence.
  return sqlite.first(hasSequence, []) !== undefined && steps.length === 0 && refusals.length === 0;
}

/**
 * Creates the table, or migrates it by changes that lose no data. Must run in a transaction. Returns the executed steps.
 * Throws FAILED_PRECONDITION, without a change of the table, when a step needs a person.
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

/** Maximum number of statements in an error text; `photinus data migrate` prints longer remedies. */
const shortCount = 2;

function misfit(sqlite: Sqlite, { table, reason, sql }: Refusal) {
  const what =
    sql.length <= shortCount ? `${sql.join("; ")};` : "the statements that photinus data migrate prints";
  const orElse = sql.length === 0 ? "" : `, or run by hand: ${what}`;
  return fail(
    "FAILED_PRECONDITION",
    `the table ${table} in ${sqlite.file} does not fit the schema: ${reason}. The table was not changed: ` +
      `change the schema back${orElse}`,
  );
}
