import { type Caller, placesOf } from "./caller.ts";

/**
 * The closed set of error codes, the only values of a failure's `code` on the wire. Numbers and meanings up to 16 are those of
 * gRPC (google.rpc.Code), which most readers know; `OK` is not an error and is left out.
 */
export const errorCodes = {
  /** The caller has cancelled the call. */
  CANCELLED: 1,
  /** An error without a more specific code. */
  UNKNOWN: 2,
  /** The request is invalid in any state of the server. */
  INVALID_ARGUMENT: 3,
  /** No answer within the deadline; the request may still have been executed. */
  DEADLINE_EXCEEDED: 4,
  /** The requested object does not exist. */
  NOT_FOUND: 5,
  /** The object that the request creates exists already. */
  ALREADY_EXISTS: 6,
  /** The session is authenticated, but lacks the permission. */
  PERMISSION_DENIED: 7,
  /** A limit is reached: a rate, a queue size, requests in flight. A later retry may succeed. */
  RESOURCE_EXHAUSTED: 8,
  /** The request does not fit the current state; a retry fails until the state changes. */
  FAILED_PRECONDITION: 9,
  /** A concurrent change won; a retry may succeed. */
  ABORTED: 10,
  /** A value is outside its valid range. */
  OUT_OF_RANGE: 11,
  /** The server has no such command or method. */
  UNIMPLEMENTED: 12,
  /** The handler failed; only the server's log has the cause. */
  INTERNAL: 13,
  /** The connection or the node is unreachable; a retry may succeed. */
  UNAVAILABLE: 14,
  /** Stored data is lost or corrupt. */
  DATA_LOSS: 15,
  /** The session must log in first. */
  UNAUTHENTICATED: 16,
  /** The server does not serve the release of the client: see {@link UpgradeRequired}. */
  UPGRADE_REQUIRED: 17,
} as const;

/** Name of an error code, by which programs distinguish errors. */
export type ErrorCode = keyof typeof errorCodes;

/** The names in the order of their numbers, which begin at 1. A list of its own: a page's bundle leaves the numbers out. */
const names: readonly string[] = [
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
  "UPGRADE_REQUIRED",
] satisfies readonly ErrorCode[];

/** Returns the code of a number from the wire; `UNKNOWN` for numbers outside the set. */
export function errorCodeOf(number: number): ErrorCode {
  return (names[number - 1] ?? "UNKNOWN") as ErrorCode;
}

/**
 * Whether a failed call or change was run.
 * - `not sent`: it never left this process, and never will
 * - `not run`: it was refused before its handler began
 * - `may have run`: it was sent, and its answer is missing or was lost
 * - `may have happened`: of a change of a table, it was sent to a server whose answer is missing
 */
export type Outcome = "not sent" | "not run" | "may have run" | "may have happened";

/** Words for the numbers of `FailureOutcome` on the wire; undefined for a failure that the handler has answered with. */
export const outcomeWords: readonly (Outcome | undefined)[] = [undefined, "not run", "may have run"];

/** Details of an error with UPGRADE_REQUIRED: the client that the server expects instead. */
export interface UpgradeRequired {
  /** False: this client is too old. A gate of Photinus has a client that is too new come again, with UNAVAILABLE instead. */
  readonly tooNew: boolean;
  /** Least release of a client that the server serves. */
  readonly minRelease: number;
  /** Release of the server; 0 when unknown. */
  readonly serverRelease: number;
  /** First change that this client does not understand, in words; "" when there is none, or unknown. */
  readonly change: string;
  /** Address at which the player gets another client; "" when the server has none. */
  readonly url: string;
}

/** Details of a {@link PhotinusError} besides its code and reason. */
export interface ErrorOptions {
  /** Error that caused this one; stays in the process. */
  readonly cause?: unknown;
  /** Delay after which a retry may succeed, in ms. Default 0: unknown. */
  readonly retryAfterMs?: number;
  /** Whether the failed call or change was run. */
  readonly outcome?: Outcome | undefined;
  /** Full name of the call that failed: "meadow.Meadow.Enter". */
  readonly call?: string | undefined;
  /** Place that made the call. The error's stack shows that place instead of where the error was created. */
  readonly caller?: Caller | undefined;
  /** Details of UPGRADE_REQUIRED. */
  readonly upgrade?: UpgradeRequired | undefined;
}

/**
 * The only error class of Photinus. `message` begins with the code, then the call of an error of a call. The `cause`
 * stays in the process that threw the error. Test for it with {@link isPhotinusError}, which also works across two
 * copies of this module.
 */
export class PhotinusError extends Error {
  override readonly name = "PhotinusError";
  /** Error code, for programs. */
  declare readonly code: ErrorCode;
  /** Error text without code and call, as sent over the wire. */
  declare readonly reason: string;
  /** Full name of the failed call: "meadow.Meadow.Enter"; undefined outside of a call. Stays in the process. */
  declare readonly call: string | undefined;
  /** Delay after which a retry may succeed, in whole ms, at most 2^32 - 1; 0 when unknown. */
  declare readonly retryAfterMs: number;
  /** Whether the failed call or change was run; undefined when a handler has answered with the error, or when unknown. */
  declare readonly outcome: Outcome | undefined;
  /** Details of UPGRADE_REQUIRED, at the client that the server has refused; otherwise undefined. Stays in the process. */
  declare readonly upgrade: UpgradeRequired | undefined;

  /** Creates an error with its code and text. `reason` travels to the caller; keep secrets in `options.cause`. */
  constructor(code: ErrorCode, reason: string, options: ErrorOptions = {}) {
    const { retryAfterMs = 0, call, caller } = options;
    // Untyped code may pass an error or nothing; the wire carries a text in any case.
    const said = String(reason ?? "");
    const text = call === undefined ? said : `${call}: ${said}`;
    super(`${code}: ${text}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = said;
    this.call = call;
    // Often a difference of two times, which may be fractional or negative; the wire carries an unsigned integer.
    this.retryAfterMs = retryAfterMs > 0 ? Math.min(Math.ceil(retryAfterMs), 0xffffffff) : 0;
    this.outcome = options.outcome;
    this.upgrade = options.upgrade;
    if (caller !== undefined) this.stack = `PhotinusError: ${this.message}${placesOf(caller)}`;
  }
}

/** Creates an error that a handler throws to answer with a code: `throw fail("NOT_FOUND", "no such player")`. */
export function fail(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
  return new PhotinusError(code, reason, options);
}

/** Copies an error, and adds the name of the call, the caller's stack where that is kept, and the outcome where it is known. */
export function ofCall(
  error: PhotinusError,
  call: string,
  caller?: Caller,
  outcome: Outcome | undefined = error.outcome,
): PhotinusError {
  const { code, reason, cause } = error;
  return new PhotinusError(code, reason, { ...error, cause, outcome, call, caller });
}

/** Copies an error, with the stack of the caller instead of its own. */
export function withCaller(error: PhotinusError, caller: Caller): PhotinusError {
  const { code, reason, cause } = error;
  return new PhotinusError(code, reason, { ...error, cause, caller });
}

/** Converts a thrown value to text: the message of an error; other values by `String`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether a value is a {@link PhotinusError}, also one of another copy of this module. */
export function isPhotinusError(error: unknown): error is PhotinusError {
  if (!(error instanceof Error) || error.name !== "PhotinusError") return false;
  const { code, reason } = error as PhotinusError;
  return names.includes(code) && typeof reason === "string";
}
