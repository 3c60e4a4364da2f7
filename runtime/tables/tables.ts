import type { Clock } from "../clock/clock.ts";
import { TableHandle } from "./handle/table-handle.ts";
import type { Table, TableShape } from "./handle/table-shape.ts";
import { TracedHandle } from "./handle/traced-handle.ts";
import type { Remainder, TableStore } from "./table-store.ts";

/** Tables of one process: one store, opened when a table is first requested at the latest, and one handle per table. */
export class Tables {
  readonly #open: () => TableStore;
  readonly #clock: Clock;
  readonly #handles = new Map<unknown, unknown>();
  readonly #callStacks: boolean;
  #store: TableStore | undefined;

  /**
   * @param opened store that is open already; closed together with the tables
   * @param callStacks whether errors include the stack of the caller, at a cost of some microseconds per call
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

  /** Returns the handle of a table, always the same one. Throws the errors of opening the store. */
  table<S extends TableShape>(table: Table<S>): TableHandle<S> {
    // The map has handles of different shapes, which its type cannot express.
    const known = this.#handles.get(table) as TableHandle<S> | undefined;
    if (known !== undefined) return known;
    this.#store ??= this.#open();
    const Handle = this.#callStacks ? TracedHandle<S> : TableHandle<S>;
    const handle = new Handle(table, this.#store, this.#clock);
    this.#handles.set(table, handle);
    return handle;
  }

  /** Closes the store within the grace time. Resolves with the number of changes that are only in the journal. */
  async close(options: { readonly graceMs: number }): Promise<Remainder> {
    return (await this.#store?.close(options)) ?? { remaining: 0 };
  }
}
