import type { Clock } from "../clock/clock.ts";
import { TableHandle } from "./handle/table-handle.ts";
import type { Table, TableShape } from "./handle/table-shape.ts";
import { TracedHandle } from "./handle/traced-handle.ts";
import type { Remainder, TableStore } from "./table-store.ts";

/** The tables of one process: one store, opened at the latest when a table is first asked for, and a handle for each table. */
export class Tables {
  readonly #open: () => TableStore;
  readonly #clock: Clock;
  readonly #handles = new Map<unknown, unknown>();
  readonly #callStacks: boolean;
  #store: TableStore | undefined;

  /**
   * @param opened a store that is open already; it is closed with the tables
   * @param callStacks whether errors have the stack of whoever called, which costs some microseconds a call
   */
  constructor(open: () => TableStore, clock: Clock, opened?: TableStore, callStacks = false) {
    this.#callStacks = callStacks;
    this.#open = open;
    this.#clock = clock;
    this.#store = opened;
  }

  /** The store, once it is open. */
  get store(): TableStore | undefined {
    return this.#store;
  }

  /** The handle of a table, always the same one. Throws what opening the store throws. */
  table<S extends TableShape>(table: Table<S>): TableHandle<S> {
    // The map holds for each table a handle of its own shape, which its type cannot say.
    const known = this.#handles.get(table) as TableHandle<S> | undefined;
    if (known !== undefined) return known;
    this.#store ??= this.#open();
    const Handle = this.#callStacks ? TracedHandle<S> : TableHandle<S>;
    const handle = new Handle(table, this.#store, this.#clock);
    this.#handles.set(table, handle);
    return handle;
  }

  /** Closes the store within the time, and says what is in the journal alone. */
  async close(options: { readonly graceMs: number }): Promise<Remainder> {
    return (await this.#store?.close(options)) ?? { remaining: 0 };
  }
}
