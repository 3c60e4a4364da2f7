import { type Clock, PlatformClock } from "../../../runtime/clock/clock.ts";
import {
  object,
  optional,
  type Resolved,
  type RulesOf,
  withDefault,
} from "../../../runtime/options/option-rules.ts";
import {
  callable,
  either,
  flag,
  having,
  leaf,
  longestMs,
  real,
  signal,
  text,
  whole,
} from "../../../runtime/options/rule-kinds.ts";
import { type FrameFormat, frameOption, sessionVersion } from "../../../runtime/wire/frame/frame-format.ts";
import type { Dial, Ticket } from "./channel/dial.ts";
import { resolved } from "./check-options.ts";
import type { WebSocketConstructor } from "./transport/websocket.ts";

/** When and how often a lost connection is tried again. */
export interface ReconnectOptions {
  /** Wait before the first attempt, milliseconds; it doubles with each failure. Default 250. */
  readonly minDelayMs?: number;
  /** The longest wait, milliseconds. Default 10,000. */
  readonly maxDelayMs?: number;
  /** Share of each wait that is left to chance, 0 .. 1, so that clients do not come back all at once. Default 0.5. */
  readonly jitter?: number;
  /** Failures in a row after which the connection closes. Default: no end. */
  readonly maxAttempts?: number;
}

export interface ConnectOptions {
  /** What the client calls itself in the server's log: "meadow-web/1.2". Default "photinus-client". */
  readonly client?: string;
  /** Fingerprint of the schema; generated SDKs fill it in. Default "": unknown. */
  readonly schema?: string;
  /** True: refuse a server of another schema (FAILED_PRECONDITION). Default false: see `Connection.sameSchema`. */
  readonly requireSameSchema?: boolean;
  /** For the server's authenticator. Default: empty. */
  readonly ticket?: Ticket;
  /** Gives up the first attempt to connect; it has no effect afterwards. */
  readonly signal?: AbortSignal;
  /** Longest time from dialling to the server's welcome, milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** False: a lost connection closes. Default: try again, see {@link ReconnectOptions}. */
  readonly reconnect?: boolean | ReconnectOptions;
  /** Requests in flight; one more fails with RESOURCE_EXHAUSTED. Default 1024. */
  readonly maxPendingCount?: number;
  /** Bytes that wait to be sent; a message beyond fails with RESOURCE_EXHAUSTED. Default 1 MiB. */
  readonly maxBufferedBytes?: number;
  /** The largest frame length accepted from the server, bytes; less where the server says that it sends less. Default 4 MiB. */
  readonly maxFrameBytes?: number;
  /** The server's frame header, where it is not the default. */
  readonly frame?: Partial<FrameFormat>;
  /** The protoVersion that means "session" on the server. Default 1. */
  readonly protoVersion?: number;
  /** Opens the transport, where it is not a WebSocket: `dial` of `@photinus/client/node` knows "tcp://" too. */
  readonly dial?: Dial;
  /** The engine's WebSocket. Default: `globalThis.WebSocket`. */
  readonly webSocket?: WebSocketConstructor;
  /**
   * Whether errors of requests have the stack of whoever asked; it costs a microsecond or two a request. Default: by `connect` of
   * `@photinus/client/node` unless NODE_ENV is "production", else in a page that comes from this machine.
   */
  readonly callStacks?: boolean;
  /** Told of errors that have no caller: a listener threw, a push could not be read. Default: `console.error`. */
  readonly onError?: (error: unknown, about: string) => void;
  /** Where time comes from; for tests. Default: the machine, and a connection that is not closed keeps a Node process running. */
  readonly clock?: Clock;
  /** Where chance comes from, 0 <= n < 1; for tests. Default: `Math.random`. */
  readonly random?: () => number;
}

const delayMs = whole(0, longestMs, "milliseconds");

const reconnectRules = {
  minDelayMs: withDefault(delayMs, 250),
  maxDelayMs: withDefault(delayMs, 10_000),
  jitter: withDefault(real(0, 1, ""), 0.5),
  maxAttempts: withDefault(real(1, Number.POSITIVE_INFINITY, "attempts"), Number.POSITIVE_INFINITY),
} satisfies RulesOf<ReconnectOptions>;

const reconnectRule = object(reconnectRules, {
  together({ minDelayMs: min, maxDelayMs: max }, path, report) {
    if (min <= max) return;
    report("out-of-range", [...path, "maxDelayMs"], max, { expected: `${min}, as minDelayMs, or more` });
  },
});

const connectRules = {
  client: withDefault(text, "photinus-client"),
  schema: withDefault(text, ""),
  requireSameSchema: withDefault(flag, false),
  ticket: optional(
    leaf<Ticket>(
      "anything",
      "bytes, or a function that gives them",
      (value) => value instanceof Uint8Array || typeof value === "function",
    ),
  ),
  signal: optional(signal),
  connectTimeoutMs: withDefault(whole(1, longestMs, "milliseconds"), 10_000),
  reconnect: withDefault(either([true, false], reconnectRule), true),
  maxPendingCount: withDefault(whole(1, 1 << 20, "requests"), 1024),
  maxBufferedBytes: withDefault(whole(1024, 1 << 30, "bytes"), 1 << 20),
  maxFrameBytes: withDefault(whole(64, 1 << 30, "bytes"), 4 << 20),
  frame: frameOption,
  protoVersion: withDefault(whole(0, 0xffff_ffff, ""), sessionVersion),
  dial: optional(callable<Dial>()),
  webSocket: optional(callable<WebSocketConstructor>("a WebSocket class")),
  callStacks: optional(flag),
  onError: withDefault(callable<(error: unknown, about: string) => void>(), reportToConsole),
  clock: optional(having<Clock>("a clock", "now", "after")),
  random: withDefault(callable<() => number>(), Math.random),
} satisfies RulesOf<ConnectOptions>;

/** The rules of {@link ConnectOptions}. */
export const connectRule = object(connectRules);

/** Every option with its value. */
export interface Settings extends Omit<Resolved<typeof connectRules>, "reconnect"> {
  readonly reconnect: Required<ReconnectOptions> | undefined;
  readonly callStacks: boolean;
  readonly clock: Clock;
}

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveConnect(options: ConnectOptions): Settings {
  const settings = resolved(connectRule, options);
  const { reconnect, callStacks = isFromThisMachine(), clock = new PlatformClock() } = settings;
  const again = typeof reconnect === "object" ? reconnect : resolved(reconnectRule);
  return { ...settings, callStacks, clock, reconnect: reconnect ? again : undefined };
}

function reportToConsole(error: unknown, about: string): void {
  (globalThis as { console?: { error(...data: unknown[]): void } }).console?.error(
    `photinus: ${about}`,
    error,
  );
}

/** Pages that are developed come from the machine that they are looked at on. */
function isFromThisMachine(): boolean {
  const { location } = globalThis as { location?: { hostname?: string } };
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(location?.hostname ?? "");
}
