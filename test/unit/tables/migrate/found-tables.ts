import type { FoundColumn, FoundTable } from "../../../../runtime/tables/migrate/found-table.ts";
import { planTables } from "../../../../runtime/tables/migrate/migration-plan.ts";
import type { Dialect, Plan } from "../../../../runtime/tables/migrate/migration-step.ts";
import { mysqlDialect } from "../../../../runtime/tables/migrate/mysql-dialect.ts";
import { sqliteDialect } from "../../../../runtime/tables/migrate/sqlite-dialect.ts";
import type { TableLayout } from "../../../../runtime/tables/table-layout.ts";
import { tablesOfSchema } from "../../../setup/schema-tables.ts";

export const dialects = [mysqlDialect, sqliteDialect] as const;

/** The one table of a schema. */
export async function tableOf(fields: string, options = ""): Promise<TableLayout> {
  const message = `message Hero { option (photinus.table) = { name: "hero" ${options} };\n${fields}\n}`;
  const [table] = await tablesOfSchema(message);
  return table!;
}

/** What a database tells of a table that was made by its generated statements. */
export function foundOf(table: TableLayout, dialect: Dialect): FoundTable {
  const { types } = dialect.statements(table);
  const columns = table.columns.map(
    ({ name, nullable }, at): FoundColumn => ({ name, type: types[at]!, nullable, hasDefault: true }),
  );
  const nameOf = (at: number) => table.columns[at]!.name;
  const isMysql = dialect === mysqlDialect;
  return {
    columns: [
      ...columns,
      { name: "_version", type: isMysql ? "bigint unsigned" : "integer", nullable: false, hasDefault: true },
    ],
    key: table.key.map(nameOf),
    indexes: table.indexes.map((index) => ({
      name: dialect.indexName(table, index),
      columns: index.columns.map(nameOf),
      unique: index.unique,
    })),
    traits: isMysql ? { engine: "InnoDB", collation: "utf8mb4_bin" } : { isStrict: true, library: 3_053_004 },
  };
}

/** What leads from one shape of a table to another. */
export function planBetween(before: TableLayout | FoundTable, after: TableLayout, dialect: Dialect): Plan {
  const found = "traits" in before ? before : foundOf(before, dialect);
  return planTables([after], new Map([[after, found]]), dialect);
}

/** A plan as lines: "+ change: sql", "! reason: sql", "? leftover: sql". */
export function linesOf({ steps, refusals, leftovers }: Plan): string[] {
  return [
    ...steps.map(({ change, sql }) => `+ ${change}: ${sql.join("; ")}`),
    ...refusals.map(({ reason, sql }) => `! ${reason}: ${sql.join("; ")}`),
    ...leftovers.map(({ what, sql }) => `? ${what}: ${sql.join("; ")}`),
  ];
}
