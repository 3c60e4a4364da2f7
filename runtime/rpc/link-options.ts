import type { Clock } from "../clock/clock.ts";
import type { Deadlines } from "../clock/deadlines.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import type { Logger } from "../log/logger.ts";
import type { LinkHandler } from "./link-handler.ts";

/** Numbers of a link that have a default. */
export interface LinkLimits {
  /** Largest message, without its length, either way. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** Calls waiting for an answer, and calls being served for the peer. Default 65,536 each. */
  readonly maxPending?: number;
  /**
   * Above this many bytes not yet taken by the system, calls fail with RESOURCE_EXHAUSTED and pushes are refused. Answers
   * are still queued up to four times as many; beyond that the peer does not read, and the link is closed. Default 8 MiB.
   */
  readonly maxBufferedBytes?: number;
  /** A ping is sent when nothing came for this long; a peer that is silent for twice as long is dead. Default 5,000. */
  readonly heartbeatMs?: number;
  /** How long a call waits that names no time, and a call of a map-form peer, which cannot name one. Default 10,000. */
  readonly defaultTimeoutMs?: number;
}

/** A link, as its own parts see it. */
export interface LinkState {
  /** The peer's name, or its address before that is known; for logs. */
  readonly peer: string;
  /** `close` was called: new calls are refused. */
  readonly closing: boolean;
  /** When the chunk that is being delivered came, on the link's clock. */
  readonly receivedAt: number;
}

/** What a {@link Link} is made with. */
export interface LinkOptions extends LinkLimits {
  readonly clock: Clock;
  /** Shared by all links of a process; must be on the same clock. */
  readonly deadlines: Deadlines;
  readonly log: Logger;
  /** Writes what the peer can cause without bound; share it among the links of a process. Default: of the link's own. */
  readonly counted?: CountedLog;
  readonly counters?: Counters;
  /** This side's name, for logs. */
  readonly name: string;
  readonly handler: LinkHandler;
  /** The side that pings first; the other one only when that does not come. A dialer sets it. Default false. */
  readonly initiator?: boolean;
  /** Called after the handler's `onClose`: for whoever owns the link, such as a dialer. */
  readonly onClosed?: (reason: string) => void;
}

export const defaultLinkLimits: Required<LinkLimits> = Object.freeze({
  maxFrameBytes: 16 * 1024 * 1024,
  maxPending: 65_536,
  maxBufferedBytes: 8 * 1024 * 1024,
  heartbeatMs: 5_000,
  defaultTimeoutMs: 10_000,
});

/** The longest time that a call can wait, milliseconds: what a system timer can. */
const longestTimeoutMs = 0x7fffffff;

/** How long a call waits that names this time: whole milliseconds, and the default for one that names none. */
export function boundTimeout(timeoutMs: number, limits: Required<LinkLimits>): number {
  if (timeoutMs <= 0) return limits.defaultTimeoutMs;
  return timeoutMs < longestTimeoutMs ? Math.ceil(timeoutMs) : longestTimeoutMs;
}

/** Fills in the defaults; throws a RangeError that names a bad option. */
export function resolveLinkLimits(options: LinkLimits): Required<LinkLimits> {
  const limits = {
    maxFrameBytes: options.maxFrameBytes ?? defaultLinkLimits.maxFrameBytes,
    maxPending: options.maxPending ?? defaultLinkLimits.maxPending,
    maxBufferedBytes: options.maxBufferedBytes ?? defaultLinkLimits.maxBufferedBytes,
    heartbeatMs: options.heartbeatMs ?? defaultLinkLimits.heartbeatMs,
    defaultTimeoutMs: options.defaultTimeoutMs ?? defaultLinkLimits.defaultTimeoutMs,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1 || value > longestTimeoutMs) {
      throw new RangeError(`link option ${name} must be a whole number from 1 to 2147483647, not ${value}`);
    }
  }
  return limits;
}
