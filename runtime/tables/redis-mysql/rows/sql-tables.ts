import { storedWhole } from "../../columns/integer-range.ts";
import type { Database, SqlValue, Statements } from "../../mysql/mysql-database.ts";
import { databaseError } from "../../mysql/mysql-error.ts";
import { statementOfRows } from "../../sql/statement-of-rows.ts";
import type { ColumnKind, ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { indexText, keyText } from "../column-text.ts";
import type { Entry } from "../journal/journal-entry.ts";
import { refuseRenamed } from "../renamed-tables-check.ts";

/** Maximum rows of one SELECT. */
const selectCount = 256;

/** Statements for the tables in MySQL. */
export class SqlTables {
  readonly #database: Database;
  readonly #creates: boolean;
  readonly #known = new Map<string, TableLayout>();
  /** Fields of each table's columns, including retired columns. */
  readonly #fields = new Map<string, ReadonlySet<string>>();
  readonly #created = new Map<string, Promise<void>>();
  readonly #statements = new Map<string, string>();

  constructor(database: Database, tables: readonly TableLayout[], creates: boolean) {
    this.#database = database;
    this.#creates = creates;
    for (const table of tables) this.know(table);
  }

  /** Finds a table that this process knows, by its name. */
  get(name: string): TableLayout | undefined {
    return this.#known.get(name);
  }

  /** All registered tables. */
  get all(): readonly TableLayout[] {
    return [...this.#known.values()];
  }

  /** Registers a table of this process. */
  know(table: TableLayout): void {
    if (this.#known.has(table.name)) return;
    this.#known.set(table.name, table);
    this.#fields.set(table.name, new Set([...table.columns.map(({ field }) => field), ...table.retired]));
  }

  /** Describes a table or field of a journal entry that this process does not know; undefined when all are known. */
  unknownOf(entry: Entry): string | undefined {
    const fields = this.#fields.get(entry.table);
    if (fields === undefined) return `the table ${entry.table}`;
    const field = entry.fieldBeside(fields);
    return field === undefined ? undefined : `the field ${field} of ${entry.table}`;
  }

  /**
   * Creates the table when it is missing, once per process. Rejects with the driver's errors.
   *
   * @param until deadline, by the clock's `now`, here and below
   */
  async ready(table: TableLayout, until = this.until()): Promise<void> {
    this.know(table);
    if (!this.#creates) return;
    const known = this.#created.get(table.name);
    if (known !== undefined) return known;
    const creating = (async () => {
      await refuseRenamed(this.#database, table, until);
      for (const statement of table.mysql.create) await this.#database.run(statement, [], until);
    })();
    this.#created.set(table.name, creating);
    try {
      await creating;
    } catch (error) {
      this.#created.delete(table.name);
      throw error;
    }
  }

  /** Deadline of a call that begins now, by the clock's `now`. */
  until(): number {
    return this.#database.until();
  }

  /** Reads the rows of these keys, by {@link keyText}; missing rows are left out. */
  async rows(
    table: TableLayout,
    keys: readonly (readonly ColumnValue[])[],
    until = this.until(),
  ): Promise<Map<string, StoredRow>> {
    const found = new Map<string, StoredRow>();
    await this.#read(table, until, async (statements) => {
      for (let at = 0; at < keys.length; at += selectCount) {
        const rows = await selectRows(statements, table, keys.slice(at, at + selectCount));
        for (const [key, row] of rows) found.set(key, row);
      }
    });
    return found;
  }

  /** Reads the keys of the rows with these index values, in key order. */
  keysBy(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    until = this.until(),
  ): Promise<ColumnValue[][]> {
    return this.#read(table, until, async (statements) => {
      const rows = await statements.rows(table.mysql.keysByIndex[index]!, values);
      return rows.map((row) =>
        table.key.map((column, at) => columnValueOf(table.columns[column]!.kind, row[at])),
      );
    });
  }

  /**
   * Reads the keys of the rows with each of these values of an index, in one query. No value may be null, and the values
   * must fit one statement.
   */
  keysByMany(
    table: TableLayout,
    index: number,
    wanted: readonly (readonly ColumnValue[])[],
    until = this.until(),
  ): Promise<ColumnValue[][][]> {
    const { columns } = table.indexes[index]!;
    const count = 2 ** Math.ceil(Math.log2(wanted.length));
    const values: SqlValue[] = [];
    for (let at = 0; at < count; at++) values.push(...wanted[Math.min(at, wanted.length - 1)]!);
    return this.#read(table, until, async (statements) => {
      const rows = await statements.rows(this.#keysByMany(table, index, count), values);
      const found = new Map<string, ColumnValue[][]>();
      for (const row of rows) {
        const key = table.key.map((column, at) => columnValueOf(table.columns[column]!.kind, row[at]));
        const own = columns.map((column, at) =>
          columnValueOf(table.columns[column]!.kind, row[table.key.length + at]),
        );
        const name = indexText(own).toString("latin1" as "utf8");
        const known = found.get(name);
        if (known === undefined) found.set(name, [key]);
        else known.push(key);
      }
      return wanted.map((own) => found.get(indexText(own).toString("latin1" as "utf8")) ?? []);
    });
  }

  /** Statement texts are cached: few exist, because their row counts are powers of two. */
  #keysByMany(table: TableLayout, index: number, count: number): string {
    const name = `${table.name}:${index}:${count}`;
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const quoted = (at: number) => `\`${table.columns[at]!.name}\``;
    const own = table.indexes[index]!.columns.map(quoted);
    const [row, tuple] =
      own.length === 1 ? ["?", own[0]!] : [`(${own.map(() => "?").join(", ")})`, `(${own.join(", ")})`];
    const head = `SELECT ${[...table.key.map(quoted), ...own].join(", ")} FROM \`${table.name}\``;
    const statement = statementOfRows(`${head} WHERE ${tuple} IN (`, row, ")")(count);
    this.#statements.set(name, statement);
    return statement;
  }

  /** Reads the rows after a key, in key order; without `after`, the first rows. */
  page(
    table: TableLayout,
    after: readonly ColumnValue[] | undefined,
    limit: number,
    until = this.until(),
  ): Promise<StoredRow[]> {
    const { selectFirst, selectNext } = table.mysql;
    return this.#read(table, until, async (statements) => {
      const rows = await (after === undefined
        ? statements.rows(selectFirst, [limit])
        : statements.rows(selectNext, [...after, limit]));
      return rows.map((row) => storedRowOf(table, row));
    });
  }

  /** Reads keys and index values of the rows after a key, in key order. */
  valuesAfter(
    table: TableLayout,
    index: number,
    after: readonly ColumnValue[] | undefined,
    limit: number,
  ): Promise<{ key: ColumnValue[]; values: ColumnValue[] }[]> {
    const { selectFirst, selectNext } = table.mysql;
    const page = after === undefined ? selectFirst : selectNext;
    const columns = [...table.key, ...table.indexes[index]!.columns].map((at) => table.columns[at]!);
    const names = columns.map(({ name }) => `\`${name}\``).join(", ");
    const sql = `SELECT ${names} ${page.slice(page.indexOf("FROM `"))}`;
    return this.#read(table, this.until(), async (statements) => {
      const rows = await statements.rows(sql, [...(after ?? []), limit]);
      return rows.map((row) => {
        const values = columns.map(({ kind }, at) => columnValueOf(kind, row[at]));
        return { key: values.slice(0, table.key.length), values: values.slice(table.key.length) };
      });
    });
  }

  /** Runs any SELECT for a table. Rejects with errors for callers, not the driver's. */
  select(
    table: TableLayout,
    sql: string,
    values: readonly SqlValue[],
    until = this.until(),
  ): Promise<unknown[][]> {
    return this.#read(table, until, (statements) => statements.rows(sql, values));
  }

  /** Runs `work` in a transaction. Rejects with errors for callers, not the driver's. */
  transaction<T>(
    table: TableLayout,
    work: (statements: Statements) => Promise<T>,
    { until = this.until(), isChange = false }: TransactionOptions = {},
  ): Promise<T> {
    return this.#call(table, until, isChange, () => this.#database.transaction(work, until));
  }

  #read<T>(table: TableLayout, until: number, work: (statements: Statements) => Promise<T>): Promise<T> {
    const database = this.#database;
    const statements: Statements = {
      rows: (sql, values) => database.rows(sql, values, until),
      run: (sql, values) => database.run(sql, values, until),
    };
    return this.#call(table, until, false, () => work(statements));
  }

  async #call<T>(table: TableLayout, until: number, isChange: boolean, work: () => Promise<T>): Promise<T> {
    try {
      await this.ready(table, until);
      return await work();
    } catch (error) {
      throw databaseError(error, { table: table.name, isChange });
    }
  }
}

