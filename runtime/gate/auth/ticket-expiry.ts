import { errorCodes } from "../../../schema/errors.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession, KickOut } from "../session/gate-session.ts";

/** Longest time between two looks at the wall clock, in ms: it may jump, and timers do not reach a year. */
const lookMs = 60_000;

/** Ends sessions whose tickets have expired, with or without a connection. */
export class TicketExpiry {
  readonly #core: GateCore;
  readonly #graceMs: number;
  readonly #kick: KickOut;

  /** @param graceMs time after the expiry in which a fresh ticket may still come, in ms */
  constructor(core: GateCore, graceMs: number, kick: KickOut) {
    this.#core = core;
    this.#graceMs = graceMs;
    this.#kick = kick;
  }

  /** Sets when the ticket of a session expires, in ms since 1970-01-01 UTC; Infinity: never. */
  set(session: GateSession, expiresAtMs: number): void {
    this.remove(session);
    if (expiresAtMs === Number.POSITIVE_INFINITY || session.ended) return;
    const ticket = { expiresAtMs, deadline: 0 };
    session.ticket = ticket;
    const look = (): void => {
      const leftMs = ticket.expiresAtMs + this.#graceMs - this.#core.clock.wall();
      if (leftMs > 0) {
        ticket.deadline = this.#core.deadlines.add(Math.min(leftMs, lookMs), { onDeadline: look });
        return;
      }
      session.ticket = undefined;
      this.#core.counters.add("session.ticket-expired");
      this.#kick(session, errorCodes.UNAUTHENTICATED, "the ticket has expired", true);
    };
    look();
  }

  /** Forgets the ticket of a session. */
  remove(session: GateSession): void {
    if (session.ticket === undefined) return;
    this.#core.deadlines.remove(session.ticket.deadline);
    session.ticket = undefined;
  }

  /**
   * Returns the time until the ticket of a session expires, in whole ms, at least 1; 0 when it never does.
   *
   * @param expiresAtMs when it expires, in ms since 1970-01-01 UTC; default: as set
   */
  leftMs({ ticket }: GateSession, expiresAtMs = ticket?.expiresAtMs ?? Number.POSITIVE_INFINITY): number {
    if (expiresAtMs === Number.POSITIVE_INFINITY) return 0;
    return Math.max(1, wholeMs(Math.max(0, expiresAtMs - this.#core.clock.wall())));
  }
}
