/** A table as its database describes it. */
export interface FoundTable {
  /** In the database's order. */
  readonly columns: readonly FoundColumn[];
  /** Names of the primary key's columns, in its order. */
  readonly key: readonly string[];
  /** All but that of the primary key. */
  readonly indexes: readonly FoundIndex[];
  /** What else the table is, as far as its database can have it otherwise than our rows need it. */
  readonly traits: FoundTraits;
}

export interface FoundColumn {
  readonly name: string;
  /** In the form of `TableStatements.types`, with " collate x" after a text that is not compared by its bytes. */
  readonly type: string;
  readonly nullable: boolean;
  /** Whether the database has a value for rows that do not name it: a default, or what it makes of other columns. */
  readonly hasDefault: boolean;
}

export interface FoundIndex {
  readonly name: string;
  /** Names of columns; what is no whole column stands as what can be no name: "name(10)", "(expression)". */
  readonly columns: readonly string[];
  readonly unique: boolean;
}

export interface FoundTraits {
  /** Of MySQL: "InnoDB". */
  readonly engine?: string;
  /** Of MySQL: that of columns which are added. */
  readonly collation?: string;
  /** Of SQLite: whether columns take values of their own type alone. */
  readonly isStrict?: boolean;
  /** Of SQLite: the version of the library, as a number: 3053004 is 3.53.4. */
  readonly library?: number;
}
