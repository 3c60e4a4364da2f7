import { versionColumn } from "../sql/table-statements.ts";
import type { ColumnDescriptor, TableLayout } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";
import { type Dialect, isSameName, type Refusal, type Step } from "./migration-step.ts";

const collation = "utf8mb4_bin";
/** Collations that compare texts by their bytes; the second exists in MySQL 8 only. */
const bytewise: readonly string[] = Object.freeze([collation, "utf8mb4_0900_bin"]);
const characters = `CHARACTER SET utf8mb4 COLLATE ${collation}`;

/** Dialect of MySQL 8 and MariaDB. */
export const mysqlDialect: Dialect = Object.freeze({
  name: "MySQL",
  statements: (table: TableLayout) => table.mysql,
  quote,
  indexName: (_table: TableLayout, index: { readonly name: string }) => index.name,
  addVersion: (table: TableLayout) =>
    `${head(table)} ADD COLUMN ${quote(versionColumn)} bigint unsigned NOT NULL DEFAULT 1`,
  // Texts in indexes are stored as bytes. The cast compares a text of another type with its trailing spaces, too.
  compared: ({ name, kind }: ColumnDescriptor) =>
    kind === "string" ? `CAST(${quote(name)} AS BINARY)` : quote(name),
  isWider: isWiderType,
  keptOtherwise(table: TableLayout, at: number, found: string) {
    const condition = misfitCondition(table, at, found);
    if (condition === undefined) return undefined;
    const { name } = table.columns[at]!;
    return {
      query: `SELECT ${quote(name)} FROM ${quote(table.name)} WHERE ${condition} LIMIT 1`,
      reason: `rows have values of ${name} that ${table.mysql.types[at]} cannot hold`,
    };
  },
  changeColumn: (table: TableLayout, at: number, found: FoundTable) =>
    indexesInTheWay(table, at, found).length > 0 ? undefined : [modify(table, at)],
  forceColumn(table: TableLayout, at: number, { name, nullable }: FoundColumn, found: FoundTable) {
    const fallback = nullable ? defaultOf(table, at) : undefined;
    const column = quote(name);
    const fill = `UPDATE ${quote(table.name)} SET ${column} = ${fallback} WHERE ${column} IS NULL`;
    const drops = indexesInTheWay(table, at, found).flatMap((index) => dropIndex(table, index));
    return [...drops, ...(fallback === undefined ? [] : [fill]), modify(table, at)];
  },
  forceKey(table: TableLayout, { key }: FoundTable) {
    const names = table.key.map((at) => quote(table.columns[at]!.name)).join(", ");
    return [`${head(table)}${key.length === 0 ? "" : " DROP PRIMARY KEY,"} ADD PRIMARY KEY (${names})`];
  },
  dropIndex,
  // Index names are scoped to the table, so no other table can need them.
  renameIndex: () => undefined,
  // One statement, so that the table is never without either index.
  replaceIndex: (table: TableLayout, at: number, index: FoundIndex) => [
    `${dropIndex(table, index)[0]},${table.mysql.createIndex[at]!.slice(head(table).length)}`,
  ],
  dropColumn: (table: TableLayout, name: string) => [`${head(table)} DROP COLUMN ${quote(name)}`],
  examine(table: TableLayout, { traits }: FoundTable): (Step | Refusal)[] {
    const about = { database: table.database, table: table.name };
    const found: (Step | Refusal)[] = [];
    const { engine, collation: other } = traits;
    if (engine !== undefined && engine.toLowerCase() !== "innodb") {
      const reason = `the engine is ${engine}, which may lose committed changes; expected InnoDB`;
      found.push({ ...about, reason, sql: [`${head(table)} ENGINE=InnoDB`] });
    }
    if (other !== undefined && other !== collation) {
      const change = `change the default collation from ${other} to ${collation}`;
      found.push({ ...about, change, sql: [`${head(table)} DEFAULT ${characters}`] });
    }
    return found;
  },
});

/**
 * Column type as the generated statements write it. The display width of integers, which MariaDB reports, is removed. A text
 * that is not compared by its bytes is followed by its collation.
 */
export function mysqlType(columnType: string, columnCollation: string | null): string {
  const type = columnType.toLowerCase().replace(/^((?:tiny|small|medium|big)?int)\(\d+\)/, "$1");
  return columnCollation === null || bytewise.includes(columnCollation)
    ? type
    : `${type} collate ${columnCollation}`;
}

/** Quotes a name; doubles quotes inside, because existing names may have any characters. */
function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function head(table: TableLayout): string {
  return `ALTER TABLE ${quote(table.name)}`;
}

/**
 * Indexes that a text or blob without a length cannot be part of as a whole: MariaDB would truncate the index, MySQL
 * refuses.
 */
function indexesInTheWay(table: TableLayout, at: number, { indexes }: FoundTable): readonly FoundIndex[] {
  if (!/text|blob/.test(table.mysql.types[at]!)) return [];
  const { name } = table.columns[at]!;
  return indexes.filter(({ columns }) => columns.some((column) => isSameName(column, name)));
}

