/**
 * What generated code says of a table: columns in order of field number, keys, indexes and SQL text. It is data and
 * straight-line functions; nothing here knows a database.
 */

/** A column's value as it stands in a database and on the way there; `null` only in columns of optional fields. */
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
  /** The name in the database. */
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  /** Of string and bytes columns: the most characters or bytes; 0 where that does not apply. */
  readonly maxLength: number;
}

export interface IndexDescriptor {
  /** Unique in its table: the names of its columns joined by "_". */
  readonly name: string;
  /** Positions in `columns`. */
  readonly columns: readonly number[];
  readonly unique: boolean;
  /** Of an index that a foreign key made: table and column referred to. */
  readonly references?: { readonly table: string; readonly column: string };
}

/** SQL text of one dialect, with placeholders only. The order of the placeholders is that of `columns` unless said. */
export interface TableStatements {
  /** Creates the table and its indexes when they are not there. */
  readonly create: readonly string[];
  /** Version and all columns of the row with this key. */
  readonly selectOne: string;
  /** The same, for so many keys: `rowCount` times the key's placeholders. */
  selectMany(rowCount: number): string;
  /** One page of all rows by key: the last key of the page before, then the limit; `selectFirst` takes the limit alone. */
  readonly selectFirst: string;
  readonly selectNext: string;
  /** Keys of the rows with these index values; one statement for each index, in order of `indexes`. */
  readonly keysByIndex: readonly string[];
  /** Inserts so many rows, or overwrites those that are there: for each row all columns, then the version. */
  upsertMany(rowCount: number): string;
  /** Removes the rows with these keys. */
  deleteMany(rowCount: number): string;
}

export interface TableDescriptor<Row, Key> {
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
  readonly mysql: TableStatements;
  readonly sqlite: TableStatements;
  /** The row's values in column order. Throws INVALID_ARGUMENT for a value that the column cannot hold. */
  valuesOf(row: Row): ColumnValue[];
  /** One property's value as its column keeps it. */
  valueOf(column: number, value: unknown): ColumnValue;
  rowOf(values: readonly ColumnValue[]): Row;
  keyOf(row: Row): Key;
  /** The key's values, in the order of `key`. */
  keyValues(key: Key): ColumnValue[];
  keyFrom(values: readonly ColumnValue[]): Key;
}
