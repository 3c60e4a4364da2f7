import type { GateSession } from "../session/gate-session.ts";

/** Limits of {@link KeptBodies}. */
export interface KeptBodyLimits {
  readonly retrySessionBytes: number;
  readonly retryGateBytes: number;
}

/**
 * Bounds the memory of the bodies that a gate keeps of idempotent requests in flight, to send them again when their node is lost.
 * A body without room is not kept; its request fails when the node is lost.
 */
export class KeptBodies {
  readonly #limits: KeptBodyLimits;
  #bytes = 0;

  constructor(limits: KeptBodyLimits) {
    this.#limits = limits;
  }

  /** Memory of all kept bodies, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for a body. Returns false when the session or the gate has none left. */
  take(session: GateSession, bytes: number): boolean {
    const { retrySessionBytes, retryGateBytes } = this.#limits;
    if (session.keptBytes + bytes > retrySessionBytes || this.#bytes + bytes > retryGateBytes) return false;
    session.keptBytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** Gives the room of a body back. */
  give(session: GateSession, bytes: number): void {
    session.keptBytes -= bytes;
    this.#bytes -= bytes;
  }
}