function dropIndex(table: TableLayout, { name }: FoundIndex): readonly string[] {
  return [`${head(table)} DROP INDEX ${quote(name)}`];
}

/** MODIFY names the character set, because the table's default applies only to added columns. */
function modify(table: TableLayout, at: number): string {
  const definition = table.mysql.definition(at);
  const type = table.mysql.types[at]!;
  const isText = /char|text/.test(type);
  const rest = definition.slice(type.length);
  const name = quote(table.columns[at]!.name);
  return `${head(table)} MODIFY COLUMN ${name} ${type}${isText ? ` ${characters}` : ""}${rest}`;
}

function defaultOf(table: TableLayout, at: number): string | undefined {
  const mark = " NOT NULL DEFAULT ";
  const definition = table.mysql.definition(at);
  const from = definition.indexOf(mark);
  return from < 0 ? undefined : definition.slice(from + mark.length);
}

const integerBytes: Readonly<Record<string, number>> = {
  tinyint: 1,
  smallint: 2,
  mediumint: 3,
  int: 4,
  bigint: 8,
};
const textBytes: Readonly<Record<string, number>> = {
  tinytext: 0xff,
  text: 0xffff,
  mediumtext: 0xff_ffff,
  longtext: 0xffff_ffff,
};
const blobBytes: Readonly<Record<string, number>> = {
  tinyblob: 0xff,
  blob: 0xffff,
  mediumblob: 0xff_ffff,
  longblob: 0xffff_ffff,
};

function isWiderType(found: string, wanted: string): boolean {
  const [one, other] = [parse(found), parse(wanted)];
  if (one === undefined || other === undefined) return false;
  if (one.family === "integer" && other.family === "integer") {
    if (one.isUnsigned === other.isUnsigned) return one.bytes <= other.bytes;
    return one.isUnsigned && one.bytes < other.bytes;
  }
  if (one.family === "float") return other.family === "float" && one.bytes <= other.bytes;
  // A UTF-8 text as binary keeps its bytes; binary values need not be UTF-8.
  const isKept = one.family === other.family || (one.family === "text" && other.family === "binary");
  return isKept && one.family !== "integer" && one.bytes <= other.bytes;
}

/**
 * Condition that selects rows whose values cannot be converted. Strings in an index are stored as bytes, other strings as
 * text. MySQL in strict mode also refuses such a row during the change.
 */
function misfitCondition(table: TableLayout, at: number, found: string): string | undefined {
  const { name, kind } = table.columns[at]!;
  const wanted = table.mysql.types[at]!;
  const [one, other] = [parse(found), parse(wanted)];
  if (one === undefined || other === undefined) return undefined;
  const isIndexed = table.key.includes(at) || table.indexes.some(({ columns }) => columns.includes(at));
  const column = quote(name);
  if (kind === "string" && one.family === "binary" && other.family === "text" && one.bytes <= other.bytes) {
    const text = `CONVERT(${column} USING utf8mb4)`;
    const isLong = /^varchar/.test(wanted) ? ` OR CHAR_LENGTH(${text}) > ${other.bytes / 4}` : "";
    return `NOT (CONVERT(${text} USING binary) <=> ${column})${isLong}`;
  }
  // The former type had no length: max_length of the schema limited the values.
  const hadNoLength = /^(tiny|medium|long)?(text|blob)$/.test(found);
  if (!isIndexed || !hadNoLength || !/^varbinary/.test(wanted)) return undefined;
  return (kind === "string" ? "text" : "binary") === one.family
    ? `LENGTH(${column}) > ${other.bytes}`
    : undefined;
}

interface MysqlType {
  readonly family: "integer" | "float" | "text" | "binary";
  readonly isUnsigned: boolean;
  /** Maximum bytes of a value. */
  readonly bytes: number;
}

function parse(type: string): MysqlType | undefined {
  const [, name, length, unsigned] = /^([a-z]+)(?:\((\d+)\))?( unsigned)?$/.exec(type) ?? [];
  if (name === undefined) return undefined;
  const isUnsigned = unsigned !== undefined;
  const integer = integerBytes[name];
  if (integer !== undefined) return { family: "integer", isUnsigned, bytes: integer };
  if (name === "float" || name === "double") {
    return length === undefined && !isUnsigned
      ? { family: "float", isUnsigned, bytes: name === "float" ? 4 : 8 }
      : undefined;
  }
  if (name === "varchar") return { family: "text", isUnsigned, bytes: Number(length) * 4 };
  if (name === "varbinary") return { family: "binary", isUnsigned, bytes: Number(length) };
  const text = textBytes[name];
  if (text !== undefined) return { family: "text", isUnsigned, bytes: text };
  const blob = blobBytes[name];
  return blob === undefined ? undefined : { family: "binary", isUnsigned, bytes: blob };
}
