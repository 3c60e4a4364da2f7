import type { GateSession } from "./gate-session.ts";

/** Sessions of each user at this gate. The sessions of one user are a list: {@link GateSession.nextOfUser}. */
export class Users {
  readonly #first = new Map<bigint, GateSession>();

  /** Number of users. */
  get size(): number {
    return this.#first.size;
  }

  /** Returns the user's session that was bound last; the others follow by `nextOfUser`. */
  get(userId: bigint): GateSession | undefined {
    return this.#first.get(userId);
  }

  /** Iterates the users. */
  ids(): IterableIterator<bigint> {
    return this.#first.keys();
  }

  /** Binds a session to a user, in place of its former user. */
  bind(session: GateSession, userId: bigint, generation: number): void {
    this.release(session);
    session.userId = userId;
    session.generation = generation;
    session.nextOfUser = this.#first.get(userId);
    this.#first.set(userId, session);
  }

  /** Removes a session from the list of its user. The session keeps its user id, for logs and notices. */
  release(session: GateSession): void {
    const { userId, nextOfUser } = session;
    const first = this.#first.get(userId);
    session.nextOfUser = undefined;
    if (first === session) {
      if (nextOfUser === undefined) this.#first.delete(userId);
      else this.#first.set(userId, nextOfUser);
      return;
    }
    for (let other = first; other !== undefined; other = other.nextOfUser) {
      if (other.nextOfUser !== session) continue;
      other.nextOfUser = nextOfUser;
      return;
    }
  }
}
