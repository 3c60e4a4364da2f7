import { fail, type PhotinusError } from "../../../schema/errors.ts";
import type { TableLayout } from "../descriptor.ts";
import { isConstraint, type Sqlite } from "./sqlite.ts";

const createSequence =
  "CREATE TABLE IF NOT EXISTS photinus_sequence (name text PRIMARY KEY, last integer NOT NULL) STRICT, WITHOUT ROWID";
const hasSequence = "SELECT 1 FROM sqlite_schema WHERE name = 'photinus_sequence'";
const columnsOf = 'SELECT name, lower(type), "notnull", pk FROM pragma_table_info(?)';
const indexesOf = "SELECT name, \"unique\" FROM pragma_index_list(?) WHERE origin = 'c'";

/** Whether the file has the table as the schema has it, so that {@link layOut} has nothing to do. */
export function isLaidOut(sqlite: Sqlite, table: TableLayout): boolean {
  const columns = new Set(sqlite.all(columnsOf, [table.name]).map(([name]) => name));
  const indexes = new Map(sqlite.all(indexesOf, [table.name]).map(([name, unique]) => [name, unique]));
  return (
    // A migration makes tables alone.
    sqlite.first(hasSequence, []) !== undefined &&
    table.columns.every(({ name }) => columns.has(name)) &&
    table.indexes.length === indexes.size &&
    table.indexes.every(({ name, unique }) => indexes.get(`${table.name}.${name}`) === (unique ? 1n : 0n)) &&
    problemOf(sqlite, table) === undefined
  );
}

/**
 * Makes the table, or brings it to the schema: adds columns and indexes, drops indexes that the schema has no more. Columns
 * that it has no more stay. Belongs into a transaction. Throws FAILED_PRECONDITION for a change that could lose data.
 */
export function layOut(sqlite: Sqlite, table: TableLayout): void {
  sqlite.exec(createSequence);
  const { create, addColumn, createIndex } = table.sqlite;
  const columns = new Set(sqlite.all(columnsOf, [table.name]).map(([name]) => name));
  if (columns.size === 0) {
    for (const statement of create) sqlite.exec(statement);
    return;
  }
  const problem = problemOf(sqlite, table);
  if (problem !== undefined) throw problem;
  for (const [at, { name }] of table.columns.entries()) {
    if (!columns.has(name)) sqlite.exec(addColumn[at]!);
  }
  const wanted = new Map(
    table.indexes.map(({ name, unique }) => [`${table.name}.${name}`, unique ? 1n : 0n]),
  );
  for (const [name, unique] of sqlite.all(indexesOf, [table.name])) {
    if (typeof name !== "string" || wanted.get(name) === unique) continue;
    // Only ours have such names; quotes are doubled, as SQL demands.
    if (name.startsWith(`${table.name}.`)) sqlite.exec(`DROP INDEX "${name.replaceAll('"', '""')}"`);
  }
  for (const [at, { name }] of table.indexes.entries()) {
    try {
      sqlite.exec(createIndex[at]!);
    } catch (error) {
      if (!isConstraint(error)) throw error;
      throw refusal(sqlite, table, `rows that differ share a value of the unique index ${name}`);
    }
  }
}

/** What of the table cannot be brought to the schema without a person; undefined when nothing. */
function problemOf(sqlite: Sqlite, table: TableLayout): PhotinusError | undefined {
  const found = new Map(sqlite.all(columnsOf, [table.name]).map(([name, ...rest]) => [name, rest]));
  for (const [at, { name, nullable }] of table.columns.entries()) {
    const place = table.key.indexOf(at) + 1;
    const [type, notNull, pk] = found.get(name) ?? [];
    if (type === undefined) {
      if (place > 0) return refusal(sqlite, table, `its key lacks the column ${name}`);
      continue;
    }
    const wanted = table.sqlite.types[at];
    if (type !== wanted)
      return refusal(sqlite, table, `its column ${name} is ${type}, where the schema says ${wanted}`);
    if (Number(notNull) !== Number(!nullable)) {
      return refusal(
        sqlite,
        table,
        `its column ${name} ${nullable ? "must be there" : "may be null"}, unlike the schema's`,
      );
    }
    if (Number(pk) !== place) return refusal(sqlite, table, `its key is another than the schema's`);
  }
  return undefined;
}

function refusal(sqlite: Sqlite, table: TableLayout, wrong: string): PhotinusError {
  const remedy =
    "change the schema back, or the file by hand (it is a SQLite database), or move the file away";
  return fail(
    "FAILED_PRECONDITION",
    `the table ${table.name} in ${sqlite.file} does not fit: ${wrong}; ${remedy}`,
  );
}
