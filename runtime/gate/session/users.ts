import { fail } from "../../../schema/errors.ts";
import type { GateSession } from "./gate-session.ts";

/** A session that can be told that a newer one took its place. */
export type Evict = (session: GateSession) => void;

/**
 * Which session of this gate a user has. Generations decide between two sessions of one user, whatever order their binds and
 * closes arrive in: the higher one stays.
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

  /** Throws ABORTED when the user has a newer session here. */
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

  /** The user was bound at another gate. */
  boundElsewhere(userId: bigint, generation: number): void {
    const session = this.#sessions.get(userId);
    if (session === undefined || session.generation >= generation) return;
    this.#sessions.delete(userId);
    this.#evict(session);
  }

  /** The session has no user any more. A session that was replaced before takes nothing from its successor. */
  release(session: GateSession): void {
    if (this.#sessions.get(session.userId) === session) this.#sessions.delete(session.userId);
  }
}
