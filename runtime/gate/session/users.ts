import { fail } from "../../../schema/errors.ts";
import type { GateSession } from "./gate-session.ts";

/** Kicks a session whose user has a newer session. */
export type Evict = (session: GateSession) => void;

/**
 * The session of each user at this gate. A user has at most one. Of two sessions the higher generation stays, in whatever order
 * binds and closes arrive.
 */
export class Users {
  readonly #sessions = new Map<bigint, GateSession>();
  readonly #evict: Evict;

  constructor(evict: Evict) {
    this.#evict = evict;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(userId: bigint): GateSession | undefined {
    return this.#sessions.get(userId);
  }

  /** Binds a session to a user, and evicts the user's older session. Throws ABORTED when the user has a newer session here. */
  bind(session: GateSession, userId: bigint, generation: number): void {
    const former = this.#sessions.get(userId);
    if (former !== undefined && former !== session) {
      if (former.generation > generation) throw fail("ABORTED", "the user has a newer session");
      this.#sessions.delete(userId);
      this.#evict(former);
    }
    this.release(session);
    session.userId = userId;
    session.generation = generation;
    this.#sessions.set(userId, session);
  }

  /** Evicts the user's session when another gate has bound the user with a higher generation. */
  boundElsewhere(userId: bigint, generation: number): void {
    const session = this.#sessions.get(userId);
    if (session === undefined || session.generation >= generation) return;
    this.#sessions.delete(userId);
    this.#evict(session);
  }

  /** Unbinds a session from its user. A session that was replaced before leaves its successor bound. */
  release(session: GateSession): void {
    if (this.#sessions.get(session.userId) === session) this.#sessions.delete(session.userId);
  }
}
