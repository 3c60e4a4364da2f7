import type { ErrorCode } from "../../../schema/errors.ts";

/** `open`: usable. `reconnecting`: lost, and tried again by itself. `closed`: for good. */
export type ConnectionState = "open" | "reconnecting" | "closed";

/** What happened to a connection. */
export interface StateEvent {
  /** The state from now on. */
  readonly state: ConnectionState;
  /**
   * - `welcome`: it is open again
   * - `lost`: the transport broke, or the server has been silent for two heartbeat intervals
   * - `refused`: an attempt to connect again has failed
   * - `kick`: the server ended it and said why
   * - `go-away`: the server is about to stop; it is still open, and moves by itself within `graceMs`
   * - `close`: this side closed it
   */
  readonly cause: "welcome" | "lost" | "refused" | "kick" | "go-away" | "close";
  /** For people. */
  readonly reason: string;
  /** The error code of what happened; undefined with `welcome`. */
  readonly code: ErrorCode | undefined;
  /** True when the session of before was taken up again: nothing was missed. False: log in again, ask anew. */
  readonly resumed: boolean;
  /** Milliseconds until the next attempt, while reconnecting; else 0. */
  readonly retryInMs: number;
  /** Number of the next attempt, from 1, while reconnecting; else 0. */
  readonly attempt: number;
  /** With `go-away`: milliseconds until the server closes the connection; else 0. */
  readonly graceMs: number;
}

const nothing: Pick<StateEvent, "code" | "resumed" | "retryInMs" | "attempt" | "graceMs"> = Object.freeze({
  code: undefined,
  resumed: false,
  retryInMs: 0,
  attempt: 0,
  graceMs: 0,
});

/** Completes an event: what is not given is 0, false or undefined. */
export function stateEvent(
  given: Pick<StateEvent, "state" | "cause" | "reason"> & Partial<StateEvent>,
): StateEvent {
  return { ...nothing, ...given };
}
