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
import type { Compression, Dial, Ticket } from "./channel/dial.ts";
import { resolved } from "./check-options.ts";
import type { StateEvent } from "./connection-state.ts";
import { dialWebSocket, type WebSocketConstructor } from "./transport/websocket.ts";

/**
 * How a lost connection reconnects: the first attempt at once, within `minDelayMs * jitter`, then exponential backoff with
 * jitter. A connection that was open for less than `maxDelayMs` continues the backoff. A page also connects when its device
 * comes online.
 */
export interface ReconnectOptions {
  /** Delay before the second attempt, or the first one after a kick, in ms; each failure doubles it. Default 250. */
  readonly minDelayMs?: number;
  /** Longest delay, in ms. Default 10,000. */
  readonly maxDelayMs?: number;
  /** Random share of each delay, 0 .. 1, so that clients do not reconnect all at once. Default 0.5. */
  readonly jitter?: number;
  /** Failures in a row after which the connection closes. Default: no limit. */
  readonly maxAttempts?: number;
}

/** Options of {@link connect}. An invalid option rejects with INVALID_ARGUMENT that names it. */
export interface ConnectOptions {
  /** Name of the client in the server's log: "meadow-web/1.2". Default "photinus-client". */
  readonly client?: string;
  /** Fingerprint of the schema; generated SDKs set it. Default "": unknown. */
  readonly schema?: string;
  /**
   * Number of the client's release; generated SDKs set it. A server that does not serve the release refuses the client with
   * UPGRADE_REQUIRED. Default 0: unknown.
   */
  readonly release?: number;
  /**
   * Whether to reject a server with another schema, with FAILED_PRECONDITION. Default false; see
   * `Connection.sameSchema`.
   */
  readonly requireSameSchema?: boolean;
  /** Proof of identity for the server's authenticator, see {@link Ticket}. Default: empty. */
  readonly ticket?: Ticket;
  /** Cancels the first attempt to connect, also while it waits in the server's queue. Has no effect after the welcome. */
  readonly signal?: AbortSignal;
  /**
   * Listener of state changes from the first attempt to connect on, as `Connection.onState` adds them later. A full server shows
   * the place in its queue here, with the state `queued`, before `connect` resolves.
   */
  readonly onState?: (event: StateEvent) => void;
  /**
   * Timeout from dialling to the server's welcome, in ms. In the server's queue: how long the server may be silent. Default
   * 10,000.
   */
  readonly connectTimeoutMs?: number;
  /**
   * Whether and how a lost connection reconnects, see {@link ReconnectOptions}; false closes it instead. Default true.
   */
  readonly reconnect?: boolean | ReconnectOptions;
  /**
   * Whether a session continues after its connection was lost. Then requests in flight wait for their answers, and requests
   * of the meantime wait to be sent, both within their timeouts. False: they fail with UNAVAILABLE. Default true.
   */
  readonly resume?: boolean;
  /**
   * State of the session to continue, from `Connection.resumeState` of an earlier connection, such as that of the page before
   * a reload. When the session cannot continue, a new one begins; `Connection.resumed` says which. Default "": a new session.
   */
  readonly resumeFrom?: string;
  /**
   * Whether a request that fails with UNAVAILABLE is sent again within its timeout: after "not run", and for commands that the
   * schema calls idempotent also after "may have run". Default true.
   */
  readonly retry?: boolean;
  /** Most requests in flight, also those that wait to be sent, or to be sent again; one more fails with RESOURCE_EXHAUSTED. Default 1024. */
  readonly maxPendingCount?: number;
  /**
   * Most queued bytes, and most bytes of requests that wait for a connection; a message beyond fails with RESOURCE_EXHAUSTED.
   * Default 1 MiB.
   */
  readonly maxBufferedBytes?: number;
  /** Largest frame length accepted from the server, in bytes; the server may announce a smaller one. Default 4 MiB. */
  readonly maxFrameBytes?: number;
  /** Frame header of the server, where it differs from the default. */
  readonly frame?: Partial<FrameFormat>;
  /** Protocol version of client sessions on the server. Default 1. */
  readonly protoVersion?: number;
  /**
   * Compression of large bodies, where the server allows it: `deflate()` of `@photinus/client/compression`, or `zlib()` of
   * `@photinus/client/node`. Default: none.
   */
  readonly compression?: Compression;
  /** Opens the transport, where it is not a WebSocket: `dial` of `@photinus/client/node` supports "tcp://", too. */
  readonly dial?: Dial;
  /** WebSocket class of the engine. Default: `globalThis.WebSocket`. */
  readonly webSocket?: WebSocketConstructor;
  /**
   * Whether errors of requests carry the stack of the caller, at a microsecond or two per request. Default of `connect`
   * in `@photinus/client/node`: true unless NODE_ENV is "production". Default elsewhere: true in a page served from
   * this machine.
   */
  readonly callStacks?: boolean;
  /**
   * Called for errors that have no caller: a listener threw, or a push could not be decoded. Default: `console.error`.
   */
  readonly onError?: (error: unknown, about: string) => void;
  /** Source of time, for tests. Default: the machine's clock; an open connection keeps a Node process running. */
  readonly clock?: Clock;
  /** Source of random numbers, 0 <= n < 1, for tests. Default: `Math.random`. */
  readonly random?: () => number;
}

