import { fail } from "../../../schema/errors.ts";
import { compareKeys } from "../column/order.ts";
import { integerRangeOf } from "../column/range.ts";
import { sumOf } from "../column/sum.ts";
import type { ColumnValue, TableLayout } from "../descriptor.ts";
import type { ColumnChange, Increment, StoredRow } from "../store.ts";
import { isConstraint, refusalOf, type Sqlite } from "./sqlite.ts";
import { bind, bindRow, fromSqlite, storedRow } from "./values.ts";

const readSequence = "SELECT last FROM photinus_sequence WHERE name = ?";
const writeSequence =
  "INSERT INTO photinus_sequence (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last";

/** What can be done with the rows of one table, at once. Everything that writes belongs into a transaction. */
export class SqliteRows {
  readonly table: TableLayout;
  readonly #sqlite: Sqlite;
  readonly #insert: string;
  readonly #upsert: string;
  readonly #delete: string;

  constructor(sqlite: Sqlite, table: TableLayout) {
    this.table = table;
    this.#sqlite = sqlite;
    this.#insert = table.sqlite.insertMany(1);
    this.#upsert = table.sqlite.upsertMany(1);
    this.#delete = table.sqlite.deleteMany(1);
  }

  read(key: readonly ColumnValue[]): StoredRow | undefined {
    const { table } = this;
    const row = this.#sqlite.first(table.sqlite.selectOne, bind(table, table.key, key));
    return row && storedRow(table, row);
  }

  create(given: readonly ColumnValue[]): StoredRow {
    const { autoIncrement } = this.table;
    const values = [...given];
    if (autoIncrement >= 0) values[autoIncrement] = this.#number(autoIncrement, values[autoIncrement] ?? 0);
    const row = { version: 1, values };
    this.#put(this.#insert, row);
    return row;
  }

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

  increment(key: readonly ColumnValue[], increment: Increment): bigint | number {
    const { version, values } = this.#existing(key, undefined);
    const sum = sumOf(this.table, increment, values[increment.column] ?? null);
    this.#put(this.#upsert, { version: version + 1, values: values.with(increment.column, sum) });
    return sum;
  }

  remove(key: readonly ColumnValue[], expectedVersion: number | undefined): boolean {
    const row = this.read(key);
    if (row === undefined) return false;
    this.#check(row, expectedVersion);
    this.#sqlite.run(this.#delete, bind(this.table, this.table.key, key));
    return true;
  }

  keysBy(index: number, values: readonly ColumnValue[]): ColumnValue[][] {
    const { table } = this;
    const bound = bind(table, table.indexes[index]!.columns, values);
    const kinds = table.key.map((column) => table.columns[column]!.kind);
    const keys = this.#sqlite
      .all(table.sqlite.keysByIndex[index]!, bound)
      .map((key) => kinds.map((kind, at) => fromSqlite(kind, key[at] ?? null)));
    // SQLite has put large unsigned ones first.
    return kinds.includes("uint64") ? keys.sort((a, b) => compareKeys(table, a, b)) : keys;
  }

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
    if (row === undefined) throw fail("NOT_FOUND", `the table ${this.table.name} has no row of this key`);
    this.#check(row, expectedVersion);
    return row;
  }

  #check(row: StoredRow, expectedVersion: number | undefined): void {
    if (expectedVersion === undefined || row.version === expectedVersion) return;
    throw fail("ABORTED", `the row of ${this.table.name} was changed meanwhile`);
  }

  #put(statement: string, row: StoredRow): void {
    try {
      this.#sqlite.run(statement, bindRow(this.table, row));
    } catch (error) {
      throw isConstraint(error) ? refusalOf(error, this.#sqlite.file) : error;
    }
  }

  /** The number of a new row. The sequence goes on behind the highest that there ever was. */
  #number(column: number, given: ColumnValue): ColumnValue {
    const { kind } = this.table.columns[column]!;
    const isUnsigned = kind === "uint64";
    const [kept = 0n] = this.#sqlite.first(readSequence, [this.table.name]) ?? [];
    const last = isUnsigned ? BigInt.asUintN(64, kept as bigint) : (kept as bigint);
    const wanted = BigInt(given as bigint | number);
    const number = wanted === 0n ? last + 1n : wanted;
    if (number > (integerRangeOf(kind)?.most ?? 0n)) {
      throw fail("RESOURCE_EXHAUSTED", `the table ${this.table.name} has no numbers left for new rows`);
    }
    if (number > last) {
      this.#sqlite.run(writeSequence, [this.table.name, isUnsigned ? BigInt.asIntN(64, number) : number]);
    }
    return typeof given === "bigint" ? number : Number(number);
  }
}
