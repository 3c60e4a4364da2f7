import { type ErrorCode, errorCodes } from "../../../schema/errors.ts";
import type { Deadline, DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { Relay } from "./relay.ts";
import type { LaneCommand } from "./route-lane.ts";
import type { CommandRoute } from "./route-table.ts";

/** Routes a queued command again, as if the command had just arrived. */
export type Forward = (
  session: GateSession,
  route: CommandRoute,
  relay: Relay | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
  timeoutMs: number,
) => void;

/** Command to queue, and its body, which must not change while the command waits. */
export interface Queued {
  readonly session: GateSession;
  readonly route: CommandRoute;
  /** Relay of a request; undefined for a notify. */
  readonly relay: Relay | undefined;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /**
   * Longest wait for a node that is away, in ms; after it the command is routed a last time. Undefined for a command that waits for
   * those ahead of it.
   */
  readonly nodeWaitMs?: number;
}

/** Command that waits until its lane has moved to another node, or until its node is back. */
export class QueuedCommand implements LaneCommand, Deadline {
  readonly #deadlines: Deadlines;
  readonly #forward: Forward;
  readonly #command: Queued;
  /** Called when a command waits no longer, other than by `release` of its owner. */
  readonly #onAnswered: () => void;
  readonly #until: number;
  readonly #handle: DeadlineHandle;
  #over = false;

  constructor(deadlines: Deadlines, forward: Forward, command: Queued, onAnswered: () => void) {
    this.#deadlines = deadlines;
    this.#forward = forward;
    this.#command = command;
    this.#onAnswered = onAnswered;
    this.#until = deadlines.clock.now() + command.timeoutMs;
    const { timeoutMs, nodeWaitMs = timeoutMs } = command;
    this.#handle = deadlines.add(Math.min(timeoutMs, nodeWaitMs), this);
    if (command.relay !== undefined) command.relay.queued = this;
  }

  get over(): boolean {
    return this.#over;
  }

  get awaits(): Role | undefined {
    return this.#command.nodeWaitMs === undefined ? undefined : this.#command.route.role;
  }

  onDeadline(): void {
    const { timeoutMs, nodeWaitMs } = this.#command;
    if (nodeWaitMs !== undefined && nodeWaitMs < timeoutMs) {
      this.release();
      this.#onAnswered();
    } else {
      const what =
        nodeWaitMs === undefined ? "the previous node did not finish the lane" : "no node came back";
      this.giveUp("DEADLINE_EXCEEDED", `${what} in time`);
    }
  }

  release(): void {
    if (!this.#leave()) return;
    const { session, route, relay, body } = this.#command;
    const leftMs = Math.max(1, this.#until - this.#deadlines.clock.now());
    this.#forward(session, route, relay, body, 0, body.length, leftMs);
  }

  drop(): void {
    this.giveUp("UNAVAILABLE", "the session has ended");
  }

  /** Answers the request with an error. Has no effect once the command was routed or answered. */
  giveUp(code: ErrorCode, reason: string): void {
    if (!this.#leave()) return;
    const { relay } = this.#command;
    relay?.failure(errorCodes[code], relay.lossOr(reason), 0);
    this.#onAnswered();
  }

  /** Ends the wait. Returns false when it had ended before. */
  #leave(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#deadlines.remove(this.#handle);
    const { relay } = this.#command;
    if (relay !== undefined) relay.queued = undefined;
    return true;
  }
}
