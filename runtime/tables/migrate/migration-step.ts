import type { TableLayout, TableStatements } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";

/** One change of one table that loses no values. */
export interface Step {
  /** Name of the database in the schema. */
  readonly database: string;
  readonly table: string;
  /** Description for people: "add the column gold, bigint". */
  readonly change: string;
  /** Statements, to be run in this order. */
  readonly sql: readonly string[];
  /** Condition under which the step is refused. */
  readonly obstacle?: Obstacle;
}

/** Condition that depends on the rows. */
export interface Obstacle {
  /** Query that returns a row when the step cannot be applied. */
  readonly query: string;
  /** Reason for people. */
  readonly reason: string;
}

/** Change that is not applied, because it could lose data. */
export interface Refusal {
  readonly database: string;
  readonly table: string;
  /** Reason for people: "the column level is bigint; the schema has int". */
  readonly reason: string;
  /** Statements that a person would have to run. */
  readonly sql: readonly string[];
}

/** Refusal that depends on the rows. */
export interface Doubt {
  /** Query that returns a row when the refusal applies. */
  readonly query: string;
  readonly refusal: Refusal;
}

/** Column or index that the schema does not have and that does no harm; reported and kept. */
export interface Leftover {
  readonly database: string;
  readonly table: string;
  /** Description for people: "the column old". */
  readonly what: string;
  /** Statements that a person would run to drop it. */
  readonly sql: readonly string[];
}

/** Plan before the rows are checked. */
export interface Draft extends Plan {
  /** Refusals whose queries must still be run. */
  readonly doubts: readonly Doubt[];
}

/** All differences between the tables of a schema and the tables of a database. */
export interface Plan {
  /** Changes that lose no data, in order. */
  readonly steps: readonly Step[];
  /** Changes that need a person. */
  readonly refusals: readonly Refusal[];
  /** Columns and indexes that only the database has. */
  readonly leftovers: readonly Leftover[];
}

/** Turns a step into a refusal when its obstacle exists. */
export function refusalOf({ database, table, sql }: Step, { query, reason }: Obstacle): Refusal {
  return { database, table, reason, sql: [query, ...sql] };
}

/** Statements that change one kind of database. All functions are pure: they return text and run nothing. */
export interface Dialect {
  readonly name: "MySQL" | "SQLite";
  /** SQL of a table in this dialect. */
  statements(table: TableLayout): TableStatements;
  /** Quotes a name, which may have any characters. */
  quote(name: string): string;
  /** Name of an index in the generated statements. */
  indexName(table: TableLayout, index: TableLayout["indexes"][number]): string;
  /** Adds the hidden column that counts the changes of a row. */
  addVersion(table: TableLayout): string;
  /** Expression by which an index of the schema compares the values of a column. */
  compared(column: TableLayout["columns"][number]): string;
  /** Whether every value of a column of type `found` is the same value in a column of type `wanted`. */
  isWider(found: string, wanted: string): boolean;
  /**
   * Obstacle to converting a text or bytes column that enters or leaves an index, as {@link changeColumn} does; undefined
   * when the types differ in another way.
   */
  keptOtherwise(table: TableLayout, at: number, found: string): Obstacle | undefined;
  /**
   * Gives a column the schema's type, and makes it nullable if the schema allows null; undefined when the database cannot do
   * so in place.
   */
  changeColumn(table: TableLayout, at: number, found: FoundTable): readonly string[] | undefined;
  /** Gives a column the schema's type by statements that may lose values. */
  forceColumn(table: TableLayout, at: number, column: FoundColumn, found: FoundTable): readonly string[];
  /** Gives the table the schema's primary key. */
  forceKey(table: TableLayout, found: FoundTable): readonly string[];
  /** Drops an index that the schema does not have. */
  dropIndex(table: TableLayout, index: FoundIndex, found: FoundTable): readonly string[];
  /**
   * Renames an index to its name in the schema when a table of another name could need its present name; undefined when the
   * index may keep its name.
   */
  renameIndex(table: TableLayout, at: number, index: FoundIndex): readonly string[] | undefined;
  /** Replaces an index that has the name of an index of the schema. */
  replaceIndex(table: TableLayout, at: number, index: FoundIndex, found: FoundTable): readonly string[];
  /** Drops a column that the schema does not have, with its values. */
  dropColumn(table: TableLayout, name: string, found: FoundTable): readonly string[];
  /** Checks the table's other properties, such as its engine. */
  examine(table: TableLayout, found: FoundTable): readonly (Step | Refusal)[];
}

/** Compares names of columns and indexes, whose case MySQL and SQLite ignore. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Compares lists of names, ignoring case. */
export function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => isSameName(name, other[at]!));
}

/** First of the statements that rebuild a table: a new table takes the rows and the name of the old one. */
export const rebuildStart = "BEGIN IMMEDIATE";
