import type { NodeChange } from "../../../runtime/wire/generated/photinus/control.ts";
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
   * - `node-lost`: a server process that has served this session was lost, or has stopped. The connection is open; calls that
   *   only that process can answer fail with UNAVAILABLE, for `awaitedMs` at most
   * - `node-back`: that process is back; what it kept in memory only is gone: enter again what was there
   * - `node-gone`: it has not come back in time; others of its `role` have its part
   */
  readonly cause:
    | "welcome"
    | "lost"
    | "refused"
    | "kick"
    | "go-away"
    | "close"
    | "node-lost"
    | "node-back"
    | "node-gone";
  /** For people. */
  readonly reason: string;
  /** The error code of what happened; undefined with `welcome`, `node-back` and `node-gone`. */
  readonly code: ErrorCode | undefined;
  /** True when the session of before goes on: nothing was missed. False with `welcome`: log in again, ask anew. */
  readonly resumed: boolean;
  /** Milliseconds until the next attempt, while reconnecting; else 0. */
  readonly retryInMs: number;
  /** Number of the next attempt, from 1, while reconnecting; else 0. */
  readonly attempt: number;
  /** With `go-away`: milliseconds until the server closes the connection; else 0. */
  readonly graceMs: number;
  /** With `node-lost`, `node-back` and `node-gone`: the role of the process; else "". */
  readonly role: string;
  /** With `node-lost`, `node-back` and `node-gone`: the name of the process; else "". */
  readonly node: string;
  /** With `node-lost`: true when the process had said before that it would stop. */
  readonly planned: boolean;
  /** With `node-lost`: for how long the process is awaited, milliseconds; else 0. */
  readonly awaitedMs: number;
}

const nothing: Omit<StateEvent, "state" | "cause" | "reason"> = Object.freeze({
  code: undefined,
  resumed: false,
  retryInMs: 0,
  attempt: 0,
  graceMs: 0,
  role: "",
  node: "",
  planned: false,
  awaitedMs: 0,
});

const nodeCauses = ["node-lost", "node-back", "node-gone"] as const;
const nodeFates = ["was lost", "is back", "is gone"] as const;

/** Completes an event: what is not given is 0, false or undefined. */
export function stateEvent(
  given: Pick<StateEvent, "state" | "cause" | "reason"> & Partial<StateEvent>,
): StateEvent {
  return { ...nothing, ...given };
}

/** What the server says of one of its processes. A state that only newer servers know counts as a loss. */
export function nodeEvent({ role, node, state, planned, awaitedMs }: NodeChange): StateEvent {
  const cause = nodeCauses[state] ?? "node-lost";
  const fate = planned ? "has stopped" : (nodeFates[state] ?? "has changed");
  return stateEvent({
    state: "open",
    cause,
    reason: `the node ${node} of role ${role} ${fate}`,
    code: cause === "node-lost" ? "UNAVAILABLE" : undefined,
    resumed: true,
    role,
    node,
    planned,
    awaitedMs,
  });
}
