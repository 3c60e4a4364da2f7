import { randomBytes, randomInt } from "node:crypto";
import { type ClientWire, GateSession } from "./gate-session.ts";

/** Count of session numbers. */
const numberCount = 2 ** 32;
const idBytes = 16;

/**
 * Sessions of a gate, by number. Numbers have 32 bits and count up from a random start, so that a stale number from before a
 * restart most likely names no session.
 */
export class SessionTable {
  readonly #sessions = new Map<number, GateSession>();
  #last = randomInt(numberCount);

  get size(): number {
    return this.#sessions.size;
  }

  get(number: number): GateSession | undefined {
    return this.#sessions.get(number);
  }

  all(): IterableIterator<GateSession> {
    return this.#sessions.values();
  }

  /** Makes a session with the next free number, never 0. A session that comes from another gate keeps its id. */
  add(remote: string, wire: ClientWire, id = randomBytes(idBytes).toString("hex")): GateSession {
    do this.#last = (this.#last + 1) % numberCount;
    while (this.#last === 0 || this.#sessions.has(this.#last));
    const session = new GateSession(id, this.#last, remote, wire);
    this.#sessions.set(session.number, session);
    return session;
  }

  remove(session: GateSession): void {
    this.#sessions.delete(session.number);
  }
}
