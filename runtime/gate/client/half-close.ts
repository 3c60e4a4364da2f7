import type { Deadline, DeadlineHandle } from "../../clock/deadlines.ts";
import { defaultCloseGraceMs, type Transport } from "../../transport/transport.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";

/**
 * Interval of probes to a client that has ended its side while requests are in flight, in ms. A client that is gone answers a
 * probe with a TCP reset; a client that still reads ignores it.
 */
export const probeMs = 500;

/**
 * Half-closed connection: the client has ended its side. The gate sends the answers to requests in flight, then closes, at the
 * latest after `halfCloseMs`.
 */
export class HalfClose implements Deadline {
  readonly #core: GateCore;
  readonly #session: GateSession;
  readonly #transport: Transport;
  readonly #probe: () => void;
  readonly #until: number;
  readonly #onIdle: () => void;
  #handle: DeadlineHandle;

  constructor(core: GateCore, session: GateSession, transport: Transport, probe: () => void) {
    this.#core = core;
    this.#session = session;
    this.#transport = transport;
    this.#probe = probe;
    this.#until = core.clock.now() + core.limits.halfCloseMs;
    // onIdle runs just before the last answer is written, so the close has to wait for the next microtask.
    this.#onIdle = () => queueMicrotask(() => this.#close());
    session.onIdle = this.#onIdle;
    core.counters.add("client.half-closed");
    probe();
    this.#handle = core.deadlines.add(this.#nextMs(), this);
  }

  onDeadline(): void {
    if (this.#nextMs() === 0) {
      this.#core.counters.add("client.closed.half-closed");
      void this.#transport.close();
      return;
    }
    this.#probe();
    this.#handle = this.#core.deadlines.add(this.#nextMs(), this);
  }

  /** Removes the deadline, when the connection has closed. The session may be on another connection then. */
  stop(): void {
    if (this.#session.onIdle === this.#onIdle) this.#session.onIdle = undefined;
    this.#core.deadlines.remove(this.#handle);
  }

  /** Time until the next probe, in ms; 0 when `halfCloseMs` is over. */
  #nextMs(): number {
    return Math.min(probeMs, Math.max(0, this.#until - this.#core.clock.now()));
  }

  /** Closes the connection, unless a request is in flight again: frames received earlier may still be handled. */
  #close(): void {
    if (this.#session.inFlight > 0) return;
    const leftMs = this.#until - this.#core.clock.now();
    void this.#transport.close({ graceMs: Math.max(leftMs, defaultCloseGraceMs) });
  }
}
