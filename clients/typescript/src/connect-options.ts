import { type Clock, PlatformClock } from "../../../runtime/clock/clock.ts";
import {
  type FrameFormat,
  resolveFrameFormat,
  sessionVersion,
} from "../../../runtime/wire/frame/frame-format.ts";
import { fail, messageOf } from "../../../schema/errors.ts";
import type { Dial, Ticket } from "./channel/dial.ts";
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

/** Every option with its value. */
export interface Settings {
  readonly client: string;
  readonly schema: string;
  readonly requireSameSchema: boolean;
  readonly ticket: Ticket | undefined;
  readonly connectTimeoutMs: number;
  readonly reconnect: Required<ReconnectOptions> | undefined;
  readonly maxPendingCount: number;
  readonly maxBufferedBytes: number;
  readonly maxFrameBytes: number;
  readonly frame: FrameFormat;
  readonly protoVersion: number;
  readonly webSocket: WebSocketConstructor | undefined;
  readonly callStacks: boolean;
  readonly onError: (error: unknown, about: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The longest time that a timer takes, milliseconds. */
export const longestMs = 0x7fffffff;

const defaultReconnect: Required<ReconnectOptions> = Object.freeze({
  minDelayMs: 250,
  maxDelayMs: 10_000,
  jitter: 0.5,
  maxAttempts: Number.POSITIVE_INFINITY,
});

/** Checks the options and fills in the defaults. Throws INVALID_ARGUMENT, naming the option that is wrong. */
export function resolveOptions(options: ConnectOptions): Settings {
  const { reconnect = true } = options;
  return Object.freeze({
    client: options.client ?? "photinus-client",
    schema: options.schema ?? "",
    requireSameSchema: options.requireSameSchema ?? false,
    ticket: options.ticket,
    connectTimeoutMs: within("connectTimeoutMs", options.connectTimeoutMs ?? 10_000, 1, longestMs),
    reconnect: reconnect === false ? undefined : resolveReconnect(reconnect === true ? {} : reconnect),
    maxPendingCount: within("maxPendingCount", options.maxPendingCount ?? 1024, 1, 1 << 20),
    maxBufferedBytes: within("maxBufferedBytes", options.maxBufferedBytes ?? 1 << 20, 1024, 1 << 30),
    maxFrameBytes: within("maxFrameBytes", options.maxFrameBytes ?? 4 << 20, 64, 1 << 30),
    frame: frameFormat(options.frame),
    protoVersion: options.protoVersion ?? sessionVersion,
    webSocket: options.webSocket,
    callStacks: options.callStacks ?? isFromThisMachine(),
    onError: options.onError ?? reportToConsole,
    clock: options.clock ?? new PlatformClock(),
    random: options.random ?? Math.random,
  });
}

function resolveReconnect(given: ReconnectOptions): Required<ReconnectOptions> {
  const value = { ...defaultReconnect, ...given };
  within("reconnect.minDelayMs", value.minDelayMs, 0, longestMs);
  within("reconnect.maxDelayMs", value.maxDelayMs, value.minDelayMs, longestMs);
  within("reconnect.jitter", value.jitter, 0, 1);
  within("reconnect.maxAttempts", value.maxAttempts, 1, Number.POSITIVE_INFINITY);
  return Object.freeze(value);
}

function frameFormat(given: Partial<FrameFormat> | undefined): FrameFormat {
  try {
    return resolveFrameFormat(given);
  } catch (cause) {
    throw fail("INVALID_ARGUMENT", `option ${messageOf(cause)}`, {
      cause,
    });
  }
}

function within(name: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw fail("INVALID_ARGUMENT", `option ${name} is ${String(value)}; it must be ${least} .. ${most}`);
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
