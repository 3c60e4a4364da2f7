import type { GateSession } from "../session/gate-session.ts";

/** Input of a connection that continues a session of a former connection. */
export class ResumedInput {
  /** True until the first frame after the welcome: the former token is valid until then. */
  unproven = true;
  readonly #session: GateSession;
  /** Requests up to this number are repeats; 0: no repeats any more. */
  #repeatedUntil: number;

  constructor(session: GateSession) {
    this.#session = session;
    this.#repeatedUntil = session.lastSequence;
  }

  /** The client has the token of its last welcome, so the token before it is void. */
  prove(): void {
    this.unproven = false;
    const tokens = this.#session.resume?.tokens;
    if (tokens !== undefined) tokens.former = [];
  }

  /** Returns whether a request had arrived on a former connection: its answer was repeated, or still comes. */
  isRepeat(sequence: number): boolean {
    if (this.#repeatedUntil === 0) return false;
    if (((sequence - this.#repeatedUntil) | 0) <= 0) return true;
    this.#repeatedUntil = 0;
    return false;
  }
}
