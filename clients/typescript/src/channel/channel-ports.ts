import type { Counters } from "../../../../runtime/log/counters.ts";
import type {
  Failure,
  GoAway,
  NodeChange,
  Welcome,
} from "../../../../runtime/wire/generated/photinus/control.ts";
import type { ErrorCode } from "../../../../schema/errors.ts";
import type { Settings } from "../connect-options.ts";
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
