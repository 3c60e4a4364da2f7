/** SQLite's primary result code (sqlite.org/rescode.html); undefined for other errors. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode & 0xff;
}

/** Whether SQLite threw the error. */
export function isOfSqlite(error: unknown): boolean {
  return resultCode(error) !== undefined;
}

/** Whether another process has the file locked: SQLITE_BUSY or SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 6;
}

/** Whether only the statement failed and its transaction may continue: SQLITE_CONSTRAINT. */
export function isConstraint(error: unknown): boolean {
  return resultCode(error) === 19;
}
