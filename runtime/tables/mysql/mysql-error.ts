import { fail, isPhotinusError, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import { unavailable } from "../change-outcome.ts";

/**
 * Error numbers of MySQL and MariaDB by their meaning to a caller. From 1900 on the two servers number differently; each
 * listed number is used by one of them only. docs/DATA.md has the same lists.
 */
export const errorNumbers = Object.freeze({
  /** Another row has the key or the value of a unique index. */
  duplicate: [1022, 1062, 1169, 1586, 1859],
  /** Values that can never be stored: too large, too long, of another type, or against a constraint. */
  refused: [
    1048, 1118, 1138, 1153, 1216, 1217, 1264, 1265, 1292, 1300, 1301, 1365, 1366, 1367, 1406, 1411, 1441,
    1451, 1452, 1526, 1557, 1644, 1690, 1713, 1748, 1761, 1863, 3140, 3156, 3673, 3819, 4025,
  ],
  /**
   * Lock wait timeout, deadlock, a row or table changed concurrently, or a commit that lost against another cluster server's
   * commit.
   */
  conflict: [1020, 1205, 1213, 1412, 1615, 1689, 3101, 3572],
  /**
   * The server stops, is read-only, has too many connections or prepared statements, killed the statement, or has a problem
   * with its files or its cluster.
   */
  away: [
    1023, 1024, 1028, 1030, 1036, 1040, 1042, 1043, 1047, 1053, 1077, 1078, 1079, 1080, 1129, 1135, 1152,
    1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1184, 1189, 1190, 1203, 1223, 1226, 1243, 1290, 1297,
    1317, 1461, 1637, 1792, 1810, 1836, 1874, 1881, 1927, 1931, 1969, 2002, 2006, 2013, 3024, 3032, 3098,
    3100, 3168, 3169, 3797, 3798, 4031,
  ],
  /** Disk, memory, or a file of the server is full. */
  full: [
    1021, 1026, 1037, 1038, 1041, 1114, 1197, 1206, 1705, 1811, 1878, 3015, 3019, 3044, 3170, 3231, 3675,
    3985, 4081, 4082, 4139,
  ],
  /** A right is missing, or the server rejects the user. */
  denied: [
    1044, 1045, 1130, 1141, 1142, 1143, 1147, 1227, 1251, 1275, 1370, 1410, 1419, 1449, 1698, 1820, 1862,
    1873, 3118, 3159, 3879, 3955, 4150, 4151,
  ],
  /** The database, a table or a column is missing, or the table has a column that the schema cannot fill. */
  unfit: [1049, 1051, 1054, 1109, 1146, 1364],
} satisfies Record<string, readonly number[]>);

type NumberKind = keyof typeof errorNumbers;

/** Meaning of an error number; undefined for a number in none of the lists. */
function kindOf(errno: number): NumberKind | undefined {
  const kinds = Object.keys(errorNumbers) as NumberKind[];
  return kinds.find((kind) => (errorNumbers[kind] as readonly number[]).includes(errno));
}

/**
 * Meaning of an error of MySQL to its caller: `refused`, these values can never be stored; `conflict`, a concurrent change
 * interfered and a retry helps; `away`, the server is unreachable or cannot serve now; `full`, the server has no room;
 * `denied`, a right is missing; `unfit`, the tables do not fit the schema; `broken`, another problem that a person must fix.
 */
export type DatabaseTrouble = "refused" | "conflict" | "away" | "full" | "denied" | "unfit" | "broken";

/** Error number for a statement larger than `max_allowed_packet`. */
export const packetTooLarge = 1153;
/** Error number for a missing table. */
export const noSuchTable = 1146;

/** Numbers of `denied` with which the server refuses a connection, because of user, password, host, database or account. */
const loginNumbers: readonly number[] = [1044, 1045, 1130, 1251, 1275, 1698, 1820, 1862, 3118, 3159, 4151];

/** Suggested retry delay when the server is full, milliseconds. */
const fullMs = 1_000;

/** Thrown when the server has not answered within a call's timeout. */
export class MySqlSilent extends Error {
  override readonly name = "MySqlSilent";

  /** @param ms time spent waiting, milliseconds; 0 when earlier steps used up the whole timeout */
  constructor(ms: number) {
    super(ms > 0 ? `MySQL did not answer for ${Math.round(ms)} ms` : "MySQL did not answer in time");
  }
}

/** Thrown when the answer to a COMMIT is missing, so that the outcome of the transaction is unknown. */
export class CommitUnknown extends Error {
  override readonly name = "CommitUnknown";

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** Error number of the server; 0 for errors of the driver, negative for socket errors. */
export function errnoOf(error: unknown): number {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" ? error.errno : 0;
}

/** Classifies an error by its meaning to the caller. */
export function troubleOf(error: unknown): DatabaseTrouble {
  const errno = errnoOf(error);
  const kind = kindOf(errno);
  if (kind !== undefined) return kind === "duplicate" ? "refused" : kind;
  const isFatal = error instanceof Error && "fatal" in error && error.fatal === true;
  return errno <= 0 || isFatal ? "away" : "broken";
}

/** Whether the connection must not be reused after an error: a new one may reach another server, or have other rights. */
export function isSpent(error: unknown): boolean {
  const trouble = troubleOf(error);
  return trouble === "away" || trouble === "denied";
}

/** Context of a failed statement, for its error. */
export interface Purpose {
  /** Table of the statement. */
  readonly table?: string;
  /** Whether the transaction was a change that a caller asked for. Default false. */
  readonly isChange?: boolean;
}

/** Converts an error of the driver to the error that callers get. */
export function databaseError(error: unknown, { table, isChange = false }: Purpose = {}): PhotinusError {
  if (isPhotinusError(error)) return error;
  const errno = errnoOf(error);
  if (kindOf(errno) === "duplicate") {
    return fail("ALREADY_EXISTS", "another row has this key or unique value", { cause: error });
  }
  const number = `error ${errno}`;
  const of = table === undefined ? "" : ` of ${table}`;
  switch (troubleOf(error)) {
    case "refused":
      return fail("INVALID_ARGUMENT", `MySQL refused the values${of}: ${number}`, { cause: error });
    case "conflict":
      return fail("ABORTED", "a concurrent change interfered; a retry may succeed", { cause: error });
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
          ? `MySQL rejected the user: ${number}`
          : `the MySQL user lacks a right${of}: ${number}`,
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
