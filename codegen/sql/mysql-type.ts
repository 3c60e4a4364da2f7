import type { TableColumn } from "./layout.ts";

/** So many bytes of a text or blob may stay in a row that is kept lean: InnoDB moves no less out of it. */
const leanLength = 40;

/**
 * The type of a column in MySQL 8 and MariaDB from 10.5, in lower case.
 *
 * @param isLean whether short texts are kept out of the row too
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
}

/** Whether the default of a column of this type is an expression, which is kept with the column's name again. */
export function hasExpressionAsDefault(type: string): boolean {
  return /text|blob/.test(type);
}
