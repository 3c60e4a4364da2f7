import type { Counters } from "../../../../runtime/log/counters.ts";
import type {
  Authenticated,
  Failure,
  GoAway,
  NodeChange,
  Queued,
} from "../../../../runtime/wire/generated/photinus/control.ts";
import { type ErrorCode, isPhotinusError, type UpgradeRequired } from "../../../../schema/errors.ts";
import type { Settings } from "../connect-options.ts";
import type { Welcome } from "./control-messages.ts";
import type { RoundTrip } from "./round-trip.ts";

/** Outcome of a channel that has ended. */
export interface Down {
  readonly code: ErrorCode;
  readonly reason: string;
  /** True when the server ended the channel with a kick; otherwise absent. */
  readonly kicked?: boolean;
  /** False when a reconnect is pointless, or unwanted by the server. */
  readonly mayRetry: boolean;
  /** Earliest reconnect that the server allows, in ms from now; absent when the server names none. */
  readonly retryAfterMs?: number;
  /** Release that the server expects, with UPGRADE_REQUIRED; otherwise absent. */
  readonly upgrade?: UpgradeRequired | undefined;
}

/** Returns the outcome of an attempt that has failed with this error. */
export function downOf(error: unknown): Down {
  const known = isPhotinusError(error);
  const code = known ? error.code : "UNKNOWN";
  const reason = known ? error.reason : String(error);
  return { code, reason, mayRetry: code !== "INVALID_ARGUMENT" && code !== "CANCELLED" };
}

/**
 * Takes the messages of a `Channel`. Ranges are valid during the call only. False marks a message that breaks the
 * protocol.
 */
export interface MessageSink {
  /** Number of the last numbered push. */
  readonly lastPush: number;
  /** Count of answers of the session, modulo 2^32. */
  readonly answerCount: number;
  reply(sequence: number, command: number, bytes: Uint8Array, start: number, end: number): boolean;
  failure(sequence: number, command: number, failure: Failure): boolean;
  push(sequence: number, command: number, bytes: Uint8Array, start: number, end: number): boolean;
}

/** Receives the events of a `Channel`. */
export interface ChannelHandler {
  /** Called once, before any message. */
  onWelcome(welcome: Welcome): void;
  /** Called before the welcome: the client waits in the server's queue. Undefined: as before, the server is alive. */
  onQueued(queued: Queued | undefined): void;
  /** Takes the answers to {@link Channel.authenticate}. */
  readonly tickets: { answered(answer: Authenticated): void };
  onGoAway(goAway: GoAway): void;
  /** Called when a node that has served this session was lost, is back, or is replaced. */
  onNodeChange(change: NodeChange): void;
  /** Called once, as the last event. */
  onDown(down: Down): void;
}

/** Parts of a connection that outlive one channel. */
export interface ChannelContext {
  readonly settings: Settings;
  readonly counters: Counters;
  readonly roundTrip: RoundTrip;
  readonly inbox: MessageSink;
}
