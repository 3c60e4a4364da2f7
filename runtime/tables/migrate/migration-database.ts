import type { TableLayout } from "../table-layout.ts";
import type { FoundTable } from "./found-table.ts";
import type { Dialect } from "./migration-step.ts";

/** A database that is to be brought to a schema. */
export interface MigrationDatabase {
  /** What the schema calls it: "main". */
  readonly name: string;
  /** Where it is, without passwords. */
  readonly place: string;
  readonly dialect: Dialect;
  /** Whether a failure undoes all that was run since `begin`. */
  readonly isAtomic: boolean;
  /** Keeps other migrations away until `end`. Throws UNAVAILABLE when one is under way. */
  begin(): Promise<void>;
  /** What is there under the names of these tables; those that are not are left out. */
  find(tables: readonly TableLayout[]): Promise<Map<TableLayout, FoundTable>>;
  /** Tells whether there is a table of a name now. */
  names(): Promise<(name: string) => boolean>;
  /** Whether a query gives any row. */
  hasRow(query: string): Promise<boolean>;
  run(statement: string): Promise<void>;
  /** Keeps what was run, or undoes it where it can. */
  end(isKept: boolean): Promise<void>;
  close(): Promise<void>;
}
