import { fail } from "../../../schema/errors.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { LoginPolicy } from "../peers/peer-options.ts";

/** Place of a session. */
export interface SessionPlace {
  /** Gate of the session. */
  readonly gate: string;
  /** Number of the session at its gate. */
  readonly session: number;
}

/** Session that is bound to a user, as the owner of the user knows it. */
export interface Holder extends SessionPlace {
  /** Number of the bind. Of two binds of one user, the later one has the higher number. */
  readonly generation: number;
}

/** Ends a session at its gate. Resolves once the session has ended, or its gate is unreachable. */
export type EvictHolder = (userId: bigint, holder: Holder) => Promise<void>;

/** Holder, as the last list or notice says. */
interface ToldHolder extends Holder {
  /** Number of the move that has brought the session to its place; of two places of one bind, the higher one is the later. */
  hops: number;
  /** Number of the list that has named the holder last. */
  round: number;
}

/** Binds of one user that are under way; one at a time runs. */
interface Turn {
  count: number;
  last: Promise<unknown>;
}

/** Most binds of one user that wait for one another. */
const mostWaiting = 16;
/** Generations of one life of an owner. Their upper part is the number of the life. */
const perLife = 2 ** 32;
/** Highest generation that another gate can make this one continue above: half of the exact integers are left to later lives. */
const mostGeneration = 2 ** 52;
/** Most sessions of one gate: a gate that lists sessions without end does not fill the memory of an owner. */
const mostOfGate = 1_000_000;

/**
 * Users that this gate owns, each with its sessions on all gates. Orders the binds of a user: each has a generation above those
 * before it, from a counter and not from a clock.
 */
export class UserRegistry {
  readonly #count: number;
  readonly #refuses: boolean;
  readonly #evict: EvictHolder;
  readonly #mostOfGate: number;
  readonly #users = new Map<bigint, ToldHolder[]>();
  readonly #turns = new Map<bigint, Turn>();
  /** Number of the current list of each gate. */
  readonly #rounds = new Map<string, number>();
  /** Number of sessions by gate; without gates that have none. */
  readonly #counts = new Map<string, number>();
  #last = perLife;

  /** @param ofGate most sessions of one gate */
  constructor(policy: Required<LoginPolicy>, evict: EvictHolder, ofGate = mostOfGate) {
    this.#count = policy.count;
    this.#refuses = policy.beyond === "refuse";
    this.#evict = evict;
    this.#mostOfGate = ofGate;
  }

  get size(): number {
    return this.#users.size;
  }

  /** Returns the sessions of a user, the oldest bind first. */
  holders(userId: bigint): readonly Holder[] {
    return this.#users.get(userId) ?? [];
  }

