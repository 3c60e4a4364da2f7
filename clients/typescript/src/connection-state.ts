import type { NodeChange } from "../../../runtime/wire/generated/photinus/control.ts";
import type { ErrorCode, UpgradeRequired } from "../../../schema/errors.ts";

/**
 * State of a connection. `open`: usable. `reconnecting`: lost, reconnects by itself. `queued`: waits for its turn at a full server.
 * `closed`: ended for good.
 */
export type ConnectionState = "open" | "reconnecting" | "queued" | "closed";

/** A change of a connection. */
export interface StateEvent {
  /** State after the change. */
  readonly state: ConnectionState;
  /**
   * Why the state changed.
   * - `welcome`: the connection is open again
   * - `lost`: the transport broke, or the server was silent for two heartbeat intervals
   * - `refused`: an attempt to reconnect failed
   * - `kick`: the server ended the connection, with a reason
   * - `go-away`: the server is about to stop; the connection is still open, and moves to another server within
   * `graceMs`
   * - `queued`: the server is full; the client has a place in its queue, and waits for its turn
   * - `ticket`: the server has refused a new ticket, or none could be made. The connection stays open until the old ticket
   * expires; meanwhile the next attempt comes in `retryInMs`, or not at all when that is 0
   * - `upgrade`: the server does not serve this client's release; `upgrade` says which one it serves. The connection is closed, and
   * does not reconnect
   * - `close`: this side closed the connection
   * - `node-lost`: a server process that served this session was lost or has stopped. The connection stays open; calls
   * that only this process can answer fail with UNAVAILABLE for at most `awaitedMs`
   * - `node-back`: the process is back without the state it had in memory; enter rooms, matches and the like again
   * - `node-gone`: the process has not returned in time; other processes of its `role` now serve its share
   */
  readonly cause:
    | "welcome"
    | "lost"
    | "refused"
    | "kick"
    | "go-away"
    | "queued"
    | "ticket"
    | "upgrade"
    | "close"
    | "node-lost"
    | "node-back"
    | "node-gone";
  /** Text for people. */
  readonly reason: string;
  /** Error code of the change; undefined with `welcome`, `queued`, `node-back` and `node-gone`. */
  readonly code: ErrorCode | undefined;
  /**
   * True when the earlier session continues: no message was lost. False with `welcome`: log in and query state again.
   */
  readonly resumed: boolean;
  /**
   * With `welcome`, why the earlier session did not continue. `ended`: it has waited too long, or was ended. `foreign`: it was
   * of another server, or of a server that has restarted. `schema`: the client's schema is another one. `overrun`: too much
   * has happened in the meantime. `user`: the ticket is of another user. Otherwise "".
   */
  readonly refusal: "" | "ended" | "foreign" | "schema" | "overrun" | "user";
  /** Delay until the next attempt, in ms, while reconnecting and with `ticket`; otherwise 0. */
  readonly retryInMs: number;
  /** Number of the next attempt, from 1, while reconnecting; otherwise 0. */
  readonly attempt: number;
  /** Place in the server's queue, with `queued`; 1 is next. Otherwise 0. */
  readonly position: number;
  /** Estimate of the time until the welcome, in ms, with `queued`; 0 when the server has none. Otherwise 0. */
  readonly estimateMs: number;
  /** Time until the server closes the connection, in ms, with `go-away`; otherwise 0. */
  readonly graceMs: number;
  /** Role of the process, with `node-lost`, `node-back` and `node-gone`; otherwise "". */
  readonly role: string;
  /** Name of the process, with `node-lost`, `node-back` and `node-gone`; otherwise "". */
  readonly node: string;
  /** Whether the process had announced its stop, with `node-lost`; otherwise false. */
  readonly planned: boolean;
  /** How long the process is awaited, in ms, with `node-lost`; otherwise 0. */
  readonly awaitedMs: number;
  /** With `upgrade`, the release that the server expects; otherwise undefined. */
  readonly upgrade: UpgradeRequired | undefined;
}

const nothing: Omit<StateEvent, "state" | "cause" | "reason"> = Object.freeze({
  code: undefined,
  resumed: false,
  refusal: "",
  retryInMs: 0,
  attempt: 0,
  position: 0,
  estimateMs: 0,
  graceMs: 0,
  role: "",
  node: "",
  planned: false,
  awaitedMs: 0,
  upgrade: undefined,
});

const nodeCauses = ["node-lost", "node-back", "node-gone"] as const;
const nodeFates = ["was lost", "is back", "is gone"] as const;

/** Words for the numbers of a refusal. */
export const refusals = ["", "ended", "foreign", "schema", "overrun", "user"] as const;

/** Completes an event with 0, "", false and undefined. */
export function stateEvent(
  given: Pick<StateEvent, "state" | "cause" | "reason"> & Partial<StateEvent>,
): StateEvent {
  return { ...nothing, ...given };
}

/** Turns the server's message about one of its processes into an event. A state of newer servers counts as a loss. */
export function nodeEvent(change: NodeChange): StateEvent {
  const { role, node, state, planned } = change;
  const cause = nodeCauses[state] ?? "node-lost";
  const fate = planned ? "has stopped" : (nodeFates[state] ?? "has changed");
  return stateEvent({
    ...change,
    state: "open",
    cause,
    reason: `the node ${node} of role ${role} ${fate}`,
    code: cause === "node-lost" ? "UNAVAILABLE" : undefined,
    resumed: true,
  });
}
