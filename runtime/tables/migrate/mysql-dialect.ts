import { versionColumn } from "../sql/table-statements.ts";
import type { ColumnDescriptor, TableLayout } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";
import { type Dialect, isSameName, type Refusal, type Step } from "./migration-step.ts";

const collation = "utf8mb4_bin";
/** Collations that compare texts by their bytes; the second is of MySQL 8. */
const bytewise: readonly string[] = Object.freeze([collation, "utf8mb4_0900_bin"]);
const characters = `CHARACTER SET utf8mb4 COLLATE ${collation}`;

/** How tables of MySQL 8 and MariaDB are changed. */
export const mysqlDialect: Dialect = Object.freeze({
  name: "MySQL",
  statements: (table: TableLayout) => table.mysql,
  quote,
  indexName: (_table: TableLayout, index: { readonly name: string }) => index.name,
  addVersion: (table: TableLayout) =>
    `${head(table)} ADD COLUMN ${quote(versionColumn)} bigint unsigned NOT NULL DEFAULT 1`,
  // Texts in indexes are kept as bytes; what is not yet is compared with its trailing spaces too.
  compared: ({ name, kind }: ColumnDescriptor) =>
    kind === "string" ? `CAST(${quote(name)} AS BINARY)` : quote(name),
  isWider: isWiderType,
  keptOtherwise(table: TableLayout, at: number, found: string) {
    const condition = misfitCondition(table, at, found);
    if (condition === undefined) return undefined;
    const { name } = table.columns[at]!;
    return {
      query: `SELECT ${quote(name)} FROM ${quote(table.name)} WHERE ${condition} LIMIT 1`,
      reason: `rows have values of ${name} that ${table.mysql.types[at]} does not hold`,
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
  // Names of indexes are the table's own.
  renameIndex: () => undefined,
  // One statement, so that there is no moment without either.
  replaceIndex: (table: TableLayout, at: number, index: FoundIndex) => [
    `${dropIndex(table, index)[0]},${table.mysql.createIndex[at]!.slice(head(table).length)}`,
  ],
  dropColumn: (table: TableLayout, name: string) => [`${head(table)} DROP COLUMN ${quote(name)}`],
  examine(table: TableLayout, { traits }: FoundTable): (Step | Refusal)[] {
    const about = { database: table.database, table: table.name };
    const found: (Step | Refusal)[] = [];
    const { engine, collation: other } = traits;
    if (engine !== undefined && engine.toLowerCase() !== "innodb") {
      const reason = `its engine is ${engine}, which does not keep what was committed`;
      found.push({ ...about, reason, sql: [`${head(table)} ENGINE=InnoDB`] });
    }
    if (other !== undefined && other !== collation) {
      const change = `let new columns be ${collation}, not ${other}`;
      found.push({ ...about, change, sql: [`${head(table)} DEFAULT ${characters}`] });
    }
    return found;
  },
});

/**
 * A column's type as the generated statements write it. Integers have no display width (MariaDB tells one), and a text
 * that is not compared by its bytes has its collation behind it.
 */
export function mysqlType(columnType: string, columnCollation: string | null): string {
  const type = columnType.toLowerCase().replace(/^((?:tiny|small|medium|big)?int)\(\d+\)/, "$1");
  return columnCollation === null || bytewise.includes(columnCollation)
    ? type
    : `${type} collate ${columnCollation}`;
}

/** A name in quotes; quotes inside are doubled, since a found name can be anything. */
function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function head(table: TableLayout): string {
  return `ALTER TABLE ${quote(table.name)}`;
}

/** A text or blob without a length cannot be in an index as a whole: MariaDB would cut the index off, MySQL refuses. */
function indexesInTheWay(table: TableLayout, at: number, { indexes }: FoundTable): readonly FoundIndex[] {
  if (!/text|blob/.test(table.mysql.types[at]!)) return [];
  const { name } = table.columns[at]!;
  return indexes.filter(({ columns }) => columns.some((column) => isSameName(column, name)));
}

function dropIndex(table: TableLayout, { name }: FoundIndex): readonly string[] {
  return [`${head(table)} DROP INDEX ${quote(name)}`];
}

/** The table's own character set counts for columns that are added, not for one that had another. */
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
  // UTF-8 as bytes is the same bytes; bytes need not be UTF-8.
  const isKept = one.family === other.family || (one.family === "text" && other.family === "binary");
  return isKept && one.family !== "integer" && one.bytes <= other.bytes;
}

/**
 * True for rows whose value the column cannot be given another type with. Texts in an index are bytes, others text; MySQL
 * refuses such a row itself when it changes the column, since it is strict.
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
  // Without a length before: it was the schema's max_length that kept it short.
  const hadNoLength = /^(tiny|medium|long)?(text|blob)$/.test(found);
  if (!isIndexed || !hadNoLength || !/^varbinary/.test(wanted)) return undefined;
  return (kind === "string" ? "text" : "binary") === one.family
    ? `LENGTH(${column}) > ${other.bytes}`
    : undefined;
}

interface MysqlType {
  readonly family: "integer" | "float" | "text" | "binary";
  readonly isUnsigned: boolean;
  /** The most that a value takes. */
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
