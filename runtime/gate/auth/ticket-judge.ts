import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import type { TicketBearer } from "../../api/ticket-handler.ts";
import { AddressShare } from "../flood/address-share.ts";
import type { GateCore } from "../gate-core.ts";
import type { Authenticator, Identity } from "./authenticator.ts";
import { ticketRefusal } from "./ticket-refusals.ts";

/** Part of all judgements that the clients of one address may have at a time. */
const addressPart = 0.25;

const largestUserId = 2n ** 64n - 1n;

/** Callbacks of a judgement; one of them is called once, unless the judgement is abandoned. */
export interface Judged {
  /** Called with the user of an accepted ticket. */
  accepted(identity: Identity): void;
  /** Called with what the client gets. */
  refused(error: PhotinusError): void;
}

/**
 * Judges the tickets of clients, a bounded number at a time, and of one address a quarter of it. A judgement without a result ends
 * after the handshake timeout: an authenticator that answers nothing must not keep its place for ever.
 */
export class TicketJudge {
  readonly #core: GateCore;
  readonly #authenticator: Authenticator;
  readonly #admit: (identity: Identity, isRepeat: boolean) => Promise<void>;
  /** Most judgements at a time. */
  readonly #most: number;
  readonly #shares: AddressShare;
  #count = 0;

  /** @param admit last check of a ticket that is valid; rejects with what the client gets */
  constructor(
    core: GateCore,
    authenticator: Authenticator,
    most: number,
    admit: (identity: Identity, isRepeat: boolean) => Promise<void>,
  ) {
    this.#core = core;
    this.#admit = admit;
    this.#authenticator = authenticator;
    this.#most = most;
    this.#shares = new AddressShare(Math.ceil(most * addressPart), core.limits.ipv6PrefixBits);
  }

  /** Number of judgements under way. */
  get count(): number {
    return this.#count;
  }

  /**
   * Judges a ticket. Returns what abandons the judgement: its result is then ignored.
   *
   * @param repeated id of a ticket that this client may present again; "" for none
   */
  begin(ticket: Uint8Array, about: TicketBearer, then: Judged, repeated = ""): () => void {
    let isOver = false;
    const abandon = (): void => {
      isOver = true;
    };
    if (this.#count >= this.#most) {
      then.refused(fail("UNAVAILABLE", "too many tickets are judged at this moment"));
      return abandon;
    }
    const { remote } = about;
    if (!this.#shares.enter(remote)) {
      then.refused(fail("UNAVAILABLE", "too many tickets of this address are judged at this moment"));
      return abandon;
    }
    const { deadlines, limits } = this.#core;
    this.#count++;
    const timer = deadlines.add(limits.handshakeMs, {
      onDeadline: () => finish(() => then.refused(fail("UNAVAILABLE", "the ticket was not judged in time"))),
    });
    let isCounted = true;
    const finish = (tell: () => void): void => {
      deadlines.remove(timer);
      if (isCounted) {
        this.#count--;
        this.#shares.leave(remote);
      }
      isCounted = false;
      if (isOver) return;
      isOver = true;
      tell();
    };
    // The chunk of the ticket is reused, so that its bytes are copied.
    this.#judge(Uint8Array.prototype.slice.call(ticket), about, repeated).then(
      (identity) => finish(() => then.accepted(identity)),
      (error: unknown) => finish(() => then.refused(this.#shown(error))),
    );
    return abandon;
  }

  /** Stops what the authenticator does in the background. */
  close(): void {
    this.#authenticator.close?.();
  }

  async #judge(ticket: Uint8Array, about: TicketBearer, repeated: string): Promise<Identity> {
    if (ticket.length === 0) throw ticketRefusal("missing");
    const identity = await this.#authenticator.judge(ticket, about);
    const { userId, auth, expiresAtMs } = identity;
    if (typeof userId !== "bigint" || userId < 1n || userId > largestUserId) throw ticketRefusal("user");
    if (auth !== "user" && auth !== "admin") throw ticketRefusal("level");
    if (!(expiresAtMs > this.#core.clock.wall())) throw ticketRefusal("expired");
    await this.#admit(identity, identity.ticketId === repeated);
    return identity;
  }

  /** Returns the error that the client gets: causes stay here. */
  #shown(error: unknown): PhotinusError {
    if (isPhotinusError(error)) return error;
    // The text of a foreign error may hold parts of the ticket.
    const what = error instanceof Error ? error.name : typeof error;
    this.#core.counted.error({ what }, "failed to judge a ticket", what);
    return fail("INTERNAL", "the ticket could not be judged");
  }
}
