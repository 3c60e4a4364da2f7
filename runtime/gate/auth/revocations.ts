import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import type { Timer } from "../../clock/clock.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import { Revocation, Revoke } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession, KickOut } from "../session/gate-session.ts";
import type { Users } from "../session/users.ts";
import type { PeerLinks } from "../users/user-owner.ts";
import { defaultMaxLifeMs, type ResolvedAuth } from "./auth-options.ts";
import { MemoryTicketStore, type StoredRevocation, type TicketStore } from "./ticket-store.ts";

/** Parts of a gate that revocations use. */
export interface RevocationParts {
  readonly users: Users;
  readonly peers: PeerLinks;
  readonly kick: KickOut;
}

/** Most revocations at a time: those of one ticket life. */
const mostRevocations = 1_000_000;
/** Most revocations in one message to another gate. */
const partCount = 2_000;
/** How long another gate may take to answer, in ms. */
const answerMs = 3_000;
/** Interval in which revocations that have no ticket left are forgotten, in ms. */
const sweepMs = 600_000;

/**
 * Users whose tickets of before a time are refused. A revocation is stored before it counts, reaches all gates, and ends the
 * sessions of the user that began with an older ticket or an older login.
 */
export class Revocations {
  readonly #core: GateCore;
  readonly #parts: RevocationParts;
  readonly #store: TicketStore;
  /** How long a revocation counts, in ms: no ticket lives longer. */
  readonly #lifeMs: number;
  /** Times before which tickets are refused, by user. */
  readonly #notBefore = new Map<bigint, number>();
  #sweep: Timer | undefined;

  constructor(core: GateCore, parts: RevocationParts, store: TicketStore, lifeMs: number) {
    this.#core = core;
    this.#parts = parts;
    this.#store = store;
    this.#lifeMs = lifeMs;
  }

  /** Store of the gate, which keeps ids of used tickets, too. */
  get store(): TicketStore {
    return this.#store;
  }

  /** Number of revocations that count. */
  get size(): number {
    return this.#notBefore.size;
  }

  /** Loads the stored revocations. Rejects with UNAVAILABLE when the store cannot be read. */
  async open(): Promise<void> {
    const since = this.#core.clock.wall() - this.#lifeMs;
    for (const { userId, notBeforeMs } of await this.#stored(this.#store.revocations(since))) {
      this.#note(userId, notBeforeMs);
    }
    this.#sweep = this.#core.clock.every(sweepMs, () => this.#forget());
  }

  close(): void {
    this.#sweep?.cancel();
  }

  /** Returns whether a ticket of the user, or a login, of this time is refused. */
  refuses(userId: bigint, atMs: number): boolean {
    const notBefore = this.#notBefore.get(userId);
    return notBefore !== undefined && atMs < notBefore;
  }

  /**
   * Revokes the tickets of users on the order of a node: stores it, ends sessions here, and asks the linked gates. Rejects with
   * UNAVAILABLE when it cannot be stored, and with RESOURCE_EXHAUSTED beyond the bound; nothing is changed then.
   */
  async revoke({ users }: Revoke): Promise<void> {
    if (this.#notBefore.size + users.length > mostRevocations) this.#forget();
    if (this.#notBefore.size + users.length > mostRevocations)
      throw fail("RESOURCE_EXHAUSTED", `too many revocations; the limit is ${mostRevocations}`);
    const now = this.#core.clock.wall();
    const all = users.map(({ userId, notBeforeMs }) =>
      // A ticket or login of this millisecond is revoked, too.
      Revocation.create({ userId, notBeforeMs: Math.min(notBeforeMs || now, now) + 1 }),
    );
    await this.#stored(this.#store.revoke(all));
    this.take({ users: all, former: false });
    const links = this.#parts.peers.all().flatMap(({ link }) => (link?.alive ? [link] : []));
    await Promise.all(
      links.map((link) => this.#tell(link, all, false).catch((error) => this.#untold(link, error))),
    );
  }

  /**
   * Takes revocations that another gate has stored, and ends the sessions of their users here. The clocks of gates differ, so that a
   * revocation of this moment ends all of them.
   */
  take({ users, former }: Revoke): void {
    for (const { userId, notBeforeMs } of users) {
      this.#note(userId, notBeforeMs);
      for (let next = this.#parts.users.get(userId); next !== undefined; ) {
        const session = next;
        next = session.nextOfUser;
        if (former) this.check(session);
        else this.#end(session);
      }
    }
  }

  /** Ends a session whose ticket or login is revoked. Returns false then. */
  check(session: GateSession): boolean {
    if (!this.refuses(session.userId, session.provenMs)) return true;
    this.#end(session);
    return false;
  }

  /** Sends a gate that has just linked all revocations: it may have missed some. */
  async introduce(link: Link): Promise<void> {
    const all = [...this.#notBefore].map(([userId, notBeforeMs]) => ({ userId, notBeforeMs }));
    for (let at = 0; at < all.length; at += partCount)
      await this.#tell(link, all.slice(at, at + partCount), true);
  }

  #end(session: GateSession): void {
    this.#core.counters.add("session.revoked");
    const reason = "the tickets of the user were revoked";
    this.#parts.kick(session, errorCodes.UNAUTHENTICATED, reason, false);
  }

  async #tell(link: Link, users: readonly StoredRevocation[], former: boolean): Promise<void> {
    await link.call(admin.revoke, Revoke, { users: [...users], former }, raw, { timeoutMs: answerMs });
  }

  /** A gate without the revocations gets them when it links again. */
  #untold(link: Link, error: unknown): void {
    this.#core.counted.warn({ err: error, gate: link.peer }, "revocation not confirmed by a gate", link.peer);
    link.destroy("a revocation was not confirmed");
  }

  #note(userId: bigint, notBeforeMs: number): void {
    // A time ahead of all clocks would lock the user out.
    const time = Math.min(notBeforeMs, this.#core.clock.wall() + sweepMs);
    if (this.#notBefore.size >= mostRevocations && !this.#notBefore.has(userId)) {
      this.#core.refusals.note("revocations.dropped", { count: this.#notBefore.size });
      return;
    }
    this.#notBefore.set(userId, Math.max(time, this.#notBefore.get(userId) ?? 0));
  }

  #forget(): void {
    const now = this.#core.clock.wall();
    const before = now - this.#lifeMs;
    for (const [user, notBefore] of this.#notBefore) {
      if (notBefore < before) this.#notBefore.delete(user);
    }
    this.#store.forget(now, before).catch((error: unknown) => {
      this.#core.counted.warn({ err: error }, "old revocations not removed from the store");
    });
  }

  async #stored<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isPhotinusError(error)) throw error;
      this.#core.counted.error({ err: error }, "the store of revocations failed");
      const retry = { retryAfterMs: retryAfterMs("lost"), cause: error };
      throw fail("UNAVAILABLE", "the store of revocations failed", retry);
    }
  }
}

/** Makes the revocations of a gate, with or without tickets: a revocation ends sessions that nodes have bound, too. */
export function revocationsOf(
  core: GateCore,
  parts: RevocationParts,
  options: {
    readonly auth: "none" | ResolvedAuth | undefined;
    readonly ticketStore: TicketStore | undefined;
  },
): Revocations {
  const { auth, ticketStore } = options;
  const lifeMs = auth === undefined || auth === "none" ? defaultMaxLifeMs : auth.maxLifeMs;
  return new Revocations(core, parts, ticketStore ?? new MemoryTicketStore(), lifeMs);
}
