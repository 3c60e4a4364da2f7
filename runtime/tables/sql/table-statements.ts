import type { IndexDescriptor, MysqlStatements, TableLayout, TableStatements } from "../table-layout.ts";
import { type Dialect, mysql, sqlite } from "./dialects.ts";
import { statementOfRows } from "./statement-of-rows.ts";

/** What the SQL of a table is derived from. */
export type TableColumns = Pick<TableLayout, "name" | "columns" | "key" | "indexes">;

/** The hidden column that counts a row's changes. */
export const versionColumn = "_version";

/** The SQL of a table in MySQL and MariaDB. */
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

/** The SQL of a table in SQLite. */
export function sqliteStatements(table: TableColumns): TableStatements {
  const sql = new TableSql(table, sqlite);
  const [only, ...more] = table.key.map((at) => table.columns[at]!);
  // An integer as the key is SQLite's own row number; any other key takes its place.
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
  // Names of indexes are the whole file's.
  const whole = sqlite.quote(`${table.name}.${name}`);
  return `CREATE ${kind} IF NOT EXISTS ${whole} ON ${sql.table} (${sql.names(columns)})`;
}

/** The parts that statements of one table in one dialect are put together from. */
class TableSql {
  /** The table's name, quoted. */
  readonly table: string;
  readonly #layout: TableColumns;
  readonly #dialect: Dialect;
  /** The names of all columns, quoted, in their order. */
  readonly #columns: readonly string[];
  /** All columns as a SELECT gives them. */
  readonly #selected: readonly string[];
  readonly #version: string;
  /** By the key's columns themselves: a bare name could be that of a converted column in the list. */
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

  /** What a column is in its table, behind its name: "bigint NOT NULL DEFAULT 0". */
  definition(at: number): string {
    const column = this.#layout.columns[at]!;
    const type = this.#dialect.type(column);
    return `${type} ${column.nullable ? "NULL" : `NOT NULL DEFAULT ${this.#dialect.defaultOf(type)}`}`;
  }

  /** @param indexes those that are part of the table's own definition */
  create(indexes: readonly string[]): string {
    const parts = [
      ...this.#columns.map((name, at) => `${name} ${this.definition(at)}`),
      `${this.#version} ${this.#dialect.versionType} NOT NULL DEFAULT 1`,
      `PRIMARY KEY (${this.names(this.#layout.key)})`,
      ...indexes,
    ];
    return `CREATE TABLE IF NOT EXISTS ${this.table} (${parts.join(", ")})`;
  }

  /** Statements that both dialects write alike. */
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

  /** Gives every column outside of the key, and the version, the value of the row that was to be inserted. */
  setters(before: string, after: string): string {
    const changing = [...this.#changing.map((at) => this.#columns[at]!), this.#version];
    return changing.map((name) => `${name} = ${before}${name}${after}`).join(", ");
  }

  /** All columns but the key's, and the version, then the key. */
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
