import { hasExpressionAsDefault, mysqlType } from "./mysql-type.ts";
import type { TableColumn, TableLayout } from "./table-layout.ts";

/**
 * Greatest use that a table makes of each limited resource of MySQL and MariaDB. Where the two differ, the stricter one counts. The
 * formulas were measured on MariaDB 10.11 and MySQL 9.7 with the defaults: InnoDB pages of 16 KiB, row format DYNAMIC.
 */
export interface TableSize {
  /** Number of columns that the schema declares. */
  readonly columns: number;
  /** Bytes of a row. Texts and blobs of a type without a length count as a pointer. */
  readonly rowBytes: number;
  /** Bytes of a row that must be in its page. A column of more than 255 bytes can move out, except for a prefix of 40 bytes. */
  readonly pageBytes: number;
  /**
   * Bytes of the undo record of a change of all columns. A column that can move out counts with a prefix, or with its indexed part
   * when an index has the column. MySQL stores columns of indexes twice.
   */
  readonly undoBytes: number;
  /** Bytes of MariaDB's description of the columns, mostly their names. */
  readonly definitionBytes: number;
  /** Number of secondary indexes. */
  readonly indexes: number;
}

/** Limits of a table. The generator reports a table that exceeds one of them, before a database refuses it. */
export const sizeLimits = Object.freeze({
  /** InnoDB's 1,017, less the hidden version column. */
  columns: 1_016,
  rowBytes: 65_535,
  /** Slightly less than half a page: InnoDB requires two rows in a page. */
  pageBytes: 8_125,
  /** One page less its overhead. About 50 bytes below the real limit, which varies with the lengths of the columns. */
  undoBytes: 16_200,
  definitionBytes: 65_535,
  /** The server's 64, less the primary key. */
  indexes: 63,
}) satisfies TableSize;

/** Hidden column of each table, a bigint unsigned, by which concurrent writers are detected. */
const version = Object.freeze({ name: "_version", bytes: 8 });
/** Bytes of a row's header, and of the two columns that InnoDB adds: transaction id and roll pointer. */
const headBytes = 5 + 6 + 7;
/** A column of more bytes than this can move out of the row's page. */
const movableFrom = 255;
/** Prefix of a moved column that may stay in the page, in bytes. */
const stayingBytes = 40;
/** Longest part of a column in an index, in bytes. */
const indexedBytes = 3_072;

/** Row length in bytes from which a table is lean. Well below MySQL's limit, so that columns can still be added. */
const leanFrom = 60_000;

/** Whether a table is lean: its row would be too long, so short texts get types that can be stored outside of the row. */
export function isLean(layout: TableLayout): boolean {
  const { rowBytes, pageBytes } = sizeWith(layout, false);
  return rowBytes > leanFrom || pageBytes > sizeLimits.pageBytes;
}

/** Returns the size of a table, with the column types that {@link isLean} chooses. */
export function sizeOf(layout: TableLayout): TableSize {
  return sizeWith(layout, isLean(layout));
}

/** Adds up the size of a table whose short texts are lean or not. */
function sizeWith(layout: TableLayout, isLean: boolean): TableSize {
  const { columns, indexes } = layout;
  const nullBytes = Math.ceil(columns.filter(({ nullable }) => nullable).length / 8);
  const size = {
    columns: columns.length,
    rowBytes: nullBytes + version.bytes,
    pageBytes: headBytes + nullBytes + version.bytes,
    undoBytes: headBytes + version.bytes + 30,
    // A header, and for each column 17 bytes and the name with its terminator.
    definitionBytes: 290 + 18 + version.name.length,
    indexes: indexes.length,
  };
  for (const column of columns) {
    const type = mysqlType(column, isLean);
    const { bytes, rowBytes, isFixed } = typeSize(type);
    const isMovable = bytes > movableFrom && !column.isKey;
    size.rowBytes += rowBytes;
    size.pageBytes += isFixed ? bytes : isMovable ? stayingBytes + 1 : bytes + (bytes > 255 ? 2 : 1);
    size.undoBytes += undoBytesOf(column, bytes, isMovable);
    size.definitionBytes += 18 + column.name.length;
    if (!column.nullable && hasExpressionAsDefault(type)) {
      size.definitionBytes += column.name.length + 8;
    }
  }
  return size;
}

/** Returns the bytes of a column in an undo record. */
function undoBytesOf({ isKey, isKeyed }: TableColumn, bytes: number, isMovable: boolean): number {
  // A key column is stored twice: it identifies the row, and every index ends with it.
  if (isKey) return 2 * (bytes + 4);
  if (isKeyed) return 2 * (isMovable ? Math.min(bytes, indexedBytes) + 17 : bytes + 4);
  return isMovable ? stayingBytes + 3 : bytes + 4;
}

/** Size of a column type. */
interface TypeSize {
  /** Greatest length of a value, in bytes. */
  readonly bytes: number;
  /** Bytes that count towards the row length. */
  readonly rowBytes: number;
  readonly isFixed: boolean;
}

const fixedBytes: Readonly<Record<string, number>> = { tinyint: 1, int: 4, bigint: 8, double: 8 };
/** Bytes of the length prefix, plus eight of a pointer. */
const pointerBytes: Readonly<Record<string, number>> = {
  text: 10,
  blob: 10,
  mediumtext: 11,
  mediumblob: 11,
  longtext: 12,
};

/** Returns the size of a column type, as {@link mysqlType} spells it. Throws RangeError for any other type. */
function typeSize(type: string): TypeSize {
  const [, name = "", length] = /^([a-z]+)(?:\((\d+)\))?/.exec(type) ?? [];
  const fixed = fixedBytes[name];
  if (fixed !== undefined) return { bytes: fixed, rowBytes: fixed, isFixed: true };
  const pointer = pointerBytes[name];
  if (pointer !== undefined) return { bytes: Number.POSITIVE_INFINITY, rowBytes: pointer, isFixed: false };
  if (length === undefined) throw new RangeError(`not a type of generated columns: ${type}`);
  const bytes = Number(length) * (name === "varchar" ? 4 : 1);
  return { bytes, rowBytes: bytes + (bytes > 255 ? 2 : 1), isFixed: false };
}
