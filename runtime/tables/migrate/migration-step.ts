import type { TableLayout, TableStatements } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";

/** One change of one table that keeps every value that is there. */
export interface Step {
  /** The database's name in the schema. */
  readonly database: string;
  readonly table: string;
  /** What a person calls it: "add the column gold, bigint". */
  readonly change: string;
  /** To be run in this order. */
  readonly sql: readonly string[];
  readonly obstacle?: Obstacle;
}

/** What only the rows can tell. */
export interface Obstacle {
  /** Gives a row when the step cannot be done. */
  readonly query: string;
  readonly reason: string;
}

/** A change that is not made, because it could lose something. */
export interface Refusal {
  readonly database: string;
  readonly table: string;
  /** "the column level is bigint, where the schema has int". */
  readonly reason: string;
  /** What a person would have to run. */
  readonly sql: readonly string[];
}

/** A refusal that only the rows can tell of. */
export interface Doubt {
  /** Gives a row when it is one. */
  readonly query: string;
  readonly refusal: Refusal;
}

/** What a database has and the schema does not know, and which is in nobody's way: it is reported, and stays. */
export interface Leftover {
  readonly database: string;
  readonly table: string;
  /** "the column old". */
  readonly what: string;
  /** What a person would have to run to drop it. */
  readonly sql: readonly string[];
}

/** What can be said before the rows are looked at. */
export interface Draft extends Plan {
  readonly doubts: readonly Doubt[];
}

/** All that lies between the tables of a schema and those of a database. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly leftovers: readonly Leftover[];
}

/** What becomes of a step when its obstacle is there. */
export function refusalOf({ database, table, sql }: Step, { query, reason }: Obstacle): Refusal {
  return { database, table, reason, sql: [query, ...sql] };
}

/** How one kind of database is changed. Pure: it makes text, and nothing is run. */
export interface Dialect {
  readonly name: "MySQL" | "SQLite";
  statements(table: TableLayout): TableStatements;
  quote(name: string): string;
  /** What the generated statements call an index. */
  indexName(table: TableLayout, index: TableLayout["indexes"][number]): string;
  /** Adds the hidden column that counts a row's changes. */
  addVersion(table: TableLayout): string;
  /** A column as its values are compared in an index of the schema. */
  compared(column: TableLayout["columns"][number]): string;
  /** Whether every value of a column of the one type is the same value in a column of the other. */
  isWider(found: string, wanted: string): boolean;
  /**
   * What can stand in the way of keeping a text or bytes otherwise because it gets an index or loses one, as
   * {@link changeColumn} does; undefined where that is not what lies between the types.
   */
  keptOtherwise(table: TableLayout, at: number, found: string): Obstacle | undefined;
  /** Gives a column the schema's type, and lets it be null if it may; undefined when this database cannot in place. */
  changeColumn(table: TableLayout, at: number, found: FoundTable): readonly string[] | undefined;
  /** Gives a column the schema's type where values can be lost. */
  forceColumn(table: TableLayout, at: number, column: FoundColumn, found: FoundTable): readonly string[];
  /** Gives the table the schema's primary key. */
  forceKey(table: TableLayout, found: FoundTable): readonly string[];
  dropIndex(table: TableLayout, index: FoundIndex, found: FoundTable): readonly string[];
  /**
   * Gives an index the name that it has in the schema, where a table of another name could want its present one; undefined when
   * it may stay as it is.
   */
  renameIndex(table: TableLayout, at: number, index: FoundIndex): readonly string[] | undefined;
  /** Puts an index of the schema into the place of one that has its name. */
  replaceIndex(table: TableLayout, at: number, index: FoundIndex, found: FoundTable): readonly string[];
  /** Drops a column that the schema does not know, and its values. */
  dropColumn(table: TableLayout, name: string, found: FoundTable): readonly string[];
  /** What is to be said of the table as a whole. */
  examine(table: TableLayout, found: FoundTable): readonly (Step | Refusal)[];
}

/** Names in SQL are the same without regard to capitals, in MySQL's and SQLite's columns and indexes. */
export function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => isSameName(name, other[at]!));
}

/** What begins the statements that put a new table into the place of the old one. */
export const rebuildStart = "BEGIN IMMEDIATE";
