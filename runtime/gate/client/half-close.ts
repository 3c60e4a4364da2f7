import type { Deadline, DeadlineHandle } from "../../clock/deadlines.ts";
import { defaultCloseGraceMs, type Transport } from "../../transport/transport.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";

/**
 * How often a client that has ended its side is sent something while its answers are under way, milliseconds: a client that
 * only reads no more takes it, one that is gone answers by a reset.
 */
export const probeMs = 500;

/** A client has ended its side: it gets the answers to what it has asked, within a bounded time, and is closed then. */
export class HalfClose implements Deadline {
  readonly #core: GateCore;
  readonly #session: GateSession;
  readonly #transport: Transport;
  readonly #probe: () => void;
  readonly #until: number;
  #handle: DeadlineHandle;

  constructor(core: GateCore, session: GateSession, transport: Transport, probe: () => void) {
    this.#core = core;
    this.#session = session;
    this.#transport = transport;
    this.#probe = probe;
    this.#until = core.clock.now() + core.limits.halfCloseMs;
    // The last answer is written right after this is called.
    session.onIdle = () => queueMicrotask(() => this.#close());
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

  stop(): void {
    this.#session.onIdle = undefined;
    this.#core.deadlines.remove(this.#handle);
  }

  #nextMs(): number {
    return Math.min(probeMs, Math.max(0, this.#until - this.#core.clock.now()));
  }

  #close(): void {
    if (this.#session.inFlight > 0) return;
    const leftMs = this.#until - this.#core.clock.now();
    void this.#transport.close({ graceMs: Math.max(leftMs, defaultCloseGraceMs) });
  }
}
