import { mysqlType } from "../../../sql/mysql-type.ts";
import { isLean } from "../../../sql/size.ts";
import type { EmitContext } from "../../emit-context.ts";
import { propertyName } from "../../naming.ts";
import { declarationDocs, docstring, wrap } from "../../print/docs.ts";
import { indented, objectLiteral, propertyKey, stringList } from "../../print/line-layout.ts";
import { lineWidth } from "../../source-file.ts";
import { Conversion } from "./conversion.ts";
import { emitEntity } from "./entity.ts";
import type { PropertyColumn, PropertyIndex, TableModel } from "./model.ts";
import type { TableNames } from "./table-names.ts";

/** Adds a table to the source file of the context: its shape (types for the compiler), entity class and descriptor. */
export function emitTable(layout: TableModel, names: TableNames, context: EmitContext): void {
  const conversion = new Conversion(layout, context);
  context.source.add(
    emitShape(layout, names, conversion, context),
    emitEntity(layout, names, conversion, context),
    emitDescriptor(layout, names, conversion, context),
  );
}

/** Emits the interface from which `Table` takes the types of rows, keys, indexes and entities. */
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
    ({ property, columns: positions }) => `${propertyKey(property)}: ${conversion.tupleType(positions)}`,
  );
  const members = [
    `row: ${context.reference(layout.message.fullName, "type")};`,
    `key: ${conversion.tupleType(key)};`,
    `fixed: ${union(key)};`,
    `required: ${union(needed)};`,
    `indexes: ${byIndex.length === 0 ? "Record<never, never>" : typeLiteral(byIndex)};`,
    `entity: ${names.entity};`,
  ];
  const about = `Types of {@link ${names.value}}: row, key, indexes and entity.`;
  return `${docstring(about)}export interface ${names.shape} {\n${indented(members.join("\n"))}\n}`;
}

/** Prints the members of a type on one line where they fit, otherwise one per line. */
function typeLiteral(members: readonly string[]): string {
  const line = `{ ${members.join("; ")} }`;
  const used = "  indexes: ;".length;
  return used + line.length <= lineWidth
    ? line
    : `{\n${indented(members.map((one) => `${one};`).join("\n"))}\n}`;
}

/** Emits the descriptor, from which the runtime derives SQL, key values and index values. Members with defaults are omitted. */
function emitDescriptor(
  layout: TableModel,
  names: TableNames,
  conversion: Conversion,
  context: EmitContext,
): string {
  const { table, columns, key, indexes, autoIncrement, message, retired, former } = layout;
  const { owner, forget } = layout;
  const lean = isLean(layout);
  const lines = (list: readonly string[]) => list.map((line) => `  ${line},\n`).join("");
  const members = [
    `name: ${JSON.stringify(table.name)},`,
    ...(table.database === "main" ? [] : [`database: ${JSON.stringify(table.database)},`]),
    `ttlMs: ${table.ttlMs},`,
    ...(table.durability === "WRITE_THROUGH" ? ['durability: "write-through",'] : []),
    `columns: [\n${lines(columns.map((column) => columnText(column, mysqlType(column, lean))))}],`,
    `key: [${key.join(", ")}],`,
    ...(autoIncrement < 0 ? [] : [`autoIncrement: ${autoIncrement},`]),
    ...(indexes.length === 0 ? [] : [`indexes: [\n${lines(indexes.map(indexText))}],`]),
    ...(owner < 0 ? [] : [`owner: ${owner},`]),
    ...(owner < 0 || forget === "DELETE" ? [] : ['forget: "anonymize",']),
    ...(retired.length === 0 ? [] : [`retired: ${stringList(retired)},`]),
    ...(former.length === 0 ? [] : [`former: [${former.map(formerText).join(", ")}],`]),
    `message: ${context.reference(message.fullName, "value")},`,
    `entity: ${names.entity},`,
    `valuesOf: (row) => [\n${lines(columns.map((one) => conversion.toColumn(one, `row.${one.property}`)))}],`,
    `rowOf: (values) => ({\n${lines(columns.map((one, at) => rowPart(one, at, conversion)))}}),`,
  ];
  const type = `${context.runtime("Table", "type")}<${names.shape}>`;
  const define = `/* @__PURE__ */ ${context.runtime("defineTable", "value")}<${names.shape}>`;
  const about = wrap(`Table \`${table.name}\`, opened by \`node.table(${names.value})\`.`);
  const docs = declarationDocs(message, about);
  return `${docs}export const ${names.value}: ${type} = ${define}({\n${indented(members.join("\n"))}\n});`;
}

/** Emits the entry of a property in `rowOf`: the conversion of the column at that position. */
function rowPart(column: PropertyColumn, at: number, conversion: Conversion): string {
  return `${propertyKey(column.property)}: ${conversion.fromColumn(column, `values[${at}]`)}`;
}

/** Emits the entry of a column; members with defaults are omitted. */
function columnText(column: PropertyColumn, mysql: string): string {
  const { property, field, name, former, kind, nullable, maxLength, asNumber } = column;
  const { dataClass, secrets } = column;
  const entries = [
    `property: ${JSON.stringify(property)}`,
    `field: ${JSON.stringify(field)}`,
    `name: ${JSON.stringify(name)}`,
    `kind: ${JSON.stringify(kind)}`,
    `mysql: ${JSON.stringify(mysql)}`,
    ...(nullable ? ["nullable: true"] : []),
    ...(maxLength === 0 ? [] : [`maxLength: ${maxLength}`]),
    ...(asNumber ? ["asNumber: true"] : []),
    ...(dataClass === "PLAIN" ? [] : [`dataClass: "${dataClass}"`]),
    ...(secrets.length === 0 ? [] : [`secrets: [${secrets.map(pathText).join(", ")}]`]),
    ...(former.length === 0 ? [] : [`former: ${stringList(former)}`]),
  ];
  return `{ ${entries.join(", ")} }`;
}

/** Emits the path of properties to a secret. */
function pathText(path: readonly string[]): string {
  return stringList(path.map(propertyName));
}

function formerText({ database, name }: TableModel["former"][number]): string {
  return `{ database: ${JSON.stringify(database)}, name: ${JSON.stringify(name)} }`;
}

/** Emits the entry of an index; members with defaults are omitted. */
function indexText({ name, property, columns, unique, references }: PropertyIndex): string {
  const entries = [
    `name: ${JSON.stringify(name)}`,
    `property: ${JSON.stringify(property)}`,
    `columns: [${columns.join(", ")}]`,
    ...(unique ? ["unique: true"] : []),
    ...(references === undefined
      ? []
      : [
          `references: { table: ${JSON.stringify(references.table)}, column: ${JSON.stringify(references.column)} }`,
        ]),
  ];
  return objectLiteral(entries, 6);
}
