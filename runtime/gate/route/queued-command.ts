import { errorCodes } from "../../../schema/errors.ts";
import type { Deadline, DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
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

/** Command that waits until its lane has moved to another node. Copies the body, because the input chunk is not kept. */
export class QueuedCommand implements LaneCommand, Deadline {
  readonly #deadlines: Deadlines;
  readonly #forward: Forward;
  readonly #session: GateSession;
  readonly #route: CommandRoute;
  readonly #body: Uint8Array;
  readonly #until: number;
  readonly #handle: DeadlineHandle;
  /** Relay of a request; undefined for a notify, and after the deadline. */
  #relay: Relay | undefined;
  #expired = false;

  constructor(
    deadlines: Deadlines,
    forward: Forward,
    session: GateSession,
    route: CommandRoute,
    relay: Relay | undefined,
    body: Uint8Array,
    timeoutMs: number,
  ) {
    this.#deadlines = deadlines;
    this.#forward = forward;
    this.#session = session;
    this.#route = route;
    this.#relay = relay;
    this.#body = body;
    this.#until = deadlines.clock.now() + timeoutMs;
    this.#handle = deadlines.add(timeoutMs, this);
  }

  onDeadline(): void {
    this.#expired = true;
    const relay = this.#relay;
    this.#relay = undefined;
    relay?.failure(errorCodes.DEADLINE_EXCEEDED, "the previous node did not finish the lane in time", 0);
  }

  release(): void {
    if (this.#expired) return;
    this.#deadlines.remove(this.#handle);
    const leftMs = Math.max(1, this.#until - this.#deadlines.clock.now());
    const relay = this.#relay;
    // The client has cancelled the request: the failure only returns the relay to its pool.
    if (relay?.abandoned) relay.failure(errorCodes.CANCELLED, "", 0);
    else {
      this.#forward(this.#session, this.#route, relay, this.#body, 0, this.#body.length, leftMs);
    }
  }

  drop(): void {
    if (this.#expired) return;
    this.#deadlines.remove(this.#handle);
    this.#relay?.failure(errorCodes.UNAVAILABLE, "the session has ended", 0);
  }
}
