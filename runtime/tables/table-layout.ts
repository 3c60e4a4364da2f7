/**
 * Description of a table for stores: columns in order of field number, keys, indexes and SQL text. Consists of data and
 * stateless functions, and depends on no database.
 */

/**
 * Column value as stored in a database; `null` only in columns of optional fields. 32-bit values are numbers. A bigint in a
 * 32-bit column is beyond 32 bits and was stored by a process whose schema has a wider column.
 */
export type ColumnValue = bigint | number | string | boolean | Uint8Array | null;

/** Kind of a column; decides the SQL type and the text form in the cache. */
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
  /** `google.protobuf.Timestamp` as microseconds since 1970-01-01 UTC, a bigint. */
  | "timestamp"
  /** Repeated, map or message field, as the protobuf bytes of a message with only this field. */
  | "message";

/** Column of a table. */
export interface ColumnDescriptor {
  /** Property of the row's type. */
  readonly property: string;
  /**
   * Name in the cache and the journal, unique in the table and permanent: the field's number, or "o:" and the name of a
   * oneof.
   */
  readonly field: string;
  /** Name in the database. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Type in MySQL, in lower case: "bigint unsigned", "varchar(32)". The type in SQLite follows from the kind. */
  readonly mysql: string;
  /** Whether the column accepts null, as columns of optional fields do. */
  readonly nullable: boolean;
  /** Maximum length of a string, in characters, or of bytes, in bytes; 0 for other kinds. */
  readonly maxLength: number;
  /** Whether the property of a 64-bit column is a number, so that every value must be a safe integer. Default false. */
  readonly asNumber?: boolean;
  /** Names in databases of earlier schemas, latest first. Default: none. */
  readonly former?: readonly string[];
  /** Highest data class of the column's fields, including fields of messages inside. Default PLAIN. */
  readonly dataClass?: "PLAIN" | "PERSONAL" | "SECRET";
  /**
   * Paths of properties, from the column's message down, to the secrets in a column that is not a secret as a whole. Default:
   * none.
   */
  readonly secrets?: readonly (readonly string[])[];
}

/** Index of a table. */
export interface IndexDescriptor {
  /** Name, unique in its table: the names of its columns joined by "_". */
  readonly name: string;
  /** Name in code: the properties of its columns, joined in camel case: "guildLevel". */
  readonly property: string;
  /** Positions in the table's `columns`. */
  readonly columns: readonly number[];
  /** Whether two rows may not have the same values; null differs from every value. */
  readonly unique: boolean;
  /** Table and column that a foreign key refers to; only for the index of a foreign key. */
  readonly references?: { readonly table: string; readonly column: string };
}

/**
 * SQL text of one dialect, with placeholders only. Placeholders have the order of `columns` unless stated otherwise. Every
 * table has one more column, `_version`, which a SELECT of rows returns first.
 */
export interface TableStatements {
  /** Statements that create the table, with its indexes, if it does not exist. */
  readonly create: readonly string[];
  /** Type of each column in the database's notation, in lower case: "bigint unsigned", "varchar(32)". */
  readonly types: readonly string[];
  /** Definition of a column in CREATE TABLE, after its name: "bigint NOT NULL DEFAULT 0". */
  definition(column: number): string;
  /** Adds one column; existing rows get the default of the column's type. */
  addColumn(column: number): string;
  /** Statements that add one index each, in order of `indexes`. */
  readonly createIndex: readonly string[];
  /** Selects version and all columns of the row with this key. */
  readonly selectOne: string;
  /** Selects version and all columns of the rows with these keys. Placeholders: `rowCount` times the key. */
  selectMany(rowCount: number): string;
  /**
   * Select one page of all rows in the database's key order. `selectNext` takes the last key of the page before, then the
   * limit; `selectFirst` takes the limit only. Numbers are ordered by value, texts and bytes by their bytes. SQLite stores
   * unsigned 64-bit integers as signed ones, so values from 2^63 up come first there.
   */
  readonly selectFirst: string;
  readonly selectNext: string;
  /** Select the keys of the rows with these index values; one statement per index, in order of `indexes`. */
  readonly keysByIndex: readonly string[];
  /** Inserts rows; fails when a key or unique value exists. Placeholders: for each row all columns, then the version. */
  insertMany(rowCount: number): string;
  /**
   * Inserts rows, and updates rows whose key exists. In MySQL, on a table with a unique index, use it only for existing rows
   * whose unique values do not change; another row could overwrite the row that has its unique value.
   */
  upsertMany(rowCount: number): string;
  /** Deletes the rows with these keys. */
  deleteMany(rowCount: number): string;
}

/** Statements for MySQL and MariaDB. */
export interface MysqlStatements extends TableStatements {
  /** Updates one row. Placeholders: all columns outside the key, the version, then the key. */
  readonly updateOne: string;
}

/** Place of a table in an earlier schema. */
export interface FormerTable {
  /** Database of the former table, by its name in the schema: "main". */
  readonly database: string;
  /** Name in the database. */
  readonly name: string;
}

/** Table as stores see it: rows and keys are arrays of column values. */
export interface TableLayout {
  /** Name in the database. */
  readonly name: string;
  /** Name of the database in the schema. */
  readonly database: string;
  /** Time for which a row stays cached after it was loaded, flushed or touched, milliseconds; 0: unlimited. */
  readonly ttlMs: number;
  /** Moment at which a change is acknowledged: once journalled, or once committed in the database. */
  readonly durability: "write-behind" | "write-through";
  /** Columns in order of field number. */
  readonly columns: readonly ColumnDescriptor[];
  /** Positions of the primary key's columns. */
  readonly key: readonly number[];
  /** Position of the auto-increment column; -1 for none. */
  readonly autoIncrement: number;
  /** Indexes other than the primary key. */
  readonly indexes: readonly IndexDescriptor[];
  /** Fields of removed columns; their values in caches and journals are ignored. */
  readonly retired: readonly string[];
  /**
   * Places where an earlier schema may have left rows of the table, latest first: another name, or another database.
   * Default: none.
   */
  readonly former?: readonly FormerTable[];
  /** Position of the column with the user id of the person whom a row belongs to. Default -1: none. */
  readonly owner?: number;
  /**
   * Effect of `photinus data forget` on rows of that person. "delete": the row is deleted. "anonymize": columns with personal
   * or secret data and the owner get their defaults. Default "delete".
   */
  readonly forget?: "delete" | "anonymize";
  readonly mysql: MysqlStatements;
  readonly sqlite: TableStatements;
}

/** Table as callers see it: rows and keys have their own types. */
export interface TableDescriptor<Row, Key> extends TableLayout {
  /** Converts a row to values in column order. Throws INVALID_ARGUMENT for a value that the column cannot hold. */
  valuesOf(row: Row): ColumnValue[];
  /**
   * Converts one property's value to its column's value. Throws INVALID_ARGUMENT for a value that the column cannot hold.
   */
  valueOf(column: number, value: unknown): ColumnValue;
  /** Converts values in column order to a row. */
  rowOf(values: readonly ColumnValue[]): Row;
  /** Key of a row. */
  keyOf(row: Row): Key;
  /** Creates a row: the properties of `init`, and defaults for the others. */
  newRow(init?: Partial<Row>): Row;
  /** Converts a key to column values, in the order of `key`. */
  keyValues(key: Key): ColumnValue[];
  /** Converts column values, in the order of `key`, to a key. */
  keyFrom(values: readonly ColumnValue[]): Key;
  /** Converts a value of an index (its position in `indexes`) to column values, in the order of its columns. */
  indexValues(index: number, value: unknown): ColumnValue[];
}