/** Options of {@link SqlTables.transaction}. */
export interface TransactionOptions {
  /** Deadline, by the clock's `now`. Default: the database's timeout from now on. */
  readonly until?: number;
  /** Whether a caller asked for the change, so that errors carry its outcome. Default false. */
  readonly isChange?: boolean;
}

/** Reads the rows of these keys in one query; missing rows are left out. Rejects with the driver's errors. */
export async function selectRows(
  statements: Statements,
  table: TableLayout,
  keys: readonly (readonly ColumnValue[])[],
): Promise<Map<string, StoredRow>> {
  // Repeats of the last key fill the statement up to a power of two, so that few statements are prepared.
  const count = 2 ** Math.ceil(Math.log2(keys.length));
  const values: SqlValue[] = [];
  for (let at = 0; at < count; at++) values.push(...keys[Math.min(at, keys.length - 1)]!);
  const { selectOne, selectMany } = table.mysql;
  const rows = await statements.rows(count === 1 ? selectOne : selectMany(count), values);
  return new Map(
    rows.map((row) => {
      const stored = storedRowOf(table, row);
      return [keyText(keyOf(table, stored.values)), stored];
    }),
  );
}

/** Updates an existing row. Columns of the database that the schema does not have keep their values. */
export async function updateRow(statements: Statements, table: TableLayout, row: StoredRow): Promise<void> {
  const values = row.values.filter((_value, at) => !table.key.includes(at));
  await statements.run(table.mysql.updateOne, [...values, row.version, ...keyOf(table, row.values)]);
}

/** Key columns of a row's values. */
export function keyOf({ key }: TableLayout, values: readonly ColumnValue[]): ColumnValue[] {
  return key.map((column) => values[column]!);
}

/** Row of a SELECT result: version first, then the columns in the order of the layout. */
export function storedRowOf(table: TableLayout, row: readonly unknown[]): StoredRow {
  return {
    version: Number(row[0]),
    values: table.columns.map(({ kind }, at) => columnValueOf(kind, row[at + 1])),
  };
}

/** Converts a value of the driver to a column value. */
function columnValueOf(kind: ColumnKind, value: unknown): ColumnValue {
  if (value === null || value === undefined) return null;
  switch (kind) {
    case "int64":
    case "uint64":
    case "timestamp":
      return BigInt(value as string | number);
    case "int32":
    case "uint32":
      return storedWhole(kind, value as string | number);
    case "bool":
      return Number(value) !== 0;
    case "string":
      return Buffer.isBuffer(value) ? value.toString("utf8") : (value as string);
    case "bytes":
    case "message":
      return Buffer.isBuffer(value) ? new Uint8Array(value) : new Uint8Array(Buffer.from(value as string));
    default:
      return Number(value);
  }
}
