import {
  type MysqlStatements,
  mysqlStatements,
  type RowsStatement,
  type Statements,
  sqliteStatements,
} from "../../../sql/statements.ts";
import type { EmitContext } from "../../context.ts";
import { docstring, wrap } from "../../print/docs.ts";
import { indented, objectLiteral, propertyKey, stringList } from "../../print/layout.ts";
import { Conversion } from "./conversion.ts";
import { emitEntity } from "./entity.ts";
import type { PropertyColumn, PropertyIndex, TableModel } from "./model.ts";
import type { TableNames } from "./names.ts";

/** Adds a table to the source file of the context: its shape, its entity and its descriptor. */
export function emitTable(layout: TableModel, names: TableNames, context: EmitContext): void {
  const conversion = new Conversion(layout, context);
  context.source.add(
    emitShape(layout, names, conversion, context),
    emitEntity(layout, names, conversion, context),
    emitDescriptor(layout, names, conversion, context),
  );
}

function emitShape(
  layout: TableModel,
  names: TableNames,
  conversion: Conversion,
  context: EmitContext,
): string {
  const { columns, key, indexes, autoIncrement } = layout;
  const union = (positions: readonly number[]) =>
    positions.map((at) => JSON.stringify(columns[at]!.property)).join(" | ") || "never";
  const needed = key.filter((at) => at !== autoIncrement);
  const byIndex = indexes.map(
    ({ property, columns: positions }) => `${propertyKey(property)}: ${conversion.tupleType(positions)};`,
  );
  const members = [
    `row: ${context.reference(layout.message.fullName, "type")};`,
    `key: ${conversion.tupleType(key)};`,
    `fixed: ${union(key)};`,
    `required: ${union(needed)};`,
    byIndex.length === 0
      ? "indexes: Record<never, never>;"
      : `indexes: {\n${indented(byIndex.join("\n"))}\n};`,
    `entity: ${names.entity};`,
  ];
  const about = `What the compiler knows of {@link ${names.value}}.`;
  return `${docstring(about)}export interface ${names.shape} {\n${indented(members.join("\n"))}\n}`;
}

function emitDescriptor(
  layout: TableModel,
  names: TableNames,
  conversion: Conversion,
  context: EmitContext,
): string {
  const { table, columns, key, indexes, autoIncrement, message, retired, former } = layout;
  const row = context.reference(message.fullName, "value");
  const keyColumns = key.map((at) => columns[at]!);
  const values = (list: readonly PropertyColumn[], of: (column: PropertyColumn) => string) =>
    `return [\n${list.map((column) => `  ${of(column)},\n`).join("")}];`;
  const [first] = keyColumns;
  const single = keyColumns.length === 1 && first !== undefined;
  const keyFields = keyColumns.map(({ property }) => `${propertyKey(property)}: row.${property}`);
  const keyParts = keyColumns.map(
    (column, at) => `${propertyKey(column.property)}: ${conversion.fromColumn(column, `values[${at}]`)}`,
  );
  const rowParts = columns.map(
    (column, at) => `${propertyKey(column.property)}: ${conversion.fromColumn(column, `values[${at}]`)}`,
  );
  const members = [
    `name: ${JSON.stringify(table.name)},`,
    `database: ${JSON.stringify(table.database)},`,
    `ttlMs: ${table.ttlMs},`,
    `durability: ${JSON.stringify(table.durability === "WRITE_THROUGH" ? "write-through" : "write-behind")},`,
    `columns: [\n${columns.map((column) => `  ${columnText(column)},\n`).join("")}],`,
    `key: [${key.join(", ")}],`,
    `autoIncrement: ${autoIncrement},`,
    indexes.length === 0
      ? "indexes: [],"
      : `indexes: [\n${indexes.map((index) => `  ${indexText(index)},\n`).join("")}],`,
    `retired: ${stringList(retired)},`,
    ...(former.length === 0 ? [] : [`former: [${former.map(formerText).join(", ")}],`]),
    `mysql: ${statementsText(mysqlStatements(layout), context)},`,
    `sqlite: ${statementsText(sqliteStatements(layout), context)},`,
    method(
      "valuesOf(row)",
      values(columns, (column) => conversion.toColumn(column, `row.${column.property}`)),
    ),
    method("valueOf(column, value)", emitValueOf(columns, row, conversion)),
    method("rowOf(values)", `return {\n${rowParts.map((part) => `  ${part},\n`).join("")}};`),
    method("keyOf(row)", single ? `return row.${first.property};` : `return { ${keyFields.join(", ")} };`),
    `newRow: (init) => ${row}.create(init),`,
    method(
      "keyValues(key)",
      values(keyColumns, (column) => conversion.toColumn(column, single ? "key" : `key.${column.property}`)),
    ),
    method(
      "keyFrom(values)",
      single
        ? `return ${conversion.fromColumn(first, "values[0]")};`
        : `return {\n${keyParts.map((part) => `  ${part},\n`).join("")}};`,
    ),
    method(
      indexes.length === 0 ? "indexValues(index)" : "indexValues(index, value)",
      emitIndexValues(layout, conversion),
    ),
    `entity: ${names.entity},`,
  ];
  const type = `${context.runtime("Table", "type")}<${names.shape}>`;
  const define = `/* @__PURE__ */ ${context.runtime("defineTable", "value")}<${names.shape}>`;
  const about = wrap(`The table \`${table.name}\`, for \`node.table(${names.value})\`.`);
  const docs = docstring(message.comment, about);
  return `${docs}export const ${names.value}: ${type} = ${define}({\n${indented(members.join("\n"))}\n});`;
}

