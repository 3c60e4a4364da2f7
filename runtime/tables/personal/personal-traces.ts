import type { ColumnValue, TableLayout } from "../table-layout.ts";

/**
 * Places besides rows where a store holds values of a person: changes that the database does not have yet, dead letters, notes
 * in caches, and old pages of a file. Every store of the command line implements it.
 */
export interface PersonalTraces {
  /**
   * Waits until the database has all changes that were made before the call, and their former states have left the journal
   * and the log of the file. Resolves with the number of changes that are left when the time is over.
   *
   * @param ms longest wait, milliseconds
   */
  flushed(ms: number): Promise<number>;
  /** Removes the notes of caches about rows of these keys, which were removed. */
  clean(table: TableLayout, keys: readonly (readonly ColumnValue[])[]): Promise<void>;
  /**
   * Whether another process flushes changes of the store, as a node of a running game does. A process that has died counts for
   * some seconds. The embedded store does not know, and answers false.
   */
  isShared(): Promise<boolean>;
  /** Finds the dead letters of a person's rows. Resolves with their ids. */
  lettersOf(table: TableLayout, userId: bigint): Promise<readonly string[]>;
}

/** Whether a store can find the traces of a person. */
export function hasTraces(store: object): store is { readonly traces: PersonalTraces } {
  return "traces" in store && typeof store.traces === "object" && store.traces !== null;
}
