import type { EmitContext } from "../../context.ts";
import { memberDocs } from "../../messages/shape.ts";
import { docstring } from "../../print/docs.ts";
import { indented, propertyKey } from "../../print/layout.ts";
import type { Conversion } from "./conversion.ts";
import type { PropertyColumn, TableModel } from "./model.ts";
import type { TableNames } from "./names.ts";

/** What the base class has already: a column of that name gets a `$` at the end. */
const inherited = new Set([
  "changed",
  "constructor",
  "isChanged",
  "key",
  "mark",
  "reload",
  "row",
  "save",
  "values",
  "version",
]);

/** The class of a table's tracked rows: an accessor for each column. */
export function emitEntity(
  layout: TableModel,
  names: TableNames,
  conversion: Conversion,
  context: EmitContext,
): string {
  const row = context.reference(layout.message.fullName, "type");
  const base = `${context.runtime("Entity", "value")}<${row}, ${conversion.tupleType(layout.key)}>`;
  const accessors = layout.columns.map((column, at) => accessorsOf(column, at, row));
  const about =
    `A row of the table \`${layout.table.name}\` that keeps account of what is assigned to it. ` +
    "`await row.save()` writes those columns alone.";
  return `${docstring(layout.message.comment, about)}export class ${names.entity} extends ${base} {\n${indented(accessors.join("\n\n"))}\n}`;
}

function accessorsOf(column: PropertyColumn, at: number, row: string): string {
  const { member, property, isKey } = column;
  const name = inherited.has(property) ? `${property}$` : property;
  const type = `${row}[${JSON.stringify(property)}]`;
  const get = `${memberDocs(member)}get ${propertyKey(name)}(): ${type} {\n  return this.values.${property};\n}`;
  if (isKey) return get;
  return `${get}\n\nset ${propertyKey(name)}(value: ${type}) {\n  this.values.${property} = value;\n  this.mark(${at});\n}`;
}
