import type { ColumnDescriptor } from "../table-layout.ts";

/** What one database writes otherwise than another. */
export interface Dialect {
  /** A name, quoted; what is inside was checked when the schema was read. */
  quote(name: string): string;
  /** The type of a column, in lower case. */
  type(column: ColumnDescriptor): string;
  /** The default of a type: what a column holds in rows that were there before it. */
  defaultOf(type: string): string;
  /**
   * A column in the list of a SELECT.
   *
   * @param isKeyed whether it is in the key or an index
   */
  select(column: ColumnDescriptor, isKeyed: boolean): string;
  /** The operator that finds a value in an index, null too. */
  readonly equalsNull: string;
  /** The type of the hidden column that counts a row's changes. */
  readonly versionType: string;
  /** What stands before the tuples of several columns behind IN. */
  readonly tuples: string;
}

/** MySQL 8 and MariaDB from 10.5. */
export const mysql: Dialect = Object.freeze({
  quote: (name: string) => `\`${name}\``,
  // Which depends on the whole row's size, so that the generator has chosen it.
  type: (column: ColumnDescriptor) => column.mysql,
  defaultOf(type: string) {
    if (/text|blob/.test(type)) return "('')";
    return /char|binary/.test(type) ? "''" : "0";
  },
  // Texts in the key or an index are kept as bytes.
  select({ name, kind }: ColumnDescriptor, isKeyed: boolean) {
    return kind === "string" && isKeyed ? `CONVERT(\`${name}\` USING utf8mb4) AS \`${name}\`` : `\`${name}\``;
  },
  equalsNull: "<=>",
  versionType: "bigint unsigned",
  tuples: "",
});

/** SQLite, with strict tables. */
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
