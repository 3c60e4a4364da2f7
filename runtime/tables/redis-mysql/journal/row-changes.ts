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

/** All changes of one row in a part of the journal, combined. */
export interface RowChange {
  readonly table: TableLayout;
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  /** Journal entries of the row, oldest first. */
  readonly entries: Entry[];
  /** Row to write to MySQL; undefined when the row is to be deleted. */
  row: StoredRow | undefined;
  /** Id of the last change included in `row`; "" when the row had left the cache. */
  lastChange: string;
}

/**
 * Combines entries into one change per row, in the order of each row's first entry. A flush writes the current row of the
 * cache, which may be newer than these entries; later entries of the row then repeat the write.
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

/** Reads the current rows from the cache. A row that has left the cache is replayed from MySQL and the journal. */
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

/** Applies the entries to the row in MySQL. */
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
        // A column that the schema no longer has.
        if (at === undefined) continue;
        values[at] = text === null ? null : valueOfText(columns[at]!.kind, text);
      }
      row = { version, values };
    }
  }
  return row;
}

/** Groups changes by table. */
export function byTable(changes: readonly RowChange[]): Map<TableLayout, RowChange[]> {
  const groups = new Map<TableLayout, RowChange[]>();
  for (const change of changes) {
    const group = groups.get(change.table);
    if (group === undefined) groups.set(change.table, [change]);
    else group.push(change);
  }
  return groups;
}
