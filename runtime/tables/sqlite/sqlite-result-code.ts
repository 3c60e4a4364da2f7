/** SQLite's result code (sqlite.org/rescode.html), without its extension; undefined for other errors. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode & 0xff;
}

export function isOfSqlite(error: unknown): boolean {
  return resultCode(error) !== undefined;
}

/** Whether another process has the file locked now: SQLITE_BUSY or SQLITE_LOCKED. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 6;
}

/** Whether a statement alone failed, and the transaction around it is sound: SQLITE_CONSTRAINT. */
export function isConstraint(error: unknown): boolean {
  return resultCode(error) === 19;
}
