import type { TableColumn } from "./table-layout.ts";

/** Longest text or blob that a lean row holds inside, in bytes. InnoDB never moves a shorter value out of the row. */
const leanLength = 40;

/**
 * Returns the type of a column in MySQL 8 and MariaDB from 10.5, in lower case.
 *
 * @param isLean whether short texts get a type that InnoDB can store outside of the row as well
 */
export function mysqlType({ kind, maxLength, isKeyed }: TableColumn, isLean: boolean): string {
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
    // FLOAT would lose digits: MySQL prints it with six.
    case "float":
    case "double":
      return "double";
    case "bool":
      return "tinyint";
    case "string":
      // Text collations pad with spaces, so "a" and "a " would be one key. Keys are therefore bytes, 4 for each character at most.
      if (isKeyed) return `varbinary(${maxLength * 4})`;
      if (maxLength <= (isLean ? leanLength / 4 : 255)) return `varchar(${maxLength})`;
      return maxLength * 4 <= 0xffff ? "text" : maxLength * 4 <= 0xff_ffff ? "mediumtext" : "longtext";
    case "bytes":
      if (isKeyed || maxLength <= (isLean ? leanLength : 255)) return `varbinary(${maxLength})`;
      return maxLength <= 0xffff ? "blob" : "mediumblob";
    case "message":
      return "mediumblob";
  }
}

/** Whether the default of a column of this type is an expression. MariaDB stores such a default together with the column's name. */
export function hasExpressionAsDefault(type: string): boolean {
  return /text|blob/.test(type);
}
