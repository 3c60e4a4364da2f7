import type { LockedMessage } from "../../../lock/lock.ts";
import { formerNames, formerOneofs, retiredColumns } from "../../../lock/retired.ts";
import type { FormerTable } from "../../../lock/tables.ts";
import {
  layOut,
  type TableColumn,
  type TableIndex,
  type TableLayout,
  type TableMessage,
} from "../../../sql/layout.ts";
import { pascalCase, propertyName } from "../../naming.ts";

/** A column, with what generated code says of it besides. */
export interface PropertyColumn extends TableColumn {
  readonly property: string;
  /** In caches and journals: the field's number, which stays what it is when others come and go; of a oneof "o:" and its name. */
  readonly field: string;
  /** Names that a database of an earlier schema may have for it, the last first. */
  readonly former: readonly string[];
  /** Whether the property of a 64-bit column is a number. */
  readonly asNumber: boolean;
}

/** An index, with what code calls it. */
export interface PropertyIndex extends TableIndex {
  readonly property: string;
}

/** A table, with the names that it has in TypeScript and what the lock file knows of it. */
export interface TableModel extends TableLayout {
  readonly columns: readonly PropertyColumn[];
  readonly indexes: readonly PropertyIndex[];
  /** Fields of columns that the table had once. */
  readonly retired: readonly string[];
  /** What the table was in earlier schemas, the last first. */
  readonly former: readonly FormerTable[];
}

/**
 * The table of a message as the emitters of this folder need it.
 *
 * @param locked what the lock file has of the message; without it nothing is known of earlier schemas
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

/** The properties of the columns, joined in camel case: "guildLevel". */
function indexProperty(index: TableIndex, columns: readonly PropertyColumn[]): string {
  const properties = index.columns.map((at) => columns[at]!.property);
  return properties.map((one, at) => (at === 0 ? one : pascalCase(one))).join("");
}
