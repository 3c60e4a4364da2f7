import { type Caller, placesOf } from "./caller.ts";

/**
 * The closed set of error codes: the only values that an answer's `code` has on the wire. Numbers and meanings are those
 * of gRPC (google.rpc.Code), so they need no explanation to most readers; `OK` is not an error and is left out.
 */
export const errorCodes = {
  /** The caller gave up. */
  CANCELLED: 1,
  /** An error of a kind that has no code. */
  UNKNOWN: 2,
  /** The request is wrong, whatever the state of the server. */
  INVALID_ARGUMENT: 3,
  /** No answer within the deadline; the request may still have been executed. */
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  /** The session is known but may not do this. */
  PERMISSION_DENIED: 7,
  /** A limit is reached: rate, size of a queue, requests in flight. */
  RESOURCE_EXHAUSTED: 8,
  /** The request does not fit the present state. */
  FAILED_PRECONDITION: 9,
  /** A concurrent change won; trying again may succeed. */
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  /** No such command or method here. */
  UNIMPLEMENTED: 12,
  /** The handler failed; the cause is in the server's log only. */
  INTERNAL: 13,
  /** The connection or the node is gone; trying again may succeed. */
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  /** The session must log in first. */
  UNAUTHENTICATED: 16,
} as const;

/** The name of an error code: what programs tell errors apart by. */
export type ErrorCode = keyof typeof errorCodes;

const names = new Map<number, ErrorCode>(
  Object.entries(errorCodes).map(([name, number]) => [number, name as ErrorCode]),
);

/** The code of a number from the wire; numbers outside the set are `UNKNOWN`. */
export function errorCodeOf(number: number): ErrorCode {
  return names.get(number) ?? "UNKNOWN";
}

/**
 * What is known of a change that failed with UNAVAILABLE: `not sent`, it did not happen and never will; `may have happened`,
 * it was given to a server whose answer is missing.
 */
export type Outcome = "not sent" | "may have happened";

/** What an error says besides its code and reason. */
export interface ErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  readonly outcome?: Outcome | undefined;
  /** Full name of the call that failed: "meadow.Meadow.Enter". */
  readonly call?: string | undefined;
  /** Where the call was made: its places take the place of those where the error was made. */
  readonly caller?: Caller | undefined;
}

/**
 * The one error class of Photinus. `message` begins with the code, and with the call where the error is of one. Its `cause` stays in the process that threw it.
 * Recognise it with {@link isPhotinusError}, which also works across two copies of this module.
 */
export class PhotinusError extends Error {
  override readonly name = "PhotinusError";
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** The message without code and call: what goes over the wire. */
  readonly reason: string;
  /** Full name of the call that failed, "meadow.Meadow.Enter"; undefined for an error of no call. Stays in the process. */
  readonly call: string | undefined;
  /** Whole milliseconds after which trying again may succeed, at most 2^32 - 1; 0 when that is not known. */
  readonly retryAfterMs: number;
  /** What became of a change that failed with UNAVAILABLE; undefined for other errors. Stays in the process. */
  readonly outcome: Outcome | undefined;

  constructor(code: ErrorCode, reason: string, options: ErrorOptions = {}) {
    const { retryAfterMs = 0, call, caller } = options;
    // Code without types gives an error, or nothing: it goes over the wire as a text all the same.
    const said = typeof reason === "string" ? reason : String(reason ?? "");
    const text = call === undefined ? said : `${call}: ${said}`;
    super(`${code}: ${text}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = said;
    this.call = call;
    // Often a difference of two times, which may be fractional or negative; the wire carries an unsigned integer.
    this.retryAfterMs = retryAfterMs > 0 ? Math.min(Math.ceil(retryAfterMs), 0xffffffff) : 0;
    this.outcome = options.outcome;
    if (caller !== undefined) this.stack = `PhotinusError: ${this.message}${placesOf(caller)}`;
  }
}

/** Makes the error that a handler throws to answer with a code: `throw fail("NOT_FOUND", "no such player")`. */
export function fail(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
  return new PhotinusError(code, reason, options);
}

/** An error as one of a call: with the call's name, and with the caller's stack where that is kept. */
export function ofCall(error: PhotinusError, call: string, caller?: Caller): PhotinusError {
  const { code, reason, cause, retryAfterMs, outcome } = error;
  return new PhotinusError(code, reason, { cause, retryAfterMs, outcome, call, caller });
}

/** An error like this one, with the places of the caller's code instead of its own. */
export function withCaller(error: PhotinusError, caller: Caller): PhotinusError {
  const { code, reason, cause, retryAfterMs, outcome, call } = error;
  return new PhotinusError(code, reason, { cause, retryAfterMs, outcome, call, caller });
}

/** What was thrown, as a text: the message of an error, anything else by `String`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** True for a {@link PhotinusError}, also one that another copy of this module made. */
export function isPhotinusError(error: unknown): error is PhotinusError {
  return (
    error instanceof Error &&
    error.name === "PhotinusError" &&
    "code" in error &&
    typeof error.code === "string" &&
    Object.hasOwn(errorCodes, error.code) &&
    "reason" in error &&
    typeof error.reason === "string"
  );
}
