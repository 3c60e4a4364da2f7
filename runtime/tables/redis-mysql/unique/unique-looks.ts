import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { SqlTables } from "../rows/sql-tables.ts";

/** Maximum values of one query; later lookups wait for the next query. */
const batchCount = 64;
/** Maximum lookups that wait, per index. */
const queueCount = 65_536;

interface Look {
  readonly values: readonly ColumnValue[];
  /** Deadline, by the clock's `now`. */
  readonly until: number;
  resolve(keys: ColumnValue[][]): void;
  reject(error: unknown): void;
}

/** Lookups in one unique index. */
interface Looks {
  readonly waiting: Look[];
  /** Whether a query is in flight, or begins in this turn of the event loop. */
  isBusy: boolean;
}

/**
 * Looks up in MySQL which rows have a unique value. All lookups that arrive during a query share the next query. Each caller
 * sees the state of MySQL at some time after its call.
 */
export class UniqueLooks {
  readonly #tables: SqlTables;
  readonly #looks = new Map<TableLayout, Map<number, Looks>>();

  constructor(tables: SqlTables) {
    this.#tables = tables;
  }

  /**
   * Reads the keys of the rows with these values; no value may be null. The result has at most one key, unless MySQL lacks
   * the index. Throws RESOURCE_EXHAUSTED when too many lookups wait.
   */
  keysOf(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    const looks = this.#looksOf(table, index);
    if (looks.waiting.length >= queueCount)
      throw fail("RESOURCE_EXHAUSTED", `too many lookups of unique values of ${table.name} wait for MySQL`);
    const { promise, resolve, reject } = Promise.withResolvers<ColumnValue[][]>();
    looks.waiting.push({ values, until: this.#tables.until(), resolve, reject });
    this.#plan(table, index, looks);
    return promise;
  }

  #looksOf(table: TableLayout, index: number): Looks {
    let ofTable = this.#looks.get(table);
    if (ofTable === undefined) {
      ofTable = new Map();
      this.#looks.set(table, ofTable);
    }
    let looks = ofTable.get(index);
    if (looks === undefined) {
      looks = { waiting: [], isBusy: false };
      ofTable.set(index, looks);
    }
    return looks;
  }

  /** Starts a query for all lookups of this turn of the event loop. */
  #plan(table: TableLayout, index: number, looks: Looks): void {
    if (looks.isBusy || looks.waiting.length === 0) return;
    looks.isBusy = true;
    setImmediate(() => {
      const batch = looks.waiting.splice(0, batchCount);
      void this.#run(table, index, looks, batch).finally(() => {
        looks.isBusy = false;
        this.#plan(table, index, looks);
      });
    });
  }

  async #run(table: TableLayout, index: number, looks: Looks, batch: readonly Look[]): Promise<void> {
    try {
      const wanted = batch.map(({ values }) => values);
      // All callers have the same timeout, so the first caller has the earliest deadline.
      const found = await this.#tables.keysByMany(table, index, wanted, batch[0]!.until);
      for (const [at, { resolve }] of batch.entries()) resolve(found[at]!);
    } catch (error) {
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") {
        // When MySQL is unreachable, waiting lookups fail too: otherwise each query would wait for its own timeout.
        for (const { reject } of [...batch, ...looks.waiting.splice(0)]) reject(error);
      } else if (batch.length > 1) {
        // An error caused by one value must not fail the other lookups.
        await Promise.all(batch.map((look) => this.#run(table, index, looks, [look])));
      } else batch[0]!.reject(error);
    }
  }
}
