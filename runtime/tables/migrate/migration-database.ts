import type { TableLayout } from "../table-layout.ts";
import type { FoundTable } from "./found-table.ts";
import type { Dialect } from "./migration-step.ts";

/** Database that a migration brings to the layout of the schema. */
export interface MigrationDatabase {
  /** Name in the schema: "main". */
  readonly name: string;
  /** Host or path, without passwords. */
  readonly place: string;
  /** Statements that change this kind of database. */
  readonly dialect: Dialect;
  /** Whether a failure rolls back all statements since `begin`. */
  readonly isAtomic: boolean;
  /** Excludes other migrations until `end`. Throws UNAVAILABLE when another migration runs. */
  begin(): Promise<void>;
  /** Describes the tables that exist under these names. */
  find(tables: readonly TableLayout[]): Promise<Map<TableLayout, FoundTable>>;
  /** Resolves with a function that tells whether a table of a name exists now. */
  names(): Promise<(name: string) => boolean>;
  /** Whether a query returns a row. */
  hasRow(query: string): Promise<boolean>;
  /** Runs one statement. */
  run(statement: string): Promise<void>;
  /** Commits the statements, or rolls them back where the database can. */
  end(isKept: boolean): Promise<void>;
  /** Closes the connection; a MySQL server that does not answer is given up after a second. */
  close(): Promise<void>;
}
