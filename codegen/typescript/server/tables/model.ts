import type { FormerTable } from "../../../lock/former-tables.ts";
import type { LockedMessage } from "../../../lock/lock.ts";
import { formerNames, formerOneofs, retiredColumns } from "../../../lock/retired.ts";
import {
  layOut,
  type TableColumn,
  type TableIndex,
  type TableLayout,
  type TableMessage,
} from "../../../sql/table-layout.ts";
import { pascalCase, propertyName } from "../../naming.ts";

/** Column with its names in TypeScript and in stored data. */
export interface PropertyColumn extends TableColumn {
  /** Property name in the row. */
  readonly property: string;
  /** Name in caches and journals: the field's number, which no other change of the schema moves; "o:" and the name for a oneof. */
  readonly field: string;
  /** Column names of earlier schemas that a database may still have, the latest first. */
  readonly former: readonly string[];
  /** Whether the property of a 64-bit column is a `number` instead of a `bigint`. */
  readonly asNumber: boolean;
}

/** Index with its name in TypeScript. */
export interface PropertyIndex extends TableIndex {
  readonly property: string;
}

/** Table with its names in TypeScript and its history from the lock file. */
export interface TableModel extends TableLayout {
  readonly columns: readonly PropertyColumn[];
  readonly indexes: readonly PropertyIndex[];
  /** Names in caches and journals of columns that earlier schemas had. */
  readonly retired: readonly string[];
  /** Names and databases of the table in earlier schemas, the latest first. */
  readonly former: readonly FormerTable[];
}

/**
 * Makes the model of a message's table, which the emitters of this folder print.
 *
 * @param locked entry of the message in the lock file; without one the table has no history
 * @param former the table's former names that are still free
 */
export function modelOf(
  message: TableMessage,
  locked?: LockedMessage,
  former: readonly FormerTable[] = [],
): TableModel {
  const layout = layOut(message);
  const columns = layout.columns.map((column) => propertyColumn(column, locked));
  return {
    ...layout,
    columns,
    indexes: layout.indexes.map((index) => ({ ...index, property: indexProperty(index, columns) })),
    retired: retiredColumns(locked, columns),
    former,
  };
}

function propertyColumn(column: TableColumn, locked: LockedMessage | undefined): PropertyColumn {
  const { member, name, kind } = column;
  if ("oneof" in member) {
    return {
      ...column,
      property: propertyName(member.oneof.name),
      field: `o:${member.oneof.name}`,
      former: formerOneofs(locked, member.fields, name),
      asNumber: false,
    };
  }
  const { field } = member;
  return {
    ...column,
    property: propertyName(field.name),
    field: String(field.number),
    former: formerNames(locked, field, name),
    asNumber: field.jsNumber && (kind === "int64" || kind === "uint64"),
  };
}

/** Returns the name of an index: the properties of its columns, joined in camel case: "guildLevel". */
function indexProperty(index: TableIndex, columns: readonly PropertyColumn[]): string {
  const properties = index.columns.map((at) => columns[at]!.property);
  return properties.map((one, at) => (at === 0 ? one : pascalCase(one))).join("");
}
