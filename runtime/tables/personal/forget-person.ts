import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { systemClock } from "../../clock/clock.ts";
import { zeroOf } from "../columns/column-default.ts";
import { isSameValue } from "../columns/key-order.ts";
import { hasDeadLetters } from "../dead-letters.ts";
import { retryAborted } from "../handle/retry-aborted.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { ColumnChange, StoredRow, TableStore } from "../table-store.ts";
import { keyOfStored, ownedRows, ownedTables } from "./owned-rows.ts";
import { hasTraces, type PersonalTraces } from "./personal-traces.ts";

/** Searches of all tables. Rows that a running game has written meanwhile are found by the next one. */
const rounds = 3;
/** Default of the longest wait for the database in one round, milliseconds. */
const defaultFlushMs = 30_000;

/** Rows of one table that were forgotten. */
export interface ForgottenTable {
  readonly table: string;
  readonly database: string;
  /** Effect on the rows. */
  readonly forget: "delete" | "anonymize";
  /** Rows that this run deleted or anonymized. */
  readonly rows: number;
  /** Dead letters that this run returned to the journal, so that the database gets the row as it is now. */
  readonly deadLetters: number;
}

/** Result of {@link forgetPerson}. */
export interface Forgotten {
  readonly userId: string;
  readonly tables: readonly ForgottenTable[];
  /** Remains of the person; all zero and empty after a complete run. */
  readonly left: {
    /** Rows that were written again during the run, as by a player who is online. */
    readonly rows: number;
    /** Changes that the database does not have yet. */
    readonly changes: number;
    /** Ids of dead letters that the database refuses again. */
    readonly deadLetters: readonly string[];
  };
}

/**
 * Deletes or anonymizes all rows of a person, as each table declares, and waits until no journal, dead letter, cache or log of
 * a file holds their former values. Changes go through the store, so that versions, caches and other processes see them.
 * Idempotent: a run after a killed one finishes its work.
 *
 * @param flushMs longest wait for the database in each of at most three rounds, milliseconds
 * @throws INVALID_ARGUMENT for an invalid user id, and the errors of the store
 */
export async function forgetPerson(
  store: TableStore,
  tables: readonly TableLayout[],
  userId: bigint,
  flushMs = defaultFlushMs,
): Promise<Forgotten> {
  if (userId <= 0n) throw fail("INVALID_ARGUMENT", "invalid user id; expected a whole number from 1");
  if (!hasTraces(store)) throw fail("FAILED_PRECONDITION", "this store cannot forget a person");
  const { traces } = store;
  const owned = ownedTables(tables);
  const rows = new Map<TableLayout, number>(owned.map((table) => [table, 0]));
  const letters = new Map<TableLayout, number>(owned.map((table) => [table, 0]));
  let changes = 0;
  let again = 0;
  let refused: readonly string[] = [];
  for (let round = 0; round < rounds; round++) {
    again = 0;
    const removed = new Map<TableLayout, ColumnValue[][]>();
    for (const table of owned) {
      const keys: ColumnValue[][] = [];
      again += await forgetRows(store, table, userId, keys);
      rows.set(table, rows.get(table)! + keys.length);
      removed.set(table, keys);
    }
    if (round > 0 && again === 0) break;
    changes = await traces.flushed(flushMs);
    refused = await retryLetters(store, traces, owned, userId, letters);
    if (refused.length > 0) {
      changes = await traces.flushed(flushMs);
      refused = (await Promise.all(owned.map((table) => traces.lettersOf(table, userId)))).flat();
    }
    for (const [table, keys] of removed) await traces.clean(table, keys);
    if (changes > 0) break;
  }
  return {
    userId: String(userId),
    tables: owned.map((table) => ({
      ...{ table: table.name, database: table.database, forget: table.forget ?? "delete" },
      ...{ rows: rows.get(table)!, deadLetters: letters.get(table)! },
    })),
    left: { rows: changes > 0 ? 0 : again, changes, deadLetters: refused },
  };
}

/** Whether nothing of the person is left. */
export function isComplete({ left }: Forgotten): boolean {
  return left.rows === 0 && left.changes === 0 && left.deadLetters.length === 0;
}

/** Returns the dead letters of a person's rows to the journal. Resolves with their ids. */
async function retryLetters(
  store: TableStore,
  traces: PersonalTraces,
  owned: readonly TableLayout[],
  userId: bigint,
  counts: Map<TableLayout, number>,
): Promise<readonly string[]> {
  if (!hasDeadLetters(store)) return [];
  const found: string[] = [];
  for (const table of owned) {
    for (const id of await traces.lettersOf(table, userId)) {
      found.push(id);
      if (await store.deadLetters.retry(id)) counts.set(table, counts.get(table)! + 1);
    }
  }
  return found;
}

/** Forgets the rows of one table, and adds their keys to `keys`. Resolves with the number of rows that were changed. */
async function forgetRows(
  store: TableStore,
  table: TableLayout,
  userId: bigint,
  keys: ColumnValue[][],
): Promise<number> {
  let count = 0;
  for await (const page of ownedRows(store, table, userId)) {
    const done = await Promise.all(
      page.map(async (row) => {
        const key = keyOfStored(table, row);
        if (!(await forgetRow(store, table, key, row))) return false;
        keys.push(key);
        return true;
      }),
    );
    count += done.filter(Boolean).length;
  }
  return count;
}

/** Resolves with false for a row that is gone or anonymous already. */
async function forgetRow(
  store: TableStore,
  table: TableLayout,
  key: readonly ColumnValue[],
  row: StoredRow,
): Promise<boolean> {
  const changes = table.forget === "anonymize" ? resetsOf(table, row) : undefined;
  if (changes?.length === 0) return false;
  try {
    return await retryAborted(systemClock, async () => {
      if (changes === undefined) return store.remove(table, key);
      await store.write(table, key, changes);
      return true;
    });
  } catch (error) {
    if (isPhotinusError(error) && error.code === "NOT_FOUND") return false;
    throw error;
  }
}

/** Changes that give the marked columns and the owner of a row their defaults; empty for a row that has them. */
function resetsOf({ columns, key, owner = -1 }: TableLayout, { values }: StoredRow): ColumnChange[] {
  return columns.flatMap((column, at) => {
    const isMarked = at === owner || (column.dataClass ?? "PLAIN") !== "PLAIN";
    if (!isMarked || key.includes(at)) return [];
    const value = zeroOf(column);
    return isSameValue(value, values[at]!) ? [] : [{ column: at, value }];
  });
}
