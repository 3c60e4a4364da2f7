/**
 * What a store is given of a table: columns in order of field number, keys, indexes and SQL text. It is data and functions
 * without state; nothing here knows a database.
 */

/**
 * A column's value as it stands in a database and on the way there; `null` only in columns of optional fields. Numbers of 32
 * bits are numbers; a bigint in such a column was stored by a process whose schema has a wider one, and is beyond 32 bits.
 */
export type ColumnValue = bigint | number | string | boolean | Uint8Array | null;

/** How a column's value is kept; it decides the SQL type and the text form in the cache. */
export type ColumnKind =
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float"
  | "double"
  | "bool"
  | "string"
  | "bytes"
  /** A `google.protobuf.Timestamp`: microseconds since 1970-01-01 UTC, as a bigint. */
  | "timestamp"
  /** A repeated, map or message field: the protobuf bytes of a message that holds this field alone. */
  | "message";

export interface ColumnDescriptor {
  /** The property of the row's type. */
  readonly property: string;
  /**
   * The name in the cache and the journal, unique in the table and the same for ever: the field's number, or "o:" and the
   * name of a oneof.
   */
  readonly field: string;
  /** The name in the database. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** The type in MySQL, in lower case: "bigint unsigned", "varchar(32)". In SQLite the type follows from the kind. */
  readonly mysql: string;
  readonly nullable: boolean;
  /** Of string and bytes columns: the most characters or bytes; 0 where that does not apply. */
  readonly maxLength: number;
  /** Of a 64-bit column: the property is a number, and every value must be exact as one. Default false. */
  readonly asNumber?: boolean;
  /** What a database of an earlier schema may call it, the last name first. Default none. */
  readonly former?: readonly string[];
}

export interface IndexDescriptor {
  /** Unique in its table: the names of its columns joined by "_". */
  readonly name: string;
  /** What code calls it: the properties of its columns, joined in camel case: "guildLevel". */
  readonly property: string;
  /** Positions in `columns`. */
  readonly columns: readonly number[];
  readonly unique: boolean;
  /** Of an index that a foreign key made: table and column referred to. */
  readonly references?: { readonly table: string; readonly column: string };
}

/**
 * SQL text of one dialect, with placeholders only. The order of the placeholders is that of `columns` unless said.
 * Every table has one more column, `_version`; a SELECT of rows gives it first.
 */
export interface TableStatements {
  /** Creates the table, and its indexes with it, when it is not there. */
  readonly create: readonly string[];
  /** Each column's type as the database calls it, in lower case: "bigint unsigned", "varchar(32)". */
  readonly types: readonly string[];
  /** What a column is in the table's own CREATE, behind its name: "bigint NOT NULL DEFAULT 0". */
  definition(column: number): string;
  /** Adds one column to a table that lacks it; rows that are there get the default of the column's type. */
  addColumn(column: number): string;
  /** Adds one index to a table that lacks it, in order of `indexes`. */
  readonly createIndex: readonly string[];
  /** Version and all columns of the row with this key. */
  readonly selectOne: string;
  /** Version and all columns of the rows with so many keys: `rowCount` times the key's placeholders. */
  selectMany(rowCount: number): string;
  /**
   * One page of all rows in the database's order of keys: the last key of the page before, then the limit; `selectFirst`
   * takes the limit alone. Numbers go by size, texts and bytes by their bytes; SQLite keeps unsigned 64-bit integers as
   * signed ones, so that those from 2^63 up come first there.
   */
  readonly selectFirst: string;
  readonly selectNext: string;
  /** Keys of the rows with these index values; one statement for each index, in order of `indexes`. */
  readonly keysByIndex: readonly string[];
  /** Inserts so many rows, and fails when one's key or unique value is there: for each row all columns, then the version. */
  insertMany(rowCount: number): string;
  /**
   * Inserts rows, and changes rows whose key is there. In MySQL, on a table with a unique index, only for rows that are there
   * with the same unique values, as any other that meets a row's unique value would overwrite that row.
   */
  upsertMany(rowCount: number): string;
  /** Removes the rows with these keys. */
  deleteMany(rowCount: number): string;
}

export interface MysqlStatements extends TableStatements {
  /** Changes one row: all columns but the key's, the version, then the key. */
  readonly updateOne: string;
}

/** A table of an earlier schema. */
export interface FormerTable {
  readonly database: string;
  /** The name in the database. */
  readonly name: string;
}

/** A table as a store sees it: rows and keys are values in column order. */
export interface TableLayout {
  /** The name in the database. */
  readonly name: string;
  readonly database: string;
  readonly ttlMs: number;
  readonly durability: "write-behind" | "write-through";
  readonly columns: readonly ColumnDescriptor[];
  /** Positions of the primary key's columns. */
  readonly key: readonly number[];
  /** Position of the auto-increment column, -1 for none. */
  readonly autoIncrement: number;
  readonly indexes: readonly IndexDescriptor[];
  /** Fields of columns that the table had once: what caches and journals still have of them is left aside. */
  readonly retired: readonly string[];
  /**
   * Where an earlier schema may have its rows, the last place first: it had another name, or was in another database. Default
   * none.
   */
  readonly former?: readonly FormerTable[];
  readonly mysql: MysqlStatements;
  readonly sqlite: TableStatements;
}

/** A table as its users see it: rows and keys have types of their own. */
export interface TableDescriptor<Row, Key> extends TableLayout {
  /** The row's values in column order. Throws INVALID_ARGUMENT for a value that the column cannot hold. */
  valuesOf(row: Row): ColumnValue[];
  /** One property's value as its column keeps it. */
  valueOf(column: number, value: unknown): ColumnValue;
  rowOf(values: readonly ColumnValue[]): Row;
  keyOf(row: Row): Key;
  /** A row with the defaults of its fields, but for those that `init` has. */
  newRow(init?: Partial<Row>): Row;
  /** The key's values, in the order of `key`. */
  keyValues(key: Key): ColumnValue[];
  keyFrom(values: readonly ColumnValue[]): Key;
  /** The values of an index (its position in `indexes`), in the order of its columns. */
  indexValues(index: number, value: unknown): ColumnValue[];
}
