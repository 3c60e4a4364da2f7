/** Table as its database describes it. */
export interface FoundTable {
  /** Columns in the database's order. */
  readonly columns: readonly FoundColumn[];
  /** Column names of the primary key, in key order. */
  readonly key: readonly string[];
  /** Indexes other than the primary key. */
  readonly indexes: readonly FoundIndex[];
  /** Other properties of the table that may differ from those that rows need. */
  readonly traits: FoundTraits;
}

/** Column as its database describes it. */
export interface FoundColumn {
  readonly name: string;
  /** Type in the form of `TableStatements.types`; followed by " collate x" for a text that is not compared by its bytes. */
  readonly type: string;
  /** Whether the column accepts null. */
  readonly nullable: boolean;
  /** Whether the database provides a value for rows that omit the column: a default or a generated value. */
  readonly hasDefault: boolean;
}

/** Index as its database describes it. */
export interface FoundIndex {
  readonly name: string;
  /** Column names. A part that is not a whole column is written as an impossible name: "name(10)", "(expression)". */
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** Properties of a table beside columns and indexes. */
export interface FoundTraits {
  /** Storage engine (MySQL): "InnoDB". */
  readonly engine?: string;
  /** Default collation of added columns (MySQL). */
  readonly collation?: string;
  /** Whether columns accept only values of their own type (SQLite). */
  readonly isStrict?: boolean;
  /** Version of the library as a number (SQLite): 3053004 is 3.53.4. */
  readonly library?: number;
}
