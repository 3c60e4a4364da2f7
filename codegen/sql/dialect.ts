import type { TableColumn } from "./layout.ts";

/** What one database writes otherwise than another. */
export interface Dialect {
  /** A name, quoted; what is inside was checked when the schema was read. */
  quote(name: string): string;
  /** The type of a column, in lower case. */
  type(column: TableColumn, isLean: boolean): string;
  /** The default of rows that are there when the column is added. */
  defaultOf(column: TableColumn, isLean: boolean): string;
  /** A column in the list of a SELECT. */
  select(column: TableColumn): string;
  /** The operator that finds a value in an index, null too. */
  readonly equalsNull: string;
}

/** So many bytes of a text or blob may stay in a row that is kept lean: InnoDB moves no less out of it. */
const leanLength = 40;

/** MySQL 8 and MariaDB from 10.5. */
export const mysql: Dialect = {
  quote: (name) => `\`${name}\``,
  type(column, isLean) {
    const { kind, maxLength, isKeyed } = column;
    switch (kind) {
      case "int32":
        return "int";
      case "uint32":
        return "int unsigned";
      case "int64":
      case "timestamp":
        return "bigint";
      case "uint64":
        return "bigint unsigned";
      // Not FLOAT, which MySQL prints with six digits.
      case "float":
      case "double":
        return "double";
      case "bool":
        return "tinyint";
      case "string":
        // Collations of text pad with spaces, so that "a" and "a " would be one key: keys are kept as bytes.
        if (isKeyed) return `varbinary(${maxLength * 4})`;
        if (maxLength <= (isLean ? leanLength / 4 : 255)) return `varchar(${maxLength})`;
        return maxLength * 4 <= 0xffff ? "text" : maxLength * 4 <= 0xff_ffff ? "mediumtext" : "longtext";
      case "bytes":
        if (isKeyed || maxLength <= (isLean ? leanLength : 255)) return `varbinary(${maxLength})`;
        return maxLength <= 0xffff ? "blob" : "mediumblob";
      case "message":
        return "mediumblob";
    }
  },
  defaultOf(column, isLean) {
    const type = this.type(column, isLean);
    if (/text|blob/.test(type)) return "('')";
    return /char|binary/.test(type) ? "''" : "0";
  },
  select(column) {
    const name = this.quote(column.name);
    return column.kind === "string" && column.isKeyed ? `CONVERT(${name} USING utf8mb4) AS ${name}` : name;
  },
  equalsNull: "<=>",
};

/** SQLite, with strict tables. */
export const sqlite: Dialect = {
  quote: (name) => `"${name}"`,
  type({ kind }) {
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
  defaultOf(column, isLean) {
    const type = this.type(column, isLean);
    return type === "text" ? "''" : type === "blob" ? "x''" : "0";
  },
  select(column) {
    return this.quote(column.name);
  },
  equalsNull: "IS",
};
