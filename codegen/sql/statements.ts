import { type Dialect, mysql, sqlite } from "./dialect.ts";
import type { TableIndex, TableLayout } from "./layout.ts";
import { sizeLimits, sizeOf } from "./size.ts";

/** A statement over so many rows: `row` is repeated, with commas, between head and tail. */
export interface RowsStatement {
  readonly head: string;
  readonly row: string;
  readonly tail: string;
}

/** The SQL text of one table in one dialect; placeholders only. */
export interface Statements {
  readonly create: readonly string[];
  readonly types: readonly string[];
  readonly addColumn: readonly string[];
  readonly createIndex: readonly string[];
  readonly selectOne: string;
  readonly selectMany: RowsStatement;
  readonly selectFirst: string;
  readonly selectNext: string;
  readonly keysByIndex: readonly string[];
  readonly insertMany: RowsStatement;
  readonly upsertMany: RowsStatement;
  readonly deleteMany: RowsStatement;
}

/** An upsert of SQLite meets no row but the key's; one of MySQL may meet another that has a unique value. */
export interface MysqlStatements extends Statements {
  readonly updateOne: string;
}

/** The hidden column that counts a row's changes. */
export const versionColumn = "_version";

/** Rows with more bytes are kept lean, some way before MySQL's limit, so that columns can be added. */
const leanFrom = 60_000;

export function mysqlStatements(layout: TableLayout): MysqlStatements {
  const { table, key, indexes } = layout;
  const columns = definitions(layout, mysql);
  const primary = `PRIMARY KEY (${names(layout, key, mysql)})`;
  const keys = indexes.map((index) => mysqlIndex(layout, index));
  const parts = [
    ...columns,
    `${mysql.quote(versionColumn)} bigint unsigned NOT NULL DEFAULT 1`,
    primary,
    ...keys,
  ];
  const tail = "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
  const alter = `ALTER TABLE ${mysql.quote(table.name)} ADD`;
  return {
    ...common(layout, mysql),
    create: [`CREATE TABLE IF NOT EXISTS ${mysql.quote(table.name)} (${parts.join(", ")}) ${tail}`],
    createIndex: keys.map((text) => `${alter} ${text}`),
    updateOne: update(layout, mysql),
    upsertMany: insert(layout, mysql, (setters) => ` ON DUPLICATE KEY UPDATE ${setters("VALUES(", ")")}`),
  };
}

export function sqliteStatements(layout: TableLayout): Statements {
  const { table, key, indexes } = layout;
  const columns = definitions(layout, sqlite);
  const [only, ...more] = key.map((at) => layout.columns[at]!);
  // An integer as the key is SQLite's own row number; any other key takes its place.
  const isRowNumber = more.length === 0 && only !== undefined && sqlite.type(only, false) === "integer";
  const primary = `PRIMARY KEY (${names(layout, key, sqlite)})`;
  const parts = [...columns, `${sqlite.quote(versionColumn)} integer NOT NULL DEFAULT 1`, primary];
  const create = `CREATE TABLE IF NOT EXISTS ${sqlite.quote(table.name)} (${parts.join(", ")}) STRICT`;
  const createIndex = indexes.map((index) => sqliteIndex(layout, index));
  return {
    ...common(layout, sqlite),
    create: [isRowNumber ? create : `${create}, WITHOUT ROWID`, ...createIndex],
    createIndex,
    upsertMany: insert(
      layout,
      sqlite,
      (setters) => ` ON CONFLICT (${names(layout, key, sqlite)}) DO UPDATE SET ${setters("excluded.", "")}`,
    ),
  };
}

function common(
  layout: TableLayout,
  dialect: Dialect,
): Omit<Statements, "create" | "createIndex" | "upsertMany"> {
  const { columns, key, indexes } = layout;
  const table = dialect.quote(layout.table.name);
  const keyNames = names(layout, key, dialect);
  const list = [dialect.quote(versionColumn), ...columns.map((column) => dialect.select(column))].join(", ");
  const select = `SELECT ${list} FROM ${table}`;
  const isOne = key.length === 1;
  const marks = isOne ? "?" : `(${key.map(() => "?").join(", ")})`;
  const tuple = isOne ? keyNames : `(${keyNames})`;
  const among = (values: string) => (dialect === sqlite && !isOne ? `(VALUES ${values}` : `(${values}`);
  const order = orderBy(layout, dialect);
  return {
    types: columns.map((column) => dialect.type(column, isLean(layout))),
    addColumn: definitions(layout, dialect).map((column) => `ALTER TABLE ${table} ADD COLUMN ${column}`),
    selectOne: `${select} WHERE ${key.map((at) => `${dialect.quote(columns[at]!.name)} = ?`).join(" AND ")}`,
    selectMany: { head: `${select} WHERE ${tuple} IN ${among("")}`, row: marks, tail: ")" },
    selectFirst: `${select} ${order} LIMIT ?`,
    selectNext: `${select} WHERE ${tuple} > ${marks} ${order} LIMIT ?`,
    keysByIndex: indexes.map((index) => keysBy(layout, index, dialect)),
    insertMany: insert(layout, dialect, () => ""),
    deleteMany: { head: `DELETE FROM ${table} WHERE ${tuple} IN ${among("")}`, row: marks, tail: ")" },
  };
}

