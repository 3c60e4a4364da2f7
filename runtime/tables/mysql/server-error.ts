import { errnoOf, troubleOf } from "./mysql-error.ts";

/**
 * Error of MySQL or of its driver, without values. The server's messages quote values of rows ("Duplicate entry 'ada' for key
 * 'name'"), and the driver's errors hold the statement. `message` has the error's name, number, and the key or column instead.
 */
export class ServerError extends Error {
  override readonly name = "ServerError";
  /** Error number of the server; 0 for errors of the driver, negative for socket errors. */
  readonly errno: number;
  /** Name of the error, such as ER_DUP_ENTRY or ECONNRESET; "" without one. */
  readonly code: string;
  /** Whether the connection cannot be used any more. */
  readonly fatal: boolean;

  /** @param error thrown by the driver */
  constructor(error: Error) {
    super(safeText(error));
    this.errno = errnoOf(error);
    this.code = codeOf(error);
    this.fatal = "fatal" in error && error.fatal === true;
  }
}

/** Converts an error of the driver to a {@link ServerError}; other thrown values stay as they are. */
export function withoutValues(error: unknown): unknown {
  return error instanceof Error && errnoOf(error) !== 0 ? new ServerError(error) : error;
}

/** Meanings whose messages name tables, columns and users only. */
const harmless: readonly string[] = Object.freeze(["conflict", "away", "full", "denied", "unfit"]);

/** Numbers of refused values whose messages name columns and constraints only: NULL, sizes, foreign keys, checks. */
const harmlessNumbers: readonly number[] = Object.freeze([
  1048, 1118, 1138, 1153, 1216, 1217, 1451, 1452, 3819, 4025,
]);

/** Last words of messages that quote a value before: the server writes the name of the key or column behind the value. */
const namedAtEnd = /\b(key|column) ['`]([\w$.`-]+)['`](?: at row \d+)?$/i;

function safeText(error: Error): string {
  if (harmless.includes(troubleOf(error)) || harmlessNumbers.includes(errnoOf(error))) return error.message;
  const [, kind, name] = namedAtEnd.exec(error.message) ?? [];
  const code = codeOf(error);
  const number = `error ${errnoOf(error)}`;
  const what = code === "" ? number : `${code}, ${number}`;
  return kind === undefined
    ? `MySQL refused the statement: ${what}`
    : `MySQL refused a value of the ${kind.toLowerCase()} ${name!.replaceAll("`", "")}: ${what}`;
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" && /^\w{1,64}$/.test(error.code) ? error.code : "";
}
