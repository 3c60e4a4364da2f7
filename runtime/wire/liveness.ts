import type { Deadline, DeadlineHandle, DeadlineSet } from "../clock/deadlines.ts";

/** Receives the events of a {@link Liveness}. */
export interface LivenessListener {
  /** Called when the peer was silent for an interval: send a ping. */
  onPingDue(): void;
  /** Called once, when the peer was silent for two intervals. No call follows. */
  onDead(): void;
}

/** Options of {@link Liveness}. */
export interface LivenessOptions {
  /** Longest time between two messages of each side, milliseconds. */
  intervalMs: number;
  /**
   * Whether this side is responsible for pings (the client of a session, the dialling side of a link): it pings whenever it
   * has sent or received nothing for an interval. The other side waits half an interval longer, so that usually only one side
   * pings. Default false.
   */
  initiator?: boolean;
}

/** Intervals of silence after which a peer is dead. */
export const deadAfterIntervals = 2;

/** Grace for a peer after this process itself was stopped or blocked, milliseconds. */
const recheckMs = 500;
/** Delay of a check, in milliseconds, that shows that this process was stopped or blocked. */
const lateMs = 400;

/**
 * Heartbeat of one connection. All traffic counts; a silent peer is pinged, and is dead after two intervals. `heard` and
 * `sent` only store a number. All connections of a process share one coarse timer with one entry each, which is checked about
 * once an interval, whatever the traffic.
 */
export class Liveness implements Deadline {
  readonly #deadlines: DeadlineSet;
  readonly #listener: LivenessListener;
  readonly #intervalMs: number;
  readonly #pingAfterMs: number;
  readonly #initiator: boolean;
  #heard: number;
  #sent: number;
  #pinged = -Infinity;
  #checkAt = 0;
  #handle: DeadlineHandle = 0;

  /** Starts the heartbeat; silence counts from now. */
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

  /** Notes that bytes arrived. */
  heard(): void {
    this.#heard = this.#deadlines.clock.now();
  }

  /** Notes that bytes were sent. */
  sent(): void {
    this.#sent = this.#deadlines.clock.now();
  }

  /** Silence of the peer so far, milliseconds. */
  get silentMs(): number {
    return this.#deadlines.clock.now() - this.#heard;
  }

  /** Stops the heartbeat; the listener is not called again. Idempotent. */
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
      // The socket may hold unread bytes of the peer: read before judging.
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
