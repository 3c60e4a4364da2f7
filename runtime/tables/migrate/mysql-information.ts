import type { FoundIndex, FoundTable } from "./found-table.ts";
import { mysqlType } from "./mysql-dialect.ts";

/** Row of `information_schema`, by the column names of the queries below. */
export type InformationRow = Readonly<Record<string, unknown>>;

/** Query for the tables of the current database. */
export const tablesOf =
  "SELECT TABLE_NAME AS name, ENGINE AS engine, TABLE_COLLATION AS collation, @@lower_case_table_names AS folding " +
  "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()";
/** Query for the columns of a table, in order. */
export const columnsOf =
  "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLLATION_NAME AS collation, IS_NULLABLE AS nullable, " +
  "COLUMN_DEFAULT AS fallback, EXTRA AS extra " +
  "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
/** Query for the indexes of a table, one row per column. */
export const indexesOf =
  "SELECT INDEX_NAME AS name, NON_UNIQUE AS plain, COLUMN_NAME AS part, SUB_PART AS length " +
  "FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? " +
  "ORDER BY INDEX_NAME, SEQ_IN_INDEX";

/** Row of {@link tablesOf} for a table; ignores case where the server folds table names. */
export function rowOfTable(rows: readonly InformationRow[], table: string): InformationRow | undefined {
  return rows.find(({ name, folding }) => {
    const isExact = Number(folding) === 0;
    return isExact ? name === table : String(name).toLowerCase() === table.toLowerCase();
  });
}

/**
 * Builds a table from rows of {@link tablesOf}, {@link columnsOf} and {@link indexesOf}. The servers differ: MySQL reports
 * no display width of integers and defaults without quotes; MariaDB reports both, and "NULL" for a default of null.
 */
export function tableFrom(
  { engine, collation }: InformationRow,
  columns: readonly InformationRow[],
  parts: readonly InformationRow[],
): FoundTable {
  const indexes = indexesFrom(parts);
  return {
    columns: columns.map(({ name, type, collation: own, nullable, fallback, extra }) => ({
      name: String(name),
      type: mysqlType(String(type), textOf(own)),
      nullable: nullable === "YES",
      // MySQL marks a default that is an expression as "DEFAULT_GENERATED".
      hasDefault: textOf(fallback) !== null || /auto_increment|generated/i.test(textOf(extra) ?? ""),
    })),
    key: indexes.find(({ name }) => name === "PRIMARY")?.columns ?? [],
    indexes: indexes.filter(({ name }) => name !== "PRIMARY"),
    traits: {
      engine: textOf(engine) ?? "none",
      ...(textOf(collation) === null ? {} : { collation: String(collation) }),
    },
  };
}

function indexesFrom(parts: readonly InformationRow[]): FoundIndex[] {
  const indexes = new Map<string, { name: string; columns: string[]; unique: boolean }>();
  for (const { name, plain, part, length } of parts) {
    const known = indexes.get(String(name)) ?? {
      name: String(name),
      columns: [],
      unique: Number(plain) === 0,
    };
    indexes.set(known.name, known);
    // MySQL 8 has indexes on expressions, which have no column.
    const column = textOf(part) ?? "(expression)";
    known.columns.push(textOf(length) === null ? column : `${column}(${length})`);
  }
  return [...indexes.values()];
}

/** Text of a value; some servers and drivers return texts of system tables as bytes. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}
