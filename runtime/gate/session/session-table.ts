import { randomInt } from "node:crypto";
import { type ClientWire, GateSession } from "./gate-session.ts";

/** Number of session ids. */
const idCount = 2 ** 32;

/**
 * Sessions of a gate, by id. Ids are 32-bit numbers that count up from a random start, so that a stale id from before a restart
 * most likely names no session.
 */
export class SessionTable {
  readonly #sessions = new Map<number, GateSession>();
  #last = randomInt(idCount);

  get size(): number {
    return this.#sessions.size;
  }

  get(id: number): GateSession | undefined {
    return this.#sessions.get(id);
  }

  all(): IterableIterator<GateSession> {
    return this.#sessions.values();
  }

  /** Makes a session with the next free id; 0 is never used. */
  add(remote: string, wire: ClientWire): GateSession {
    do this.#last = (this.#last + 1) % idCount;
    while (this.#last === 0 || this.#sessions.has(this.#last));
    const session = new GateSession(this.#last, remote, wire);
    this.#sessions.set(session.id, session);
    return session;
  }

  remove(session: GateSession): void {
    this.#sessions.delete(session.id);
  }
}
