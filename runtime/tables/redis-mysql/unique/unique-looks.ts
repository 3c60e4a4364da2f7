import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { SqlTables } from "../rows/sql-tables.ts";

/** Most values of one query; those that come while one is under way wait for the next. */
const batchCount = 64;
/** Most lookups that wait, of one index. */
const queueCount = 65_536;

interface Look {
  readonly values: readonly ColumnValue[];
  /** When it is given up, by the clock's `now`. */
  readonly until: number;
  resolve(keys: ColumnValue[][]): void;
  reject(error: unknown): void;
}

/** Lookups in one unique index. */
interface Looks {
  readonly waiting: Look[];
  /** Whether a query is under way, or begins in this turn. */
  isBusy: boolean;
}

/**
 * Which rows MySQL has with values of unique indexes: one query for all that are asked for while others are under way. Each
 * caller sees what MySQL had at some time after it asked.
 */
export class UniqueLooks {
  readonly #tables: SqlTables;
  readonly #looks = new Map<TableLayout, Map<number, Looks>>();

  constructor(tables: SqlTables) {
    this.#tables = tables;
  }

  /** Keys of the rows with these values, none of which is null: one or none, unless MySQL lacks the index. */
  keysOf(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    const looks = this.#looksOf(table, index);
    if (looks.waiting.length >= queueCount)
      throw fail("RESOURCE_EXHAUSTED", `too many lookups in ${table.name} wait for MySQL`);
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

  /** All of one turn of the event loop go together, whatever answers they come from. */
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
      // All callers have the same time, so that the first is over first.
      const found = await this.#tables.keysByMany(table, index, wanted, batch[0]!.until);
      for (const [at, { resolve }] of batch.entries()) resolve(found[at]!);
    } catch (error) {
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") {
        // A server that is away is away for those that wait too: each query would take its time to find out.
        for (const { reject } of [...batch, ...looks.waiting.splice(0)]) reject(error);
      } else if (batch.length > 1) {
        // What MySQL refuses of one value is no matter of the others'.
        await Promise.all(batch.map((look) => this.#run(table, index, looks, [look])));
      } else batch[0]!.reject(error);
    }
  }
}
