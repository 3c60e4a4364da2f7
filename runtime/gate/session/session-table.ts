import { randomInt } from "node:crypto";
import { type ClientWire, GateSession } from "./gate-session.ts";

const idCount = 2 ** 32;

/** The sessions of a gate, by id. Ids begin at random, so that those of a former life of the gate mean nobody. */
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
