import type { ColumnValue, TableLayout } from "../../descriptor.ts";
import type { StoredRow } from "../../store.ts";
import type { Core } from "../core.ts";
import type { Statements } from "../drivers/mysql.ts";
import type { RowPlace } from "../names.ts";
import type { RowCache } from "../rows/cache.ts";
import { selectRows } from "../rows/sql.ts";
import { keyOfText, valueOfText } from "../text.ts";
import type { Entry } from "./entry.ts";

/** All changes of one row in a part of the journal, as one. */
export interface RowChange {
  readonly table: TableLayout;
  readonly key: readonly ColumnValue[];
  readonly place: RowPlace;
  readonly entries: Entry[];
  /** The row as it is to be in MySQL; undefined when it is to be gone. */
  row: StoredRow | undefined;
}

/**
 * One change for each row, in the order of the rows' first entries. Rows are taken from the cache as they are now, which
 * may be further than the entries are; the entries after them then say the same once more.
 */
export function changesOf(core: Core, entries: readonly Entry[]): RowChange[] {
  const { names, tables } = core;
  const changes = new Map<string, RowChange>();
  for (const entry of entries) {
    const place = names.placeOfText(entry.table, entry.key);
    const known = changes.get(place.row);
    if (known !== undefined) known.entries.push(entry);
    else {
      const table = tables.get(entry.table)!;
      const key = keyOfText(table, entry.key);
      changes.set(place.row, { table, key, place, entries: [entry], row: undefined });
    }
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
      group.map(({ key }) => key),
    );
    const lost: RowChange[] = [];
    for (const [at, change] of group.entries()) {
      const row = cached[at];
      if (row === undefined) lost.push(change);
      else change.row = row === "none" ? undefined : row;
    }
    for (const change of lost) await replay(statements, change);
  }
}

/** What the entries make of the row that MySQL has. */
async function replay(statements: Statements, change: RowChange): Promise<void> {
  const { table, key, entries } = change;
  const [stored] = (await selectRows(statements, table, [key])).values();
  let row: StoredRow | undefined = stored;
  for (const { operation, version, columns } of entries) {
    if (operation === "delete") row = undefined;
    else if (operation === "create" || row !== undefined) {
      const values = operation === "create" ? table.columns.map(() => null as ColumnValue) : [...row!.values];
      for (const [column, text] of columns) {
        const { kind } = table.columns[column]!;
        values[column] = text === null ? null : valueOfText(kind, text);
      }
      row = { version, values };
    }
  }
  change.row = row;
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
