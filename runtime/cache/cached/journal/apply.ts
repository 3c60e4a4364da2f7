import { isSameValue } from "../../column/order.ts";
import type { TableLayout } from "../../descriptor.ts";
import type { SqlValue, Statements, Transaction } from "../drivers/mysql.ts";
import { troubleOf } from "../drivers/mysql-error.ts";
import { selectRows, updateRow } from "../rows/sql.ts";
import { keyText } from "../text.ts";
import { byTable, type RowChange } from "./batch.ts";

/** MySQL's limit of placeholders in one statement. */
const maxPlaceholders = 65_535;
/** Most rows in one statement: more gain little and hold the server longer. */
const maxRows = 1_024;
/** Bytes of one statement, below what servers take by default. */
const maxBytes = 4 << 20;
/** Rows with more bytes are looked at whether the server takes them. */
const largeBytes = 512 << 10;

export interface Refusal {
  readonly change: RowChange;
  readonly reason: string;
}

/** Writes rows in statements of many rows. A row that MySQL refuses is left out and given back; the others are written. */
export async function applyChanges(
  statements: Transaction,
  changes: readonly RowChange[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const [table, group] of byTable(changes)) {
    const fitting = await withoutTooLarge(statements, group, refusals);
    for (const part of partsOf(table, fitting)) await applyPart(statements, table, part, refusals);
  }
  return refusals;
}

/** The server does not refuse a row that is too large for it, but hangs up. */
async function withoutTooLarge(
  statements: Statements,
  changes: readonly RowChange[],
  refusals: Refusal[],
): Promise<readonly RowChange[]> {
  if (!changes.some((change) => bytesOf(change) > largeBytes)) return changes;
  const [found] = await statements.rows("SELECT @@max_allowed_packet", []);
  const limit = Number(found?.[0]);
  return changes.filter((change) => {
    const bytes = packetBytesOf(change);
    if (bytes <= limit) return true;
    refusals.push({ change, reason: `the row takes ${bytes} bytes; max_allowed_packet is ${limit}` });
    return false;
  });
}

/** Halves what is refused until the row that is not taken stands alone. */
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
      refusals.push({ change: part[0]!, reason: error instanceof Error ? error.message : String(error) });
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
  // An upsert of a row that is not there, or with another unique value, could overwrite the one that has the value.
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
  // A value that a row gives up can only be taken when it is gone from MySQL: no two of these meet.
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

/** Gives parts of 2^n, so that few statements are prepared. */
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

/** No less than a row's values take in a statement. */
function bytesOf({ row }: RowChange): number {
  let bytes = 0;
  for (const value of row?.values ?? []) {
    bytes += typeof value === "string" ? value.length * 3 : value instanceof Uint8Array ? value.length : 8;
  }
  return bytes;
}

/** What a statement with this row alone takes: each value with its type, its length and its bit for null. */
function packetBytesOf({ row }: RowChange): number {
  const headBytes = 32;
  const valueBytes = 12;
  let bytes = headBytes;
  for (const value of row?.values ?? []) {
    const isText = typeof value === "string";
    bytes +=
      valueBytes + (isText ? Buffer.byteLength(value) : value instanceof Uint8Array ? value.length : 8);
  }
  return bytes;
}
