/**
 * Returns the text of a statement for a number of rows, for generated code:
 * `statementOfRows("INSERT ... VALUES ", "(?, ?)")(2)` is `INSERT ... VALUES (?, ?), (?, ?)`.
 */
export function statementOfRows(head: string, row: string, tail = ""): (rowCount: number) => string {
  return (rowCount) => head + Array.from({ length: rowCount }, () => row).join(", ") + tail;
}
