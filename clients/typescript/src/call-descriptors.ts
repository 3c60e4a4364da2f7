import { object, optional, type RulesOf } from "../../../runtime/options/option-rules.ts";
import { longestMs, real, signal } from "../../../runtime/options/rule-kinds.ts";
import type { Decoder, Encoder } from "../../../runtime/wire/codec/codec-runtime.ts";

/**
 * Describes a command of the schema; part of the generated SDK. `Q` is the request that a caller gives, `R` the reply.
 */
export interface ClientCommand<Q, R> {
  /** Number of the command on the wire. */
  readonly id: number;
  /** Full name, for error texts: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly request: Encoder<Q>;
  /** Decoder of the reply; undefined for a notify, which has no reply. */
  readonly reply: Decoder<R> | undefined;
  /** Timeout of the schema, in ms. */
  readonly timeoutMs: number;
  /** Whether a second run has no further effect, so that a retry is safe. */
  readonly idempotent: boolean;
  /** Whether the request may be compressed: it holds no SECRET field. Absent: false. */
  readonly compress?: true;
}

/** Describes a push of the schema; part of the generated SDK. `M` is the message that a listener gets. */
export interface ClientPush<M> {
  /** Number of the push on the wire. */
  readonly id: number;
  /** Full name, for error texts: "meadow.Meadow.Moved". */
  readonly name: string;
  readonly body: Decoder<M>;
}

/** Options of one request. */
export interface CallOptions {
  /**
   * How long to wait for the reply, in ms, 1 .. 2^31 - 1. Default: the timeout of the schema. A shorter timeout is sent
   * to the server.
   */
  readonly timeoutMs?: number;
  /** Cancels the request: the server is notified, the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** The rules of {@link CallOptions}. */
export const callRule = object({
  timeoutMs: optional(real(1, longestMs)),
  signal: optional(signal),
} satisfies RulesOf<CallOptions>);
