import type { IndexDescriptor, MysqlStatements, TableLayout, TableStatements } from "../table-layout.ts";
import { type Dialect, mysql, sqlite } from "./dialects.ts";
import { statementOfRows } from "./statement-of-rows.ts";

/** Parts of a table from which its SQL is derived. */
export type TableColumns = Pick<TableLayout, "name" | "columns" | "key" | "indexes">;

/** Name of the hidden column that counts a row's changes. */
export const versionColumn = "_version";

/** Derives the SQL of a table for MySQL and MariaDB. */
export function mysqlStatements(table: TableColumns): MysqlStatements {
  const sql = new TableSql(table, mysql);
  const keys = table.indexes.map(
    ({ unique, name, columns }) =>
      `${unique ? "UNIQUE KEY" : "KEY"} ${mysql.quote(name)} (${sql.names(columns)})`,
  );
  const tail = "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  return Object.freeze({
    ...sql.common(),
    create: [`${sql.create(keys)} ${tail}`],
    createIndex: keys.map((text) => `ALTER TABLE ${sql.table} ADD ${text}`),
    updateOne: sql.update(),
    upsertMany: sql.insert(` ON DUPLICATE KEY UPDATE ${sql.setters("VALUES(", ")")}`),
  });
}

/** Derives the SQL of a table for SQLite. */
export function sqliteStatements(table: TableColumns): TableStatements {
  const sql = new TableSql(table, sqlite);
  const [only, ...more] = table.key.map((at) => table.columns[at]!);
  // A single integer key is SQLite's row id; tables with another key are WITHOUT ROWID.
  const isRowNumber = more.length === 0 && only !== undefined && sqlite.type(only) === "integer";
  const createIndex = table.indexes.map((index) => sqliteIndex(sql, table, index));
  return Object.freeze({
    ...sql.common(),
    create: [`${sql.create([])} STRICT${isRowNumber ? "" : ", WITHOUT ROWID"}`, ...createIndex],
    createIndex,
    upsertMany: sql.insert(
      ` ON CONFLICT (${sql.names(table.key)}) DO UPDATE SET ${sql.setters("excluded.", "")}`,
    ),
  });
}

function sqliteIndex(sql: TableSql, table: TableColumns, { name, unique, columns }: IndexDescriptor): string {
  const kind = unique ? "UNIQUE INDEX" : "INDEX";
  // Index names are global to the file.
  const whole = sqlite.quote(`${table.name}.${name}`);
  return `CREATE ${kind} IF NOT EXISTS ${whole} ON ${sql.table} (${sql.names(columns)})`;
}

/** Composes the statements of one table in one dialect. */
class TableSql {
  /** Quoted name of the table. */
  readonly table: string;
  readonly #layout: TableColumns;
  readonly #dialect: Dialect;
  /** Quoted names of all columns, in order. */
  readonly #columns: readonly string[];
  /** Expressions of all columns in a SELECT. */
  readonly #selected: readonly string[];
  readonly #version: string;
  /** Qualified names: a bare name could refer to a converted column in the SELECT list. */
  readonly #order: string;

  constructor(layout: TableColumns, dialect: Dialect) {
    const { name, columns, key, indexes } = layout;
    const keyed = new Set([...key, ...indexes.flatMap((index) => index.columns)]);
    this.#layout = layout;
    this.#dialect = dialect;
    this.table = dialect.quote(name);
    this.#version = dialect.quote(versionColumn);
    this.#columns = columns.map((column) => dialect.quote(column.name));
    this.#selected = columns.map((column, at) => dialect.select(column, keyed.has(at)));
    this.#order = `ORDER BY ${key.map((at) => `${this.table}.${this.#columns[at]!}`).join(", ")}`;
  }

