import { fail } from "../../../schema/errors.ts";
import { firstVersion } from "../columns/first-version.ts";
import { sumOf } from "../columns/increment-sum.ts";
import { integerRangeOf } from "../columns/integer-range.ts";
import { compareKeys } from "../columns/key-order.ts";
import { formerNamesOf } from "../migrate/renamed-tables.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { ColumnChange, Increment, StoredRow } from "../table-store.ts";
import { refusalOf, type Sqlite } from "./sqlite-connection.ts";
import { isConstraint } from "./sqlite-result-code.ts";
import { bind, bindRow, fromSqlite, storedRow } from "./sqlite-values.ts";

const readSequence = "SELECT last FROM photinus_sequence WHERE name = ?";
const writeSequence =
  "INSERT INTO photinus_sequence (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last";

/** Greatest number that affects the sequence, as in the cached store; callers may choose greater numbers. */
const lastSkipped = 2n ** 53n - 1n - 10_000n;

/** Operations on the rows of one table, executed at once. Operations that write must run in a transaction. */
export class SqliteRows {
  readonly table: TableLayout;
  readonly #sqlite: Sqlite;
  readonly #select: string;
  readonly #insert: string;
  readonly #upsert: string;
  readonly #delete: string;
  readonly #mostNumber: string;
  /** Current and former names of the table. */
  readonly #names: readonly string[];

  constructor(sqlite: Sqlite, table: TableLayout) {
    this.table = table;
    this.#sqlite = sqlite;
    this.#select = table.sqlite.selectOne;
    this.#insert = table.sqlite.insertMany(1);
    this.#upsert = table.sqlite.upsertMany(1);
    this.#delete = table.sqlite.deleteMany(1);
    this.#names = [table.name, ...formerNamesOf(table)];
    const counter = `"${table.columns[table.autoIncrement]?.name}"`;
    this.#mostNumber = `SELECT max(${counter}) FROM "${table.name}" WHERE ${counter} <= ?`;
  }

  /** Reads a row; undefined when it does not exist. */
  read(key: readonly ColumnValue[]): StoredRow | undefined {
    const { table } = this;
    const row = this.#sqlite.first(this.#select, bind(table, table.key, key));
    return row && storedRow(table, row);
  }

  /** Inserts a row; an auto-increment column with 0 gets the next number. Throws ALREADY_EXISTS. */
  create(given: readonly ColumnValue[]): StoredRow {
    const { autoIncrement } = this.table;
    const values = [...given];
    const chosen = autoIncrement < 0 ? undefined : BigInt((values[autoIncrement] as bigint | number) ?? 0);
    if (chosen === 0n) values[autoIncrement] = this.#nextNumber(autoIncrement);
    else if (chosen !== undefined) this.#skipNumber(chosen);
    // A new number never had a row before, so its versions may start at 1.
    const row = { version: chosen === 0n ? 1 : firstVersion(), values };
    this.#put(this.#insert, row);
    return row;
  }

  /** Changes columns of a row. Returns the new version. Throws NOT_FOUND, and ABORTED when the version moved. */
  write(
    key: readonly ColumnValue[],
    changes: readonly ColumnChange[],
    expectedVersion: number | undefined,
  ): number {
    const { version, values } = this.#existing(key, expectedVersion);
    const changed = [...values];
    for (const { column, value } of changes) changed[column] = value;
    this.#put(this.#upsert, { version: version + 1, values: changed });
    return version + 1;
  }

  /** Adds to a column. Returns the sum. Throws NOT_FOUND and OUT_OF_RANGE. */
  increment(key: readonly ColumnValue[], increment: Increment): bigint | number {
    const { version, values } = this.#existing(key, undefined);
    const sum = sumOf(this.table, increment, values[increment.column] ?? null);
    this.#put(this.#upsert, { version: version + 1, values: values.with(increment.column, sum) });
    return sum;
  }

