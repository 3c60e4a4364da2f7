import { loadSchema } from "../../codegen/load/load.ts";
import { emptyLock } from "../../codegen/lock/lock.ts";
import { formerTables } from "../../codegen/lock/tables.ts";
import { updateLock } from "../../codegen/lock/update.ts";
import { isTable } from "../../codegen/sql/layout.ts";
import {
  mysqlStatements,
  type RowsStatement,
  type Statements,
  sqliteStatements,
} from "../../codegen/sql/statements.ts";
import { modelOf } from "../../codegen/typescript/server/tables/model.ts";
import { statementOfRows } from "../../runtime/tables/columns/statement-of-rows.ts";
import type { TableLayout, TableStatements } from "../../runtime/tables/table-layout.ts";
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
    const layout = modelOf(message, locked, formerTables(locked, message.table, all));
    const { name, database, ttlMs } = message.table;
    return {
      ...{ name, database, ttlMs, durability: "write-behind" as const },
      columns: layout.columns,
      key: layout.key,
      autoIncrement: layout.autoIncrement,
      indexes: layout.indexes as TableLayout["indexes"],
      retired,
      former: layout.former,
      mysql: { ...statements(mysqlStatements(layout)), updateOne: mysqlStatements(layout).updateOne },
      sqlite: statements(sqliteStatements(layout)),
    };
  });
}

async function schemaOf(messages: string): Promise<Schema> {
  const text = `syntax = "proto3";\npackage shop;\nimport "photinus/options.proto";\n${messages}`;
  const { schema, diagnostics } = await loadSchema({
    root: "/nowhere",
    files: ["shop.proto"],
    readFile: async (path) => (path === "shop.proto" ? text : undefined),
  });
  if (schema === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return schema;
}

function statements(texts: Statements): TableStatements {
  const rows = ({ head, row, tail }: RowsStatement) => statementOfRows(head, row, tail);
  return {
    ...texts,
    selectMany: rows(texts.selectMany),
    insertMany: rows(texts.insertMany),
    upsertMany: rows(texts.upsertMany),
    deleteMany: rows(texts.deleteMany),
  };
}
