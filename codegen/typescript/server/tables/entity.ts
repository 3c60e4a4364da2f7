import type { EmitContext } from "../../emit-context.ts";
import { memberDocs } from "../../messages/message-interface.ts";
import { declarationDocs, deprecatedTag, docstring } from "../../print/docs.ts";
import { indented, propertyKey } from "../../print/line-layout.ts";
import { lineWidth } from "../../source-file.ts";
import type { Conversion } from "./conversion.ts";
import type { PropertyColumn, TableModel } from "./model.ts";
import type { TableNames } from "./table-names.ts";

/** Members of the base class. A column of that name gets a `$` at the end. */
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

/** Emits the class of a table's tracked rows, with an accessor for each column; key columns have no setter. */
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
    `Row of table \`${layout.table.name}\` that tracks assignments. ` +
    "`await row.save()` writes the assigned columns alone.";
  return `${declarationDocs(layout.message, about)}export class ${names.entity} extends ${base} {\n${indented(accessors.join("\n\n"))}\n}`;
}

/**
 * Emits the accessors of a column. A setter marks the column as changed, which is how `save` knows what to write. Both carry the tag
 * of a deprecation: an editor strikes out a property only where each of its declarations is deprecated.
 */
function accessorsOf(column: PropertyColumn, at: number, row: string): string {
  const { member, property, isKey } = column;
  const name = inherited.has(property) ? `${property}$` : property;
  const type = `${row}[${JSON.stringify(property)}]`;
  const docs = memberDocs(member);
  const get = accessor(`get ${propertyKey(name)}(): ${type}`, [`return this.values.${property};`]);
  if (isKey) return docs + get;
  const assign = [`this.values.${property} = value;`, `this.mark(${at});`];
  const tag = "field" in member ? docstring(deprecatedTag(member.field)) : "";
  return `${docs}${get}\n${tag}${accessor(`set ${propertyKey(name)}(value)`, assign)}`;
}

/** Prints an accessor on one line where it fits. A setter without a type has the type of its getter. */
function accessor(head: string, statements: readonly string[]): string {
  const line = `${head} { ${statements.join(" ")} }`;
  return line.length + 2 <= lineWidth ? line : `${head} {\n${indented(statements.join("\n"))}\n}`;
}