  /**
   * Registers a bind once the sessions that it replaces have ended, and returns its generation. Binds of one user run one after
   * another. A session that is bound to the user already keeps its generation. Rejects with ALREADY_EXISTS when the policy
   * refuses the bind, with RESOURCE_EXHAUSTED when too many binds of the user wait or the gate has too many sessions, with CANCELLED
   * when nobody waits any more.
   *
   * @param wanted whether the caller still waits
   */
  async claim(userId: bigint, gate: string, session: number, wanted: () => boolean): Promise<number> {
    const turn = this.#turns.get(userId) ?? { count: 0, last: Promise.resolve() };
    if (turn.count >= mostWaiting) {
      throw fail("RESOURCE_EXHAUSTED", "too many logins of this user at a time", {
        retryAfterMs: retryAfterMs("busy"),
      });
    }
    turn.count++;
    this.#turns.set(userId, turn);
    const result = turn.last.then(() => this.#claim(userId, gate, session, wanted));
    turn.last = result.catch(() => {});
    try {
      return await result;
    } finally {
      if (--turn.count === 0) this.#turns.delete(userId);
    }
  }

  /** Removes a bind whose session has ended; generation 0 stands for each bind of the session. */
  release(userId: bigint, gate: string, session: number, generation: number): void {
    this.#remove(userId, (holder) => {
      const isBind = generation === 0 || holder.generation === generation;
      return isBind && holder.gate === gate && holder.session === session;
    });
  }

  /**
   * Notes a generation that an earlier life of an owner has given: those of this life are higher. One that leaves no room for later
   * ones counts as the highest that does: refused, it would come again after each link, from every gate that has seen it.
   */
  see(generation: number): void {
    const seen = Math.min(generation, mostGeneration);
    if (seen > this.#last) this.#last = (Math.floor(seen / perLife) + 1) * perLife;
  }

  /** Begins the list of a gate's sessions; {@link tell} adds them, {@link told} ends the list. */
  begin(gate: string): void {
    this.#rounds.set(gate, (this.#rounds.get(gate) ?? 0) + 1);
  }

  /**
   * Adds a session that a gate has. Beyond the policy, the sessions with the lowest generations end. Throws RESOURCE_EXHAUSTED when
   * the gate has too many sessions.
   */
  tell(userId: bigint, gate: string, session: number, generation: number, hops = 0): void {
    this.see(generation);
    const round = this.#rounds.get(gate) ?? 0;
    const holders = this.#users.get(userId) ?? [];
    const known = holders.find((holder) => holder.gate === gate && holder.session === session);
    if (known?.generation === generation) {
      known.round = round;
      known.hops = Math.max(known.hops, hops);
      return;
    }
    // A bind of this generation elsewhere: the session has moved, or both lives of an owner have given the number.
    const others = holders.filter((holder) => holder.generation === generation);
    // The session has moved on, and the notice of the later move came first.
    if (others.some((other) => other.hops > hops)) return;
    if (known === undefined) this.#countIn(gate);
    else holders.splice(holders.indexOf(known), 1);
    for (const other of others) holders.splice(holders.indexOf(other), 1);
    holders.push({ gate, session, generation, hops, round });
    holders.sort((a, b) => a.generation - b.generation);
    this.#users.set(userId, holders);
    const excess = holders.splice(0, Math.max(0, holders.length - this.#count));
    for (const holder of [...others, ...excess]) {
      this.#countOut(holder.gate);
      // A session that has moved leaves its former gate by itself. Its end there, in the middle of the move, would end the move.
      const hasMoved = holder.generation === generation && holder.hops < hops;
      if (!hasMoved) void this.#evict(userId, holder);
    }
  }

  /** Notes that a session has moved from one gate to another. */
  move(userId: bigint, generation: number, hops: number, from: SessionPlace, to: SessionPlace): void {
    const isOld = this.#users.get(userId)?.some((holder) => {
      const isThere = holder.gate === from.gate && holder.session === from.session;
      return isThere && holder.generation === generation && holder.hops > hops;
    });
    // The move has failed: the session has said since then that it stays.
    if (isOld) return;
    this.release(userId, from.gate, from.session, generation);
    // An owner that has restarted may not know the session yet; a later bind may have replaced it.
    this.tell(userId, to.gate, to.session, generation, hops);
  }

  /** Ends the list of a gate's sessions: sessions of the gate that it does not name have ended. */
  told(gate: string): void {
    const round = this.#rounds.get(gate) ?? 0;
    for (const userId of this.#users.keys()) {
      this.#remove(userId, (holder) => holder.gate === gate && holder.round !== round);
    }
  }

  /** Removes all sessions of a gate that is gone for good. */
  forget(gate: string): void {
    for (const userId of this.#users.keys()) this.#remove(userId, (holder) => holder.gate === gate);
    this.#rounds.delete(gate);
  }

  /** Removes the users that another gate owns from now on. */
  keep(isOwned: (userId: bigint) => boolean): void {
    for (const userId of this.#users.keys()) if (!isOwned(userId)) this.#remove(userId, () => true);
  }

  async #claim(userId: bigint, gate: string, session: number, wanted: () => boolean): Promise<number> {
    // Each wait is followed by another look: sessions may have ended, or come from another gate, meanwhile.
    for (;;) {
      const holders = this.holders(userId);
      const own = holders.find((holder) => holder.gate === gate && holder.session === session);
      if (own !== undefined) return own.generation;
      const excess = holders.slice(0, Math.max(0, holders.length + 1 - this.#count));
      if (excess.length === 0) break;
      if (this.#refuses) throw fail("ALREADY_EXISTS", "the user is logged in already");
      await Promise.all(excess.map((holder) => this.#evict(userId, holder)));
      for (const { gate, session, generation } of excess) this.release(userId, gate, session, generation);
      if (!wanted()) break;
    }
    if (!wanted()) throw fail("CANCELLED", "the login has ended before its turn");
    this.#countIn(gate);
    const generation = ++this.#last;
    const round = this.#rounds.get(gate) ?? 0;
    const holder = { gate, session, generation, hops: 0, round };
    // Most users have one session; a list that grows by `push` has room for 16 more.
    const holders = this.#users.get(userId);
    if (holders === undefined) this.#users.set(userId, [holder]);
    else holders.push(holder);
    return generation;
  }

  #remove(userId: bigint, gone: (holder: ToldHolder) => boolean): void {
    const holders = this.#users.get(userId);
    if (holders?.some(gone) !== true) return;
    const left = holders.filter((holder) => !gone(holder));
    for (const holder of holders) if (!left.includes(holder)) this.#countOut(holder.gate);
    if (left.length === 0) this.#users.delete(userId);
    else this.#users.set(userId, left);
  }

  #countIn(gate: string): void {
    const count = this.#counts.get(gate) ?? 0;
    if (count >= this.#mostOfGate) {
      throw fail(
        "RESOURCE_EXHAUSTED",
        `gate "${gate}" has too many sessions; the limit is ${this.#mostOfGate}`,
      );
    }
    this.#counts.set(gate, count + 1);
  }

  #countOut(gate: string): void {
    const count = (this.#counts.get(gate) ?? 1) - 1;
    if (count === 0) this.#counts.delete(gate);
    else this.#counts.set(gate, count);
  }
}
