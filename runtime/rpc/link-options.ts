import type { Clock } from "../clock/clock.ts";
import { clockRule, closeRule, sharedDeadlinesRule } from "../clock/clock-rules.ts";
import type { Deadlines } from "../clock/deadlines.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import { countersOption, loggerRule } from "../log/log-rules.ts";
import type { Logger } from "../log/logger.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import {
  nested,
  object,
  optional,
  type Resolved,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { callable, flag, having, longestMs, ms, text, whole } from "../options/rule-kinds.ts";
import type { LinkHandler } from "./link-handler.ts";

/** Limits of a link. */
export interface LinkLimits {
  /** Largest message in either direction, in bytes without its length. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** Most calls in flight, and most calls being served for the peer. Default 65,536 each. */
  readonly maxPending?: number;
  /**
   * Most queued bytes. Above this, calls fail with RESOURCE_EXHAUSTED and pushes are rejected. Answers are still queued
   * up to four times this limit; beyond that the peer does not read, and the link is closed. Default 8 MiB.
   */
  readonly maxBufferedBytes?: number;
  /** Silence after which a ping is sent, in ms. A peer that is silent for twice as long is dead. Default 5,000. */
  readonly heartbeatMs?: number;
  /**
   * Timeout of a call that names none, and of every call of a map-form peer, which cannot name one; in ms. Default
   * 10,000.
   */
  readonly defaultTimeoutMs?: number;
}

/** State of a link, as its own parts need it. */
export interface LinkState {
  /** Name of the peer, or its address before the name is known; for logs. */
  readonly peer: string;
  /** Whether `close` was called; then new calls are rejected. */
  readonly closing: boolean;
  /** Arrival of the current chunk, on the link's clock. */
  readonly receivedAt: number;
}

/** Options of a {@link Link}. */
export interface LinkOptions extends LinkLimits {
  readonly clock: Clock;
  /** Deadlines shared by all links of a process; must use the same clock. */
  readonly deadlines: Deadlines;
  readonly log: Logger;
  /**
   * Log for lines that a peer could cause without bound; share it among the links of a process. Default: a log of the
   * link's own.
   */
  readonly counted?: CountedLog;
  readonly counters?: Counters;
  /** Name of this side, for logs. */
  readonly name: string;
  readonly handler: LinkHandler;
  /**
   * Whether this side pings first; the other side pings only when that ping is missing. A dialer sets it. Default
   * false.
   */
  readonly initiator?: boolean;
  /** Called after the handler's `onClose`, for the owner of the link, such as a dialer. */
  readonly onClosed?: (reason: string) => void;
}

/** Rounds a timeout up to whole milliseconds, and replaces 0 or less by the link's default. */
export function boundTimeout(timeoutMs: number, limits: Required<LinkLimits>): number {
  if (timeoutMs <= 0) return limits.defaultTimeoutMs;
  return timeoutMs < longestMs ? Math.ceil(timeoutMs) : longestMs;
}

const positive = (unit: string) => whole(1, longestMs, unit);

const linkLimits = {
  maxFrameBytes: withDefault(positive("bytes"), 16 * 1024 * 1024),
  maxPending: withDefault(positive("calls"), 65_536),
  maxBufferedBytes: withDefault(positive("bytes"), 8 * 1024 * 1024),
  heartbeatMs: withDefault(ms(1), 5_000),
  defaultTimeoutMs: withDefault(ms(1), 10_000),
} satisfies RulesOf<LinkLimits>;

/** Rule that checks {@link LinkLimits} and fills in defaults. */
export const linkLimitsRule = object(linkLimits);

const linkOptions = {
  ...linkLimits,
  clock: required(clockRule),
  deadlines: required(sharedDeadlinesRule),
  log: required(loggerRule),
  counted: optional(having<CountedLog>("a CountedLog", "warn")),
  counters: countersOption,
  name: required(text),
  handler: required(having<LinkHandler>("a handler of the link's messages")),
  initiator: withDefault(flag, false),
  onClosed: optional(callable<(reason: string) => void>()),
} satisfies RulesOf<LinkOptions>;

/** Rule that checks {@link LinkOptions} and fills in defaults. */
export const linkOptionsRule = object(linkOptions);

/** Limits of links, as a group of options. */
export const linkLimitsOption = nested(linkLimitsRule);

/** The rules of the options of `Link.close`. */
export const linkCloseRule = closeRule(2_000);

/** Returns how long a closing link waits for calls, in ms. */
export function graceOf(options: { readonly graceMs?: number } | undefined): number {
  return resolveOptions("Link.close", linkCloseRule, options).graceMs;
}

/** The default limits of a link. */
export const defaultLinkLimits: Required<LinkLimits> = resolveOptions("link limits", linkLimitsRule);

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveLinkOptions(options: LinkOptions): Resolved<typeof linkOptions> {
  return resolveOptions("link", linkOptionsRule, options);
}