  /** Deletes a row. Returns false when it did not exist. Throws ABORTED when the version moved. */
  remove(key: readonly ColumnValue[], expectedVersion: number | undefined): boolean {
    const row = this.read(key);
    if (row === undefined) return false;
    this.#check(row, expectedVersion);
    this.#sqlite.run(this.#delete, bind(this.table, this.table.key, key));
    return true;
  }

  /** Reads the keys of the rows with these index values, in key order. */
  keysBy(index: number, values: readonly ColumnValue[]): ColumnValue[][] {
    const { table } = this;
    const bound = bind(table, table.indexes[index]!.columns, values);
    const kinds = table.key.map((column) => table.columns[column]!.kind);
    const keys = this.#sqlite
      .all(table.sqlite.keysByIndex[index]!, bound)
      .map((key) => kinds.map((kind, at) => fromSqlite(kind, key[at] ?? null)));
    // SQLite sorts uint64 values as signed numbers, so values of 2^63 and above come first.
    return kinds.includes("uint64") ? keys.sort((a, b) => compareKeys(table, a, b)) : keys;
  }

  /** Reads the rows after a key, in SQLite's key order; without `after`, the first rows. */
  page(after: readonly ColumnValue[] | undefined, limit: number): StoredRow[] {
    const { table } = this;
    const { selectFirst, selectNext } = table.sqlite;
    const rows =
      after === undefined
        ? this.#sqlite.all(selectFirst, [limit])
        : this.#sqlite.all(selectNext, [...bind(table, table.key, after), limit]);
    return rows.map((row) => storedRow(table, row));
  }

  #existing(key: readonly ColumnValue[], expectedVersion: number | undefined): StoredRow {
    const row = this.read(key);
    if (row === undefined) throw fail("NOT_FOUND", `the table ${this.table.name} has no row with this key`);
    this.#check(row, expectedVersion);
    return row;
  }

  #check(row: StoredRow, expectedVersion: number | undefined): void {
    if (expectedVersion === undefined || row.version === expectedVersion) return;
    throw fail("ABORTED", `the row of ${this.table.name} was changed by a concurrent call`);
  }

  #put(statement: string, row: StoredRow): void {
    try {
      this.#sqlite.run(statement, bindRow(this.table, row));
    } catch (error) {
      throw isConstraint(error) ? refusalOf(error, this.#sqlite.file) : error;
    }
  }

  /** Next auto-increment number: greater than all numbers taken before and all numbers of existing rows. */
  #nextNumber(column: number): ColumnValue {
    const { kind, asNumber = false } = this.table.columns[column]!;
    const [found] = this.#sqlite.first(this.#mostNumber, [lastSkipped]) ?? [];
    const most = (found as bigint | null | undefined) ?? 0n;
    const last = this.#lastNumber();
    const number = (most > last ? most : last) + 1n;
    if (number > (asNumber ? lastSkipped : (integerRangeOf(kind)?.most ?? 0n))) {
      throw fail(
        "RESOURCE_EXHAUSTED",
        `auto-increment numbers of ${this.table.name} are used up; the next number does not fit the column`,
      );
    }
    this.#keepNumber(number);
    return kind === "int64" || kind === "uint64" ? number : Number(number);
  }

  /** Keeps the sequence from handing out a number that a caller chose. */
  #skipNumber(chosen: bigint): void {
    if (chosen <= lastSkipped && chosen > this.#lastNumber()) this.#keepNumber(chosen);
  }

  /** Last number taken, under the table's current and former names. */
  #lastNumber(): bigint {
    let most = 0n;
    for (const name of this.#names) {
      const [last = 0n] = this.#sqlite.first(readSequence, [name]) ?? [];
      const number = BigInt.asUintN(64, last as bigint);
      if (number > most) most = number;
    }
    return most;
  }

  #keepNumber(number: bigint): void {
    this.#sqlite.run(writeSequence, [this.table.name, BigInt.asIntN(64, number)]);
  }
}
