import { errorCodes, fail, type PhotinusError } from "../../../schema/errors.ts";
import { newBuckets } from "../../clock/rate-limit.ts";
import { control } from "../../wire/frame/frame-format.ts";
import { Authenticated } from "../../wire/generated/photinus/control.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { SessionWire } from "../wire/session-wire.ts";
import type { Identity } from "./authenticator.ts";
import { refusalName, ticketRefusal } from "./ticket-refusals.ts";
import { bindFailure, type Tickets } from "./tickets.ts";

/** Fresh tickets that a connection brings for its session, one at a time. A refused one changes nothing. */
export class Renewal {
  readonly #core: GateCore;
  readonly #tickets: Tickets | undefined;
  readonly #session: GateSession;
  readonly #wire: SessionWire;
  readonly #client: string;
  readonly #bucket = newBuckets(1);
  /** Abandons the judgement under way. */
  #abandon: (() => void) | undefined;

  constructor(
    core: GateCore,
    tickets: Tickets | undefined,
    session: GateSession,
    wire: SessionWire,
    client: string,
  ) {
    this.#core = core;
    this.#tickets = tickets;
    this.#session = session;
    this.#wire = wire;
    this.#client = client;
  }

  /** Judges a ticket, and answers with Authenticated. */
  take(ticket: Uint8Array): void {
    const tickets = this.#tickets;
    if (tickets === undefined) {
      this.#refuse(fail("FAILED_PRECONDITION", "this server asks for no tickets"));
      return;
    }
    const busyMs = tickets.renewalRate.take(this.#bucket, 0, this.#core.clock.now());
    if (busyMs > 0 || this.#abandon !== undefined) {
      this.#refuse(fail("RESOURCE_EXHAUSTED", "too many fresh tickets", { retryAfterMs: busyMs }));
      return;
    }
    let isOver = false;
    const abandon = tickets.judge.begin(
      ticket,
      { client: this.#client, remote: this.#session.remote },
      {
        accepted: (identity) => void this.#accept(tickets, identity),
        refused: (error) => {
          isOver = true;
          this.#abandon = undefined;
          this.#refuse(error);
        },
      },
    );
    if (!isOver) this.#abandon = abandon;
  }

  /** Abandons the judgement under way: the connection is over. */
  stop(): void {
    this.#abandon?.();
  }

  async #accept(tickets: Tickets, identity: Identity): Promise<void> {
    const session = this.#session;
    try {
      if (session.userId !== 0n && session.userId !== identity.userId) throw ticketRefusal("other-user");
      await tickets.bind(session, identity);
      this.#core.counters.add("session.ticket-renewed");
      this.#answer({ ticketMs: tickets.expiry.leftMs(session) });
    } catch (error) {
      this.#refuse(bindFailure(error));
    } finally {
      this.#abandon = undefined;
    }
  }

  #refuse(error: PhotinusError): void {
    const { id, remote } = this.#session;
    this.#core.refusals.note(refusalName(error), { session: id, remote });
    const { code, reason, retryAfterMs } = error;
    const ticketMs = this.#tickets?.expiry.leftMs(this.#session) ?? 0;
    this.#answer({ ticketMs, code: errorCodes[code], reason, retryAfterMs });
  }

  /** Answers, unless the session is on another connection, or over. */
  #answer(answer: Partial<Authenticated>): void {
    if (this.#session.wire !== this.#wire) return;
    this.#wire.control(control.authenticated, Authenticated, Authenticated.create(answer));
  }
}
