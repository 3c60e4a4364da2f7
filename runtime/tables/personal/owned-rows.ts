import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { StoredRow, TableStore } from "../table-store.ts";

/** Rows of one page. Bounds the memory of an export, whatever the number of rows is. */
const pageCount = 256;

/** Tables whose rows belong to a person, in order of database and name. */
export function ownedTables(tables: readonly TableLayout[]): readonly TableLayout[] {
  const owned = tables.filter(({ owner = -1 }) => owner >= 0);
  return owned.toSorted((a, b) => compare(a.database, b.database) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Reads the current rows of a person in pages, in key order: with all acknowledged changes, also those that are only in the
 * cache and the journal. Finds the rows by the key or an index of the owner column; without one, reads the whole table.
 */
export async function* ownedRows(
  store: TableStore,
  table: TableLayout,
  userId: bigint,
): AsyncGenerator<readonly StoredRow[], void, void> {
  const { owner = -1, key, indexes } = table;
  if (key.length === 1 && key[0] === owner) {
    yield* present(await store.read(table, [[userId]]), table, userId);
    return;
  }
  const index = indexes.findIndex(({ columns }) => columns.length === 1 && columns[0] === owner);
  if (index < 0) {
    yield* scanned(store, table, userId);
    return;
  }
  const keys = await store.keysBy(table, index, [userId]);
  for (let at = 0; at < keys.length; at += pageCount)
    yield* present(await store.read(table, keys.slice(at, at + pageCount)), table, userId);
}

/** Key of a stored row. */
export function keyOfStored({ key }: TableLayout, { values }: StoredRow): ColumnValue[] {
  return key.map((column) => values[column]!);
}

async function* scanned(
  store: TableStore,
  table: TableLayout,
  userId: bigint,
): AsyncGenerator<readonly StoredRow[], void, void> {
  const stream = {};
  for (let after: ColumnValue[] | undefined; ; ) {
    const page = await store.page(table, after, pageCount, undefined, stream);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* present(page, table, userId);
    after = keyOfStored(table, last);
  }
}

/** Leaves out rows that do not exist any more, or have got another owner. */
function* present(
  rows: readonly (StoredRow | undefined)[],
  { owner = -1 }: TableLayout,
  userId: bigint,
): Generator<readonly StoredRow[], void, void> {
  const own = rows.filter((row): row is StoredRow => row?.values[owner] === userId);
  if (own.length > 0) yield own;
}
