import type { Deadline, DeadlineHandle } from "../../clock/deadlines.ts";
import { ResumeRefusal } from "../../wire/generated/photinus/control.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "./gate-session.ts";
import type { Resume } from "./resume.ts";
import type { WindowMemory } from "./window-store.ts";

/** Most sessions whose overrun is remembered, so that a late client learns the reason. */
const rememberedCount = 4_096;
/** Share of the gate's bound down to which sessions end, once the bound is exceeded. */
const freedShare = 7 / 8;

/**
 * Pause of the search for memory after it has found too little, in ms: the windows of connected sessions alone fill the gate's
 * bound then, and each message would search all sessions again.
 */
const futileMs = 100;

/** Ends a session for good. */
export type EndSession = (session: GateSession, reason: string) => void;

/** Sessions without a connection: their time, their number and the memory of all windows are bounded. */
export class SuspendedSessions implements WindowMemory {
  readonly #core: GateCore;
  readonly #end: EndSession;
  /** Sessions that are bound to a user, and those that are not; the one suspended first comes first. */
  readonly #users = new Set<GateSession>();
  readonly #guests = new Set<GateSession>();
  readonly #overrun = new Set<number>();
  #windowBytes = 0;
  /** When the search for memory has found too little. */
  #futileAt = -Infinity;

  constructor(core: GateCore, end: EndSession) {
    this.#core = core;
    this.#end = end;
  }

  get size(): number {
    return this.#users.size + this.#guests.size;
  }

  /** Memory of the windows of all sessions, connected ones among them, in bytes. */
  get windowBytes(): number {
    return this.#windowBytes;
  }

  take(bytes: number, by: object): boolean {
    const { resumeGateBytes } = this.#core.limits;
    if (this.#windowBytes + bytes > resumeGateBytes) this.#relieve(resumeGateBytes * freedShare - bytes, by);
    if (this.#windowBytes + bytes > resumeGateBytes) return false;
    this.#windowBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#windowBytes -= bytes;
  }

  /** Starts the resume window of a session. At the limit, the session that was suspended first ends, guests before users. */
  add(session: GateSession): void {
    const { resume } = session;
    if (resume === undefined) return;
    const { limits, counters } = this.#core;
    counters.add("session.suspended");
    resume.deadline = this.#expiryOf(session, resume);
    (session.userId === 0n ? this.#guests : this.#users).add(session);
    if (this.size > limits.suspendedCount) {
      counters.add("session.crowded-out");
      const first = this.#firstOf();
      if (first !== undefined) this.#end(first, "too many sessions without a connection");
    }
  }

  /** Removes a session that is resumed or has ended. */
  remove(session: GateSession): void {
    const { resume } = session;
    if (resume === undefined || resume.deadline === 0) return;
    this.#core.deadlines.remove(resume.deadline);
    resume.deadline = 0;
    this.#guests.delete(session);
    this.#users.delete(session);
  }

  /** Starts the resume window of a suspended session anew. */
  restart(session: GateSession): void {
    const { resume } = session;
    if (resume === undefined || resume.deadline === 0) return;
    this.#core.deadlines.remove(resume.deadline);
    resume.deadline = this.#expiryOf(session, resume);
  }

  /** Starts the time after which a session ends. A session that is on its way to another gate, or from there, does not. */
  #expiryOf(session: GateSession, resume: Resume): DeadlineHandle {
    const { limits, deadlines, counters } = this.#core;
    const expiry: Deadline = {
      onDeadline: () => {
        if (session.move?.holds) {
          resume.deadline = deadlines.add(limits.resumeMs, expiry);
          return;
        }
        counters.add("session.expired");
        this.#end(session, "the client did not come back in time");
      },
    };
    return deadlines.add(limits.resumeMs, expiry);
  }

  /** Ends a session whose window is full, and remembers why. */
  overrun(session: GateSession): void {
    this.#core.counters.add("session.overrun");
    this.#overrun.add(session.number);
    const [oldest] = this.#overrun;
    if (this.#overrun.size > rememberedCount && oldest !== undefined) this.#overrun.delete(oldest);
    this.#end(session, "too many bytes for a client without a connection");
  }

  /** Returns why a session that is no longer there cannot be resumed. */
  refusalOf(id: number): ResumeRefusal {
    return this.#overrun.has(id) ? ResumeRefusal.OVERRUN : ResumeRefusal.ENDED;
  }

  /** Returns the session that gives way to others. */
  #firstOf(): GateSession | undefined {
    for (const guest of this.#guests) {
      if (guest.userId === 0n) return guest;
      // A login was under way when the connection was lost.
      this.#guests.delete(guest);
      this.#users.add(guest);
    }
    const [user] = this.#users;
    return user;
  }

  /** Ends suspended sessions, those that hold the most memory first, until the windows have at most `most` bytes. */
  #relieve(most: number, except: object): void {
    const now = this.#core.clock.now();
    if (now - this.#futileAt < futileMs) return;
    const all: { session: GateSession; bytes: number }[] = [];
    for (const session of [...this.#guests, ...this.#users]) {
      const window = session.resume?.window;
      const bytes = window?.memoryBytes ?? 0;
      // The end of a session without memory would free nothing.
      if (bytes > 0 && window !== except) all.push({ session, bytes });
    }
    all.sort((a, b) => b.bytes - a.bytes);
    for (const { session } of all) {
      if (this.#windowBytes <= most) return;
      this.overrun(session);
    }
    if (this.#windowBytes > most) this.#futileAt = now;
  }

  /** Ends all sessions without a connection. */
  endAll(reason: string): void {
    for (const session of [...this.#guests, ...this.#users]) this.#end(session, reason);
  }
}
