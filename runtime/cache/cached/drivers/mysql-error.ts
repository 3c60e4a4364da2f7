import { fail, isPhotinusError, type PhotinusError } from "../../../../schema/errors.ts";
import { unavailable } from "../../outcome.ts";

/**
 * What an error of MySQL means to its caller: `refused`, these values will never be taken; `conflict`, others were in the
 * way and trying again helps; `away`, the server cannot be had now; `broken`, something else is wrong that a person must
 * mend: a table is missing, a right, disk space.
 */
export type DatabaseTrouble = "refused" | "conflict" | "away" | "broken";

/** Numbers of MySQL and MariaDB for values that they refuse. */
const refusals = Object.freeze([
  1048, 1062, 1138, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1451, 1452, 1557, 1586, 1644,
  1690, 3140, 3819, 4025, 1118, 1301, 1153,
]);
/** Lock wait timeout, deadlock, record changed since last read. */
const conflicts = Object.freeze([1205, 1213, 1020]);
/** The server stops, has too many connections, is read-only for a while. */
const absences = Object.freeze([
  1040, 1053, 1077, 1079, 1129, 1203, 1290, 1317, 1792, 1836, 1927, 2002, 2006, 2013, 3024,
]);
/** A column, a table that is not there. */
const absentees = Object.freeze([1054, 1146]);
export const duplicate = 1062;
export const packetTooLarge = 1153;
export const noSuchTable = 1146;

/** A server that has not answered within a call's time. */
export class MySqlSilent extends Error {
  override readonly name = "MySqlSilent";

  constructor(ms: number) {
    super(`MySQL did not answer for ${Math.round(ms)} ms`);
  }
}

/** Nobody knows whether a transaction was committed: the answer to its COMMIT is missing. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

export function errnoOf(error: unknown): number {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" ? error.errno : 0;
}

export function troubleOf(error: unknown): DatabaseTrouble {
  const errno = errnoOf(error);
  if (refusals.includes(errno)) return "refused";
  if (conflicts.includes(errno)) return "conflict";
  const isFatal = error instanceof Error && "fatal" in error && error.fatal === true;
  // Errors of the socket have negative numbers or none.
  if (errno <= 0 || isFatal || absences.includes(errno)) return "away";
  return "broken";
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
  if (errnoOf(error) === duplicate) {
    return fail("ALREADY_EXISTS", "there is a row with this key or unique value", { cause: error });
  }
  switch (troubleOf(error)) {
    case "refused":
      return fail("INVALID_ARGUMENT", "MySQL refused the values", { cause: error });
    case "conflict":
      return fail("ABORTED", "another change was in the way", { cause: error });
    case "away":
      return awayError(error, isChange);
    case "broken":
      if (table !== undefined && absentees.includes(errnoOf(error)) && error instanceof Error) {
        const remedy = "run photinus data migrate";
        return fail(
          "FAILED_PRECONDITION",
          `the table ${table} in MySQL does not fit the schema: ${error.message}; ${remedy}`,
          { cause: error },
        );
      }
      return fail("INTERNAL", "MySQL refused a statement", { cause: error });
  }
}

function awayError(error: unknown, isChange: boolean): PhotinusError {
  const isUnknown = error instanceof CommitUnknown;
  const met = isUnknown ? error.cause : error;
  const reason = met instanceof MySqlSilent ? met.message : "MySQL cannot be reached";
  const outcome = isUnknown ? "may have happened" : "not sent";
  return unavailable(reason, isChange ? outcome : undefined, { cause: error });
}