const delayMs = whole(0, longestMs);
const uint32 = whole(0, 0xffff_ffff);

const reconnectRules = {
  minDelayMs: withDefault(delayMs, 250),
  maxDelayMs: withDefault(delayMs, 10_000),
  jitter: withDefault(real(0, 1), 0.5),
  maxAttempts: withDefault(real(1, Infinity), Infinity),
} satisfies RulesOf<ReconnectOptions>;

const reconnectRule = object(reconnectRules);

const connectRules = {
  client: withDefault(text, "photinus-client"),
  schema: withDefault(text, ""),
  release: withDefault(uint32, 0),
  requireSameSchema: withDefault(flag, false),
  ticket: optional(
    leaf<Ticket>(
      "anything",
      "bytes, text or a function",
      (value) => value instanceof Uint8Array || typeof value === "string" || typeof value === "function",
    ),
  ),
  signal: optional(signal),
  onState: withDefault(callable<(event: StateEvent) => void>(), () => {}),
  connectTimeoutMs: withDefault(whole(1, longestMs), 10_000),
  reconnect: withDefault(either([true, false], reconnectRule), true),
  resume: withDefault(flag, true),
  resumeFrom: withDefault(text, ""),
  retry: withDefault(flag, true),
  maxPendingCount: withDefault(whole(1, 1 << 20), 1024),
  maxBufferedBytes: withDefault(whole(1024, 1 << 30), 1 << 20),
  maxFrameBytes: withDefault(whole(64, 1 << 30), 4 << 20),
  frame: frameOption,
  protoVersion: withDefault(uint32, sessionVersion),
  compression: optional(callable<Compression>()),
  dial: withDefault(callable<Dial>(), dialWebSocket),
  webSocket: optional(callable<WebSocketConstructor>()),
  callStacks: optional(flag),
  onError: withDefault(callable<(error: unknown, about: string) => void>(), reportToConsole),
  clock: optional(having<Clock>("a clock", "now", "after")),
  random: withDefault(callable<() => number>(), Math.random),
} satisfies RulesOf<ConnectOptions>;

/** The rules of {@link ConnectOptions}. */
export const connectRule = object(connectRules);

/** All options with their values. */
export interface Settings extends Omit<Resolved<typeof connectRules>, "reconnect"> {
  readonly reconnect: Required<ReconnectOptions> | false;
  readonly callStacks: boolean;
  readonly clock: Clock;
}

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveConnect(options: ConnectOptions | undefined): Settings {
  const settings = resolved(connectRule, options);
  const { reconnect: again, callStacks = isFromThisMachine(), clock = new PlatformClock() } = settings;
  const reconnect = again === true ? resolved(reconnectRule) : again;
  // The longest wait is not shorter than the first one.
  if (reconnect)
    resolved(whole(reconnect.minDelayMs, longestMs), reconnect.maxDelayMs, ".reconnect.maxDelayMs");
  return { ...settings, callStacks, clock, reconnect };
}

function reportToConsole(error: unknown, about: string): void {
  (globalThis as { console?: { error(...data: unknown[]): void } }).console?.error(
    `photinus: ${about}`,
    error,
  );
}

/** Whether the page comes from this machine, as during development. */
function isFromThisMachine(): boolean {
  const { location } = globalThis as { location?: { hostname?: string } };
  return ["localhost", "127.0.0.1", "[::1]"].includes(location?.hostname as string);
}
