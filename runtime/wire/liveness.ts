import type { Deadline, DeadlineHandle, DeadlineSet } from "../clock/deadlines.ts";

/** Hears from a {@link Liveness}. */
export interface LivenessListener {
  /** The peer was silent for a while: send a ping. */
  onPingDue(): void;
  /** The peer was silent for two intervals: it is dead. Nothing more is told afterwards. */
  onDead(): void;
}

/** Options of {@link Liveness}. */
export interface LivenessOptions {
  /** Each side lets the other hear something at least this often. In milliseconds. */
  intervalMs: number;
  /**
   * The side that is responsible for pings (the client of a session, the dialing side of a link) sends one whenever it
   * has sent or heard nothing for an interval. The other side leaves it half an interval more, so that usually only one
   * of the two pings. Default false.
   */
  initiator?: boolean;
}

/** How many intervals of silence make a peer dead. */
export const deadAfterIntervals = 2;

/** After this process itself was stopped, a peer gets this long to be heard before its silence counts. */
const recheckMs = 500;
/** A check that comes this late says that this process was stopped or blocked. */
const lateMs = 400;

/**
 * The heartbeat of one connection. All traffic counts as life; a silent peer is pinged, and dead after two intervals.
 * `heard` and `sent` only store a number. All connections of a process share one coarse timer; each has one entry there,
 * which is looked at about once an interval, whatever the traffic.
 */
export class Liveness implements Deadline {
  readonly #deadlines: DeadlineSet;
  readonly #listener: LivenessListener;
  readonly #intervalMs: number;
  readonly #pingAfterMs: number;
  readonly #initiator: boolean;
  #heard: number;
  #sent: number;
  #pinged = Number.NEGATIVE_INFINITY;
  #checkAt = 0;
  #handle: DeadlineHandle = 0;

  /** Begins at once: the connection counts as heard of now. */
  constructor(deadlines: DeadlineSet, options: LivenessOptions, listener: LivenessListener) {
    this.#deadlines = deadlines;
    this.#listener = listener;
    this.#intervalMs = options.intervalMs;
    this.#initiator = options.initiator ?? false;
    this.#pingAfterMs = this.#initiator ? options.intervalMs : options.intervalMs * 1.5;
    this.#heard = deadlines.clock.now();
    this.#sent = this.#heard;
    this.#arm(this.#heard);
  }

  /** Something arrived. */
  heard(): void {
    this.#heard = this.#deadlines.clock.now();
  }

  /** Something was sent. */
  sent(): void {
    this.#sent = this.#deadlines.clock.now();
  }

  /** How long the peer has been silent. */
  get silentMs(): number {
    return this.#deadlines.clock.now() - this.#heard;
  }

  /** Nothing is told any more. Idempotent. */
  stop(): void {
    if (this.#handle !== 0) this.#deadlines.remove(this.#handle);
    this.#handle = 0;
  }

  /** @internal */
  onDeadline(): void {
    this.#handle = 0;
    const now = this.#deadlines.clock.now();
    const late = now - this.#checkAt > this.#deadlines.tickMs + lateMs;
    if (now - this.#heard >= this.#intervalMs * deadAfterIntervals) {
      if (!late) {
        this.#listener.onDead();
        return;
      }
      // What the peer sent meanwhile lies unread in the socket: read first, then judge.
      this.#armAt(now, now + recheckMs);
      return;
    }
    const pingDue = now >= this.#pingDueAt();
    if (pingDue) this.#pinged = now;
    this.#arm(now); // before the listener, which may stop it
    if (pingDue) this.#listener.onPingDue();
  }

  #pingDueAt(): number {
    const quiet = this.#initiator ? Math.min(this.#heard, this.#sent) : this.#heard;
    return Math.max(quiet + this.#pingAfterMs, this.#pinged + this.#intervalMs);
  }

  #arm(now: number): void {
    this.#armAt(now, Math.min(this.#heard + this.#intervalMs * deadAfterIntervals, this.#pingDueAt()));
  }

  #armAt(now: number, at: number): void {
    this.#checkAt = at;
    this.#handle = this.#deadlines.add(Math.max(at - now, 0), this);
  }
}
