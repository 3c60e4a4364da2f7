import { messageOf } from "../../../../schema/errors.ts";
import { isSameValue } from "../../columns/key-order.ts";
import type { SqlValue, Statements, Transaction } from "../../mysql/mysql-database.ts";
import { troubleOf } from "../../mysql/mysql-error.ts";
import type { TableLayout } from "../../table-layout.ts";
import { keyText } from "../column-text.ts";
import { selectRows, updateRow } from "../rows/sql-tables.ts";
import { byTable, type RowChange } from "./row-changes.ts";

/** MySQL's limit of placeholders in one statement. */
const maxPlaceholders = 65_535;
/** Maximum rows in one statement: more rows gain little and hold the server longer. */
const maxRows = 1_024;
/** Maximum bytes of one statement, below the default `max_allowed_packet` of servers. */
const maxBytes = 4 << 20;

/** Row change that MySQL refused, with its error message. */
export interface Refusal {
  readonly change: RowChange;
  /** Error message of MySQL. */
  readonly reason: string;
}

/** Writes rows in statements of many rows. Leaves out and returns the rows that MySQL refuses; writes all others. */
export async function applyChanges(
  statements: Transaction,
  changes: readonly RowChange[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const [table, group] of byTable(changes)) {
    for (const part of partsOf(table, group)) await applyPart(statements, table, part, refusals);
  }
  return refusals;
}

/** Bisects a refused part until each refused row is found; each half has its own savepoint. */
async function applyPart(
  statements: Transaction,
  table: TableLayout,
  part: readonly RowChange[],
  refusals: Refusal[],
): Promise<void> {
  await statements.control("SAVEPOINT part");
  try {
    await writePart(statements, table, part);
    return;
  } catch (error) {
    if (troubleOf(error) !== "refused") throw error;
    await statements.control("ROLLBACK TO SAVEPOINT part");
    if (part.length === 1) {
      refusals.push({ change: part[0]!, reason: messageOf(error) });
      return;
    }
  }
  const half = part.length >> 1;
  await applyPart(statements, table, part.slice(0, half), refusals);
  await applyPart(statements, table, part.slice(half), refusals);
}

async function writePart(
  statements: Statements,
  table: TableLayout,
  part: readonly RowChange[],
): Promise<void> {
  const { upsertMany, insertMany } = table.mysql;
  const present = part.filter(({ row }) => row !== undefined);
  await remove(
    statements,
    table,
    part.filter(({ row }) => row === undefined),
  );
  const unique = new Set(table.indexes.flatMap((index) => (index.unique ? index.columns : [])));
  if (unique.size === 0 || present.length === 0) return put(statements, present, upsertMany);
  // An upsert of a missing row, or of a row with another unique value, could overwrite the row that has the value.
  const keys = present.map(({ key }) => key);
  const stored = await selectRows(statements, table, keys);
  const kept: RowChange[] = [];
  const moved: RowChange[] = [];
  const added: RowChange[] = [];
  for (const change of present) {
    const before = stored.get(keyText(change.key));
    const isKept = (at: number) => isSameValue(before!.values[at]!, change.row!.values[at]!);
    (before === undefined ? added : [...unique].every(isKept) ? kept : moved).push(change);
  }
  // A row may take a unique value only after the former row has lost it in MySQL, so the order of these three writes is
  // free.
  for (const { row } of moved) await updateRow(statements, table, row!);
  await put(statements, kept, upsertMany);
  await put(statements, added, insertMany);
}

async function remove(
  statements: Statements,
  { mysql: { deleteMany } }: TableLayout,
  changes: readonly RowChange[],
): Promise<void> {
  await inPowers(changes, async (some) => {
    await statements.run(
      deleteMany(some.length),
      some.flatMap(({ key }) => [...key]),
    );
  });
}

async function put(
  statements: Statements,
  changes: readonly RowChange[],
  statementOf: (rowCount: number) => string,
): Promise<void> {
  await inPowers(changes, async (some) => {
    const values: SqlValue[] = [];
    for (const { row } of some) values.push(...row!.values, row!.version);
    await statements.run(statementOf(some.length), values);
  });
}

/** Splits the changes into parts of 2^n, so that few statements are prepared. */
async function inPowers(
  all: readonly RowChange[],
  work: (some: readonly RowChange[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < all.length; ) {
    const count = 2 ** Math.floor(Math.log2(all.length - at));
    await work(all.slice(at, at + count));
    at += count;
  }
}

function* partsOf(table: TableLayout, changes: readonly RowChange[]): Generator<RowChange[]> {
  const most = Math.min(maxRows, 2 ** Math.floor(Math.log2(maxPlaceholders / (table.columns.length + 1))));
  let part: RowChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const own = bytesOf(change);
    if (part.length > 0 && (part.length === most || bytes + own > maxBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(change);
    bytes += own;
  }
  if (part.length > 0) yield part;
}

/** Upper bound of the bytes that a row's values take in a statement. */
function bytesOf({ row }: RowChange): number {
  let bytes = 0;
  for (const value of row?.values ?? []) {
    bytes += typeof value === "string" ? value.length * 3 : value instanceof Uint8Array ? value.length : 8;
  }
  return bytes;
}
