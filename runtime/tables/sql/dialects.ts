import type { ColumnDescriptor } from "../table-layout.ts";

/** Differences between the SQL dialects of the databases. */
export interface Dialect {
  /** Quotes a name; the generator has checked its characters. */
  quote(name: string): string;
  /** Type of a column, in lower case. */
  type(column: ColumnDescriptor): string;
  /** Default of a type, for rows that existed before the column. */
  defaultOf(type: string): string;
  /**
   * Expression for a column in the list of a SELECT.
   *
   * @param isKeyed whether the column is in the key or an index
   */
  select(column: ColumnDescriptor, isKeyed: boolean): string;
  /** Operator that compares with an index value, including null. */
  readonly equalsNull: string;
  /** Type of the hidden column that counts a row's changes. */
  readonly versionType: string;
  /** Keyword before a list of tuples after IN. */
  readonly tuples: string;
}

/** Dialect of MySQL 8 and MariaDB from 10.5. */
export const mysql: Dialect = Object.freeze({
  quote: (name: string) => `\`${name}\``,
  // The generator chooses the type, because it depends on the size of the whole row.
  type: (column: ColumnDescriptor) => column.mysql,
  defaultOf(type: string) {
    if (/text|blob/.test(type)) return "('')";
    return /char|binary/.test(type) ? "''" : "0";
  },
  // Texts in the key or an index are stored as bytes.
  select({ name, kind }: ColumnDescriptor, isKeyed: boolean) {
    return kind === "string" && isKeyed ? `CONVERT(\`${name}\` USING utf8mb4) AS \`${name}\`` : `\`${name}\``;
  },
  equalsNull: "<=>",
  versionType: "bigint unsigned",
  tuples: "",
});

/** Dialect of SQLite, with STRICT tables. */
export const sqlite: Dialect = Object.freeze({
  quote: (name: string) => `"${name}"`,
  type({ kind }: ColumnDescriptor) {
    switch (kind) {
      case "float":
      case "double":
        return "real";
      case "string":
        return "text";
      case "bytes":
      case "message":
        return "blob";
      default:
        return "integer";
    }
  },
  defaultOf: (type: string) => (type === "text" ? "''" : type === "blob" ? "x''" : "0"),
  select: ({ name }: ColumnDescriptor) => `"${name}"`,
  equalsNull: "IS",
  versionType: "integer",
  tuples: "VALUES ",
});
