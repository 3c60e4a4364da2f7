import { fail, isPhotinusError, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import { unavailable } from "../change-outcome.ts";
import { kindOf } from "./mysql-error-numbers.ts";

/**
 * What an error of MySQL means to its caller: `refused`, these values will never be taken; `conflict`, others were in the
 * way and trying again helps; `away`, the server cannot be had now; `full`, it has no room; `denied`, a right is missing;
 * `unfit`, the tables are not those of the schema; `broken`, something else is wrong that a person must mend.
 */
export type DatabaseTrouble = "refused" | "conflict" | "away" | "full" | "denied" | "unfit" | "broken";

export const packetTooLarge = 1153;
export const noSuchTable = 1146;

/** Numbers of `denied` by which the server refuses a connection: user, password, host, database or account. */
const loginNumbers: readonly number[] = [1044, 1045, 1130, 1251, 1275, 1698, 1820, 1862, 3118, 3159, 4151];

/** Milliseconds after which a server that is full may have room. */
const fullMs = 1_000;

/** A server that has not answered within a call's time. */
export class MySqlSilent extends Error {
  override readonly name = "MySqlSilent";

  /** @param ms how long it was asked; 0 when what came before has taken all of the time */
  constructor(ms: number) {
    super(ms > 0 ? `MySQL did not answer for ${Math.round(ms)} ms` : "MySQL did not answer in time");
  }
}

/** Nobody knows whether a transaction was committed: the answer to its COMMIT is missing. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** The number that the server gave an error; 0 for those of the driver, and negative ones of the socket. */
export function errnoOf(error: unknown): number {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" ? error.errno : 0;
}

export function troubleOf(error: unknown): DatabaseTrouble {
  const errno = errnoOf(error);
  const kind = kindOf(errno);
  if (kind !== undefined) return kind === "duplicate" ? "refused" : kind;
  const isFatal = error instanceof Error && "fatal" in error && error.fatal === true;
  return errno <= 0 || isFatal ? "away" : "broken";
}

/** Whether the connection that met it is of no use any more: another may be at another server, or have another's rights. */
export function isSpent(error: unknown): boolean {
  const trouble = troubleOf(error);
  return trouble === "away" || trouble === "denied";
}

/** What a failed statement was for. */
export interface Purpose {
  /** The table that it was about. */
  readonly table?: string;
  /** Whether its transaction was to change what a caller asked for. Default false. */
  readonly isChange?: boolean;
}

/** The error that users of tables get for one of the driver. */
export function databaseError(error: unknown, { table, isChange = false }: Purpose = {}): PhotinusError {
  if (isPhotinusError(error)) return error;
  const errno = errnoOf(error);
  if (kindOf(errno) === "duplicate") {
    return fail("ALREADY_EXISTS", "there is a row with this key or unique value", { cause: error });
  }
  const number = `error ${errno}`;
  const of = table === undefined ? "" : ` of ${table}`;
  switch (troubleOf(error)) {
    case "refused":
      return fail("INVALID_ARGUMENT", `MySQL refused the values${of}: ${number}`, { cause: error });
    case "conflict":
      return fail("ABORTED", "another change was in the way", { cause: error });
    case "away":
      return awayError(error, isChange);
    case "full":
      return fail("RESOURCE_EXHAUSTED", `MySQL has no room left: ${number}`, {
        cause: error,
        retryAfterMs: fullMs,
      });
    case "denied":
      return fail(
        "FAILED_PRECONDITION",
        loginNumbers.includes(errno)
          ? `MySQL does not let the user in: ${number}`
          : `the user of MySQL lacks a right${of}: ${number}`,
        { cause: error },
      );
    case "unfit":
      return fail("FAILED_PRECONDITION", unfitReason(error, table), { cause: error });
    case "broken":
      return fail("INTERNAL", `MySQL refused a statement${of}: ${number}`, { cause: error });
  }
}

function unfitReason(error: unknown, table: string | undefined): string {
  const found = messageOf(error);
  const what = table === undefined ? "the database" : `the table ${table}`;
  return `${what} in MySQL does not fit the schema: ${found}; run photinus data migrate`;
}

function awayError(error: unknown, isChange: boolean): PhotinusError {
  const isUnknown = error instanceof CommitUnknown;
  const outcome = isUnknown ? "may have happened" : "not sent";
  const reason = awayReason(isUnknown ? error.cause : error);
  return unavailable(reason, isChange ? outcome : undefined, { cause: error });
}

function awayReason(met: unknown): string {
  if (met instanceof MySqlSilent) return met.message;
  const errno = errnoOf(met);
  return errno > 0 ? `MySQL cannot serve now: error ${errno}` : "MySQL cannot be reached";
}
