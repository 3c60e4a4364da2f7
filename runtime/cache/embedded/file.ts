/** The file of a database of the embedded store: "main" has the one that was configured, others have theirs beside it. */
export function fileOfDatabase(file: string, database: string): string {
  if (database === "main" || file === ":memory:") return file;
  return `${file.replace(/\.sqlite$/, "")}.${database}.sqlite`;
}
