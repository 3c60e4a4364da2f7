/** The "file" of tables that are kept in the memory of the process alone. */
export const inMemory = ":memory:";

/** The file of a database of the embedded store: "main" has the one that was configured, others have theirs beside it. */
export function fileOfDatabase(file: string, database: string): string {
  if (database === "main" || file === inMemory) return file;
  return `${file.replace(/\.sqlite$/, "")}.${database}.sqlite`;
}
