import { hasTraces, type PersonalTraces } from "../personal/personal-traces.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { TableStore } from "../table-store.ts";
import { letterId } from "./database-dead-letters.ts";

/** Traces of a person in several databases. */
export class DatabaseTraces implements PersonalTraces {
  readonly #traces: ReadonlyMap<string, PersonalTraces>;

  /** @param stores stores by database name; stores without traces are ignored */
  constructor(stores: ReadonlyMap<string, TableStore>) {
    this.#traces = new Map(
      [...stores].flatMap(([name, store]) => (hasTraces(store) ? [[name, store.traces]] : [])),
    );
  }

  async flushed(ms: number): Promise<number> {
    const left = await Promise.all([...this.#traces.values()].map((traces) => traces.flushed(ms)));
    return left.reduce((sum, count) => sum + count, 0);
  }

  async clean(table: TableLayout, keys: readonly (readonly ColumnValue[])[]): Promise<void> {
    await this.#traces.get(table.database)?.clean(table, keys);
  }

  async isShared(): Promise<boolean> {
    const shared = await Promise.all([...this.#traces.values()].map((traces) => traces.isShared()));
    return shared.includes(true);
  }

  async lettersOf(table: TableLayout, userId: bigint): Promise<readonly string[]> {
    const ids = (await this.#traces.get(table.database)?.lettersOf(table, userId)) ?? [];
    return ids.map((id) => letterId(table.database, id));
  }
}
