import { createHash } from "node:crypto";
import { fail } from "../../../schema/errors.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { GateCore } from "../gate-core.ts";
import type { Identity } from "./authenticator.ts";
import { ticketRefusal } from "./ticket-refusals.ts";
import type { TicketStore } from "./ticket-store.ts";

/** Fewest ids that are worth a sweep. */
const leastSweep = 1_024;

/**
 * Ids of tickets that are accepted once. All gates share a store, which decides; this gate remembers the ids that it has accepted,
 * until their tickets expire. Beyond the bound further ones are refused, because a forgotten id could be presented again.
 */
export class OnceTickets {
  readonly #core: GateCore;
  readonly #store: TicketStore;
  /** Most ids at a time. */
  readonly #most: number;
  /** Expiry by hash of the id, in ms since 1970-01-01 UTC. */
  readonly #used = new Map<string, number>();
  /** Number of ids at which those that have expired are forgotten. */
  #sweepAt = leastSweep;

  constructor(core: GateCore, store: TicketStore, most: number) {
    this.#core = core;
    this.#store = store;
    this.#most = most;
  }

  /**
   * Marks a ticket as used. Rejects when it was used before, with RESOURCE_EXHAUSTED beyond the bound, and with UNAVAILABLE when the
   * store fails: the ticket counts as used only then when the store has got it.
   */
  async use({ ticketId, expiresAtMs }: Identity): Promise<void> {
    // The id is a text of the issuer, of any content: only its hash is kept.
    const key = createHash("sha256").update(ticketId).digest("base64url");
    if (this.#used.has(key)) throw ticketRefusal("used");
    if (this.#used.size >= Math.min(this.#sweepAt, this.#most)) this.#forget();
    if (this.#used.size >= this.#most) {
      this.#core.counters.add("auth.once.full");
      const retry = { retryAfterMs: retryAfterMs("absent") };
      throw fail("RESOURCE_EXHAUSTED", "too many tickets were used at this moment", retry);
    }
    // Before the store answers: two connections may present the ticket in one moment.
    this.#used.set(key, expiresAtMs);
    let isNew: boolean;
    try {
      isNew = await this.#store.use(key, expiresAtMs);
    } catch (error) {
      this.#used.delete(key);
      this.#core.counted.error({ err: error }, "the store of used tickets failed");
      throw fail("UNAVAILABLE", "the store of used tickets failed", { retryAfterMs: retryAfterMs("lost") });
    }
    if (!isNew) throw ticketRefusal("used");
  }

  /** Forgets the ids of tickets that have expired. Each sweep waits for as many new ids as are left, so that it costs little. */
  #forget(): void {
    const now = this.#core.clock.wall();
    for (const [key, expiresAtMs] of this.#used) if (expiresAtMs <= now) this.#used.delete(key);
    this.#sweepAt = Math.max(leastSweep, this.#used.size * 2);
  }
}
