import { loadSchema } from "../../codegen/load/load.ts";
import { formerTables } from "../../codegen/lock/former-tables.ts";
import { emptyLock } from "../../codegen/lock/lock.ts";
import { updateLock } from "../../codegen/lock/update.ts";
import { mysqlType } from "../../codegen/sql/mysql-type.ts";
import { isLean } from "../../codegen/sql/size.ts";
import { isTable } from "../../codegen/sql/table-layout.ts";
import { checksOf } from "../../codegen/target.ts";
import { modelOf, type TableModel } from "../../codegen/typescript/server/tables/model.ts";
import { mysqlStatements, sqliteStatements } from "../../runtime/tables/sql/table-statements.ts";
import type { TableLayout } from "../../runtime/tables/table-layout.ts";
import type { Schema } from "../../schema/model.ts";

/**
 * The tables of a schema's text, as generated code would describe them; throws when the schema is not sound.
 *
 * @param earlier what the schema was before, for the lock file; default: it is new
 */
export async function tablesOfSchema(
  messages: string,
  retired: readonly string[] = [],
  earlier = "",
): Promise<TableLayout[]> {
  const schema = await schemaOf(messages);
  const lock = updateLock(schema, updateLock(await schemaOf(earlier), emptyLock));
  const all = schema.files.flatMap((file) => file.messages);
  return all.filter(isTable).map((message) => {
    const locked = lock.messages.get(message.fullName);
    const former = formerTables(locked, message.table, all);
    return { ...layoutOf(modelOf(message, locked, former)), retired };
  });
}

/** A table of numbered heroes with their gold, in columns 0 and 1. */
export async function heroes(): Promise<TableLayout> {
  const [table] = await tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    int64 gold = 2;
  }`);
  return table!;
}

/** A table as the runtime sees it, without generated code between. */
export function layoutOf(model: TableModel): TableLayout {
  const { name, database, ttlMs } = model.table;
  const { key, autoIncrement, retired, former, owner } = model;
  const forget = model.forget === "ANONYMIZE" ? "anonymize" : "delete";
  const lean = isLean(model);
  const columns = model.columns.map((column) => ({ ...column, mysql: mysqlType(column, lean) }));
  const indexes = model.indexes as TableLayout["indexes"];
  return {
    ...{ name, database, ttlMs, durability: "write-behind" },
    ...({ columns, key, autoIncrement, indexes, retired, former, owner, forget } as const),
    mysql: mysqlStatements({ name, columns, key, indexes }),
    sqlite: sqliteStatements({ name, columns, key, indexes }),
  };
}

async function schemaOf(messages: string): Promise<Schema> {
  const text = `syntax = "proto3";\npackage shop;\nimport "photinus/options.proto";\n${messages}`;
  const { schema, diagnostics } = await loadSchema({
    root: "/nowhere",
    checks: checksOf([]),
    files: ["shop.proto"],
    readFile: async (path) => (path === "shop.proto" ? text : undefined),
  });
  if (schema === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return schema;
}