  names(positions: readonly number[]): string {
    return positions.map((at) => this.#columns[at]!).join(", ");
  }

  /** Definition of a column after its name: "bigint NOT NULL DEFAULT 0". */
  definition(at: number): string {
    const column = this.#layout.columns[at]!;
    const type = this.#dialect.type(column);
    return `${type} ${column.nullable ? "NULL" : `NOT NULL DEFAULT ${this.#dialect.defaultOf(type)}`}`;
  }

  /**
   * CREATE TABLE statement.
   *
   * @param indexes index definitions inside the table's definition
   */
  create(indexes: readonly string[]): string {
    const parts = [
      ...this.#columns.map((name, at) => `${name} ${this.definition(at)}`),
      `${this.#version} ${this.#dialect.versionType} NOT NULL DEFAULT 1`,
      `PRIMARY KEY (${this.names(this.#layout.key)})`,
      ...indexes,
    ];
    return `CREATE TABLE IF NOT EXISTS ${this.table} (${parts.join(", ")})`;
  }

  /** Statements with the same form in both dialects. */
  common(): Omit<TableStatements, "create" | "createIndex" | "upsertMany"> {
    const { columns, key, indexes } = this.#layout;
    const { table } = this;
    const select = `SELECT ${[this.#version, ...this.#selected].join(", ")} FROM ${table}`;
    const isOne = key.length === 1;
    const marks = isOne ? "?" : `(${key.map(() => "?").join(", ")})`;
    const tuple = isOne ? this.names(key) : `(${this.names(key)})`;
    const among = `WHERE ${tuple} IN (${isOne ? "" : this.#dialect.tuples}`;
    return {
      types: columns.map((column) => this.#dialect.type(column)),
      definition: (column) => this.definition(column),
      addColumn: (column) =>
        `ALTER TABLE ${table} ADD COLUMN ${this.#columns[column]!} ${this.definition(column)}`,
      selectOne: `${select} WHERE ${this.#assignments(key).join(" AND ")}`,
      selectMany: statementOfRows(`${select} ${among}`, marks, ")"),
      selectFirst: `${select} ${this.#order} LIMIT ?`,
      selectNext: `${select} WHERE ${tuple} > ${marks} ${this.#order} LIMIT ?`,
      keysByIndex: indexes.map((index) => this.#keysBy(index)),
      insertMany: this.insert(),
      deleteMany: statementOfRows(`DELETE FROM ${table} ${among}`, marks, ")"),
    };
  }

  insert(tail = ""): (rowCount: number) => string {
    const all = [...this.#columns, this.#version];
    const row = `(${all.map(() => "?").join(", ")})`;
    return statementOfRows(`INSERT INTO ${this.table} (${all.join(", ")}) VALUES `, row, tail);
  }

  /** Assignments for an upsert: every column outside the key, and the version, gets the value of the inserted row. */
  setters(before: string, after: string): string {
    const changing = [...this.#changing.map((at) => this.#columns[at]!), this.#version];
    return changing.map((name) => `${name} = ${before}${name}${after}`).join(", ");
  }

  /** UPDATE of one row. Placeholders: all columns outside the key, the version, then the key. */
  update(): string {
    const list = [...this.#assignments(this.#changing), `${this.#version} = ?`].join(", ");
    return `UPDATE ${this.table} SET ${list} WHERE ${this.#assignments(this.#layout.key).join(" AND ")}`;
  }

  get #changing(): number[] {
    return [...this.#columns.keys()].filter((at) => !this.#layout.key.includes(at));
  }

  #assignments(positions: readonly number[]): string[] {
    return positions.map((at) => `${this.#columns[at]!} = ?`);
  }

  #keysBy(index: IndexDescriptor): string {
    const keys = this.#layout.key.map((at) => this.#selected[at]!).join(", ");
    const where = index.columns.map((at) => {
      const { nullable } = this.#layout.columns[at]!;
      return `${this.#columns[at]!} ${nullable ? this.#dialect.equalsNull : "="} ?`;
    });
    return `SELECT ${keys} FROM ${this.table} WHERE ${where.join(" AND ")} ${this.#order}`;
  }
}
