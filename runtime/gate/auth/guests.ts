import { fail, type PhotinusError } from "../../../schema/errors.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { GateSession } from "../session/gate-session.ts";
import { ticketRefusal } from "./ticket-refusals.ts";

/** Sessions without a ticket and without a user. Their number is bounded where the gate asks for tickets. */
export class Guests {
  readonly #most: number;
  readonly #sessions = new Set<GateSession>();

  /** @param most most guests at a time; 0: every client needs a ticket */
  constructor(most: number) {
    this.#most = most;
  }

  /** Number of guests. */
  get count(): number {
    return this.#sessions.size;
  }

  /** Returns why another guest may not enter; undefined when it may. */
  refusal(): PhotinusError | undefined {
    if (this.#most === 0) return ticketRefusal("missing");
    if (this.#sessions.size < this.#most) return undefined;
    return fail("RESOURCE_EXHAUSTED", "too many guests at this moment; a ticket is needed", {
      retryAfterMs: retryAfterMs("lost"),
    });
  }

  /** Counts a session as a guest. */
  add(session: GateSession): void {
    this.#sessions.add(session);
  }

  /** Counts a session as a guest no more: it has a user, or has ended. */
  remove(session: GateSession): void {
    this.#sessions.delete(session);
  }
}
