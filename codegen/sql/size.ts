import type { TableColumn, TableLayout } from "./layout.ts";
import { hasExpressionAsDefault, mysqlType } from "./mysql-type.ts";

/**
 * What a table takes, at most, of what MySQL and MariaDB have for it, whichever has less. Measured on MariaDB 10.11 and MySQL
 * 9.7 with InnoDB's pages of 16 KiB and rows of the format DYNAMIC, which are the defaults everywhere.
 */
export interface TableSize {
  /** Columns of the schema. */
  readonly columns: number;
  /** A row, each text and blob of a type without a length counted as a pointer. */
  readonly rowBytes: number;
  /** The part of a row that must stand in its page: what has more than 255 bytes can move out, but its first 40 may stay. */
  readonly pageBytes: number;
  /**
   * What is kept to undo a change of all columns: of those in indexes that can move out, all that an index holds. MySQL keeps
   * columns in indexes twice.
   */
  readonly undoBytes: number;
  /** MariaDB's description of the columns, mostly their names. */
  readonly definitionBytes: number;
  /** Besides the primary key. */
  readonly indexes: number;
}

/** The most of each that a table may take. */
export const sizeLimits = Object.freeze({
  /** InnoDB's 1,017 without the hidden column. */
  columns: 1_016,
  rowBytes: 65_535,
  /** Less than half a page. */
  pageBytes: 8_125,
  /** One page, less what it has besides; some 50 bytes below the real limit, which moves with the lengths. */
  undoBytes: 16_200,
  definitionBytes: 65_535,
  /** The server's 64 without the primary key. */
  indexes: 63,
}) satisfies TableSize;

/** The hidden column: bigint unsigned. */
const version = Object.freeze({ name: "_version", bytes: 8 });
/** The header of a row, and the two columns that InnoDB has in each. */
const headBytes = 5 + 6 + 7;
/** A column with more bytes than these can move out of the row's page. */
const movableFrom = 255;
/** So much of it may stay. */
const stayingBytes = 40;
/** The most bytes of a column in an index. */
const indexedBytes = 3_072;

/** Rows with more bytes are kept lean, some way before MySQL's limit, so that columns can be added. */
const leanFrom = 60_000;

/** Whether short texts must be able to stand outside of the row, because it would be too long with all of them. */
export function isLean(layout: TableLayout): boolean {
  const { rowBytes, pageBytes } = sizeWith(layout, false);
  return rowBytes > leanFrom || pageBytes > sizeLimits.pageBytes;
}

export function sizeOf(layout: TableLayout): TableSize {
  return sizeWith(layout, isLean(layout));
}

function sizeWith(layout: TableLayout, isLean: boolean): TableSize {
  const { columns, indexes } = layout;
  const nullBytes = Math.ceil(columns.filter(({ nullable }) => nullable).length / 8);
  const size = {
    columns: columns.length,
    rowBytes: nullBytes + version.bytes,
    pageBytes: headBytes + nullBytes + version.bytes,
    undoBytes: headBytes + version.bytes + 30,
    // The header, and of each column 17 bytes and its name with an end.
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

function undoBytesOf({ isKey, isKeyed }: TableColumn, bytes: number, isMovable: boolean): number {
  // A key tells the row, and is one of the columns in indexes besides.
  if (isKey) return 2 * (bytes + 4);
  if (isKeyed) return 2 * (isMovable ? Math.min(bytes, indexedBytes) + 17 : bytes + 4);
  return isMovable ? stayingBytes + 3 : bytes + 4;
}

interface TypeSize {
  /** The most bytes of a value. */
  readonly bytes: number;
  /** What it counts in a row. */
  readonly rowBytes: number;
  readonly isFixed: boolean;
}

const fixedBytes: Readonly<Record<string, number>> = { tinyint: 1, int: 4, bigint: 8, double: 8 };
/** Bytes of the length, and eight of a pointer. */
const pointerBytes: Readonly<Record<string, number>> = {
  text: 10,
  blob: 10,
  mediumtext: 11,
  mediumblob: 11,
  longtext: 12,
};

/** Of a type as the generated statements write it. */
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
