import { zeroOf } from "../../columns/column-default.ts";
import type { Statements } from "../../mysql/mysql-database.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { keyOfText, keyText, valueOfText } from "../column-text.ts";
import type { RowPlace } from "../key-names.ts";
import { completed } from "../rows/cached-row.ts";
import type { RowCache } from "../rows/row-cache.ts";
import { selectRows } from "../rows/sql-tables.ts";
import type { StoreCore } from "../store-core.ts";
import type { Entry } from "./journal-entry.ts";

/** All changes of one row in a part of the journal, as one. */
export interface RowChange {
  readonly table: TableLayout;
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  readonly entries: Entry[];
  /** The row as it is to be in MySQL; undefined when it is to be gone. */
  row: StoredRow | undefined;
  /** The last change that is in `row`, by its id; "" when the cache had lost the row. */
  lastChange: string;
}

/**
 * One change for each row, in the order of the rows' first entries. Rows are taken from the cache as they are now, which
 * may be further than the entries are; the entries after them then say the same once more.
 */
export function changesOf({ names, tables }: StoreCore, entries: readonly Entry[]): RowChange[] {
  const changes = new Map<string, RowChange>();
  for (const entry of entries) {
    const known = changes.get(entry.name);
    if (known !== undefined) {
      known.entries.push(entry);
      continue;
    }
    const table = tables.get(entry.table)!;
    const place = names.placeOfText(entry.table, entry.key);
    const key = keyOfText(table, place.key);
    changes.set(entry.name, { table, key, place, entries: [entry], row: undefined, lastChange: "" });
  }
  return [...changes.values()];
}

/** Reads what the rows are now: in the cache, or by the journal alone when the cache has lost them. */
export async function readRows(
  cache: RowCache,
  statements: Statements,
  changes: readonly RowChange[],
): Promise<void> {
  for (const [table, group] of byTable(changes)) {
    const cached = await cache.peek(
      table,
      group.map(({ place }) => place),
    );
    const lacking = group.filter((_, at) => (cached[at]?.missing.length ?? 0) > 0).map(({ key }) => key);
    const stored = lacking.length === 0 ? undefined : await selectRows(statements, table, lacking);
    for (const [at, change] of group.entries()) {
      const known = cached[at];
      if (known === undefined) change.row = await replayed(statements, change);
      else {
        change.row = completed(known, stored?.get(keyText(change.key)));
        change.lastChange = known.lastChange;
      }
    }
  }
}

/** What the entries make of the row that MySQL has. */
async function replayed(
  statements: Statements,
  { table, key, entries }: RowChange,
): Promise<StoredRow | undefined> {
  const { columns } = table;
  const positions = new Map(columns.map(({ field }, at) => [field, at]));
  let [row] = (await selectRows(statements, table, [key])).values();
  for (const { operation, version, fields } of entries) {
    if (operation === "delete") row = undefined;
    else if (operation === "create" || row !== undefined) {
      const values = operation === "create" ? columns.map(zeroOf) : [...row!.values];
      for (const [field, text] of fields) {
        const at = positions.get(field);
        // A column that has gone meanwhile.
        if (at === undefined) continue;
        values[at] = text === null ? null : valueOfText(columns[at]!.kind, text);
      }
      row = { version, values };
    }
  }
  return row;
}

export function byTable(changes: readonly RowChange[]): Map<TableLayout, RowChange[]> {
  const groups = new Map<TableLayout, RowChange[]>();
  for (const change of changes) {
    const group = groups.get(change.table);
    if (group === undefined) groups.set(change.table, [change]);
    else group.push(change);
  }
  return groups;
}
