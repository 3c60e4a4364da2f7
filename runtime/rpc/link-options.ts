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

/** How long a call waits that names this time: whole milliseconds, and the default for one that names none. */
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

/** The rules of {@link LinkLimits}. */
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

/** The rules of {@link LinkOptions}. */
export const linkOptionsRule = object(linkOptions);

/** Bounds of links, as a group of options. */
export const linkLimitsOption = nested(linkLimitsRule);

/** The rules of what `Link.close` takes. */
export const linkCloseRule = closeRule(2_000);

/** How long a link that closes waits for calls, milliseconds. */
export function graceOf(options: { readonly graceMs?: number } | undefined): number {
  return resolveOptions("Link.close", linkCloseRule, options).graceMs;
}

/** The limits of a link that is given none. */
export const defaultLinkLimits: Required<LinkLimits> = resolveOptions("link limits", linkLimitsRule);

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveLinkOptions(options: LinkOptions): Resolved<typeof linkOptions> {
  return resolveOptions("link", linkOptionsRule, options);
}