function emitValueOf(columns: readonly PropertyColumn[], row: string, conversion: Conversion): string {
  const cases = columns.map((column, at) => {
    const isMessage = column.kind === "message";
    const value = isMessage ? `(value as ${row}[${JSON.stringify(column.property)}])` : "value";
    return `  case ${at}:\n    return ${conversion.toColumn(column, value)};\n`;
  });
  const outside = '  default:\n    throw new RangeError("there is no column " + column);\n';
  return `switch (column) {\n${cases.join("")}${outside}}`;
}

function emitIndexValues({ indexes, columns }: TableModel, conversion: Conversion): string {
  const outside = 'throw new RangeError("there is no index " + index);';
  if (indexes.length === 0) return outside;
  const cases = indexes.map(({ columns: positions }, at) => {
    const used = positions.map((position) => columns[position]!);
    const single = used.length === 1;
    const parts = used.map((column) =>
      conversion.toColumn(column, single ? "value" : `part.${column.property}`),
    );
    const cast = single ? "" : `const part = value as ${conversion.tupleType(positions)};\n`;
    const body = indented(indented(`${cast}return [${parts.join(", ")}];`));
    return `  case ${at}: {\n${body}\n  }\n`;
  });
  return `switch (index) {\n${cases.join("")}  default:\n    ${outside}\n}`;
}

function columnText(column: PropertyColumn): string {
  const { property, field, name, former, kind, nullable, maxLength, asNumber } = column;
  const entries = [
    `property: ${JSON.stringify(property)}`,
    `field: ${JSON.stringify(field)}`,
    `name: ${JSON.stringify(name)}`,
    `kind: ${JSON.stringify(kind)}`,
    `nullable: ${nullable}`,
    `maxLength: ${maxLength}`,
    ...(asNumber ? ["asNumber: true"] : []),
    ...(former.length === 0 ? [] : [`former: ${stringList(former)}`]),
  ];
  return `{ ${entries.join(", ")} }`;
}

function formerText({ database, name }: TableModel["former"][number]): string {
  return `{ database: ${JSON.stringify(database)}, name: ${JSON.stringify(name)} }`;
}

function indexText({ name, property, columns, unique, references }: PropertyIndex): string {
  const entries = [
    `name: ${JSON.stringify(name)}`,
    `property: ${JSON.stringify(property)}`,
    `columns: [${columns.join(", ")}]`,
    `unique: ${unique}`,
    ...(references === undefined
      ? []
      : [
          `references: { table: ${JSON.stringify(references.table)}, column: ${JSON.stringify(references.column)} }`,
        ]),
  ];
  return objectLiteral(entries, 6);
}

function statementsText(statements: Statements | MysqlStatements, context: EmitContext): string {
  const rows = ({ head, row, tail }: RowsStatement) => {
    const parts = tail === "" ? [head, row] : [head, row, tail];
    return `${context.runtime("statementOfRows", "value")}(${parts.map(sqlText).join(", ")})`;
  };
  const list = (texts: readonly string[]) =>
    texts.length === 0 ? "[]" : `[\n${texts.map((text) => `  ${sqlText(text)},\n`).join("")}]`;
  const entries = [
    `create: ${list(statements.create)}`,
    `types: ${list(statements.types)}`,
    `addColumn: ${list(statements.addColumn)}`,
    `createIndex: ${list(statements.createIndex)}`,
    `selectOne: ${sqlText(statements.selectOne)}`,
    `selectMany: ${rows(statements.selectMany)}`,
    `selectFirst: ${sqlText(statements.selectFirst)}`,
    `selectNext: ${sqlText(statements.selectNext)}`,
    `keysByIndex: ${list(statements.keysByIndex)}`,
    `insertMany: ${rows(statements.insertMany)}`,
    `upsertMany: ${rows(statements.upsertMany)}`,
    `deleteMany: ${rows(statements.deleteMany)}`,
    ...("updateOne" in statements ? [`updateOne: ${sqlText(statements.updateOne)}`] : []),
  ];
  return `{\n${entries.map((entry) => `${indented(entry)},\n`).join("")}}`;
}

/** SQL as a literal without escapes: names were checked, so that each dialect has one kind of quote that it does not use. */
function sqlText(text: string): string {
  return text.includes('"') ? `\`${text}\`` : `"${text}"`;
}

function method(head: string, body: string): string {
  return `${head} {\n${indented(body)}\n},`;
}