function keysBy(layout: TableLayout, index: TableIndex, dialect: Dialect): string {
  const keys = layout.key.map((at) => dialect.select(layout.columns[at]!)).join(", ");
  const where = index.columns.map((at) => {
    const { name, nullable } = layout.columns[at]!;
    return `${dialect.quote(name)} ${nullable ? dialect.equalsNull : "="} ?`;
  });
  const table = dialect.quote(layout.table.name);
  return `SELECT ${keys} FROM ${table} WHERE ${where.join(" AND ")} ${orderBy(layout, dialect)}`;
}

/** By the key's columns themselves: a bare name could be that of a converted column in the list. */
function orderBy({ table, columns, key }: TableLayout, dialect: Dialect): string {
  const order = key.map((at) => `${dialect.quote(table.name)}.${dialect.quote(columns[at]!.name)}`);
  return `ORDER BY ${order.join(", ")}`;
}

function insert(
  layout: TableLayout,
  dialect: Dialect,
  tail: (setters: (before: string, after: string) => string) => string,
): RowsStatement {
  const all = [...layout.columns.map(({ name }) => name), versionColumn].map((name) => dialect.quote(name));
  const changing = all.filter((_name, at) => !layout.key.includes(at));
  const setters = (before: string, after: string) =>
    changing.map((name) => `${name} = ${before}${name}${after}`).join(", ");
  return {
    head: `INSERT INTO ${dialect.quote(layout.table.name)} (${all.join(", ")}) VALUES `,
    row: `(${all.map(() => "?").join(", ")})`,
    tail: tail(setters),
  };
}

/** All columns but the key's, and the version, then the key. */
function update({ table, columns, key }: TableLayout, dialect: Dialect): string {
  const set = (name: string) => `${dialect.quote(name)} = ?`;
  const values = columns.filter((_column, at) => !key.includes(at)).map(({ name }) => set(name));
  const where = key.map((at) => set(columns[at]!.name));
  const list = [...values, set(versionColumn)].join(", ");
  return `UPDATE ${dialect.quote(table.name)} SET ${list} WHERE ${where.join(" AND ")}`;
}

function definitions(layout: TableLayout, dialect: Dialect): string[] {
  const lean = isLean(layout);
  return layout.columns.map((column) => {
    const rest = column.nullable ? "NULL" : `NOT NULL DEFAULT ${dialect.defaultOf(column, lean)}`;
    return `${dialect.quote(column.name)} ${dialect.type(column, lean)} ${rest}`;
  });
}

/** Whether short texts must be able to stand outside of the row, because one of MySQL would be too long with all of them. */
export function isLean(layout: TableLayout): boolean {
  const { rowBytes, pageBytes } = sizeOf(layout, false);
  return rowBytes > leanFrom || pageBytes > sizeLimits.pageBytes;
}

function names({ columns }: TableLayout, positions: readonly number[], dialect: Dialect): string {
  return positions.map((at) => dialect.quote(columns[at]!.name)).join(", ");
}

function mysqlIndex(layout: TableLayout, index: TableIndex): string {
  const kind = index.unique ? "UNIQUE KEY" : "KEY";
  return `${kind} ${mysql.quote(index.name)} (${names(layout, index.columns, mysql)})`;
}

function sqliteIndex(layout: TableLayout, index: TableIndex): string {
  const kind = index.unique ? "UNIQUE INDEX" : "INDEX";
  const name = sqlite.quote(`${layout.table.name}.${index.name}`);
  const on = `${sqlite.quote(layout.table.name)} (${names(layout, index.columns, sqlite)})`;
  return `CREATE ${kind} IF NOT EXISTS ${name} ON ${on}`;
}
