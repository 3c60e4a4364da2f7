import { object, optional, type RulesOf } from "../../../runtime/options/option-rules.ts";
import { longestMs, real, signal } from "../../../runtime/options/rule-kinds.ts";
import type { Decoder, Encoder } from "../../../runtime/wire/codec/codec-runtime.ts";

/** One command of the schema, as the generated SDK describes it. `Q` is what a caller gives, `R` what is answered. */
export interface ClientCommand<Q, R> {
  /** Number on the wire. */
  readonly id: number;
  /** Full name, for messages: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly request: Encoder<Q>;
  /** Absent on a notify: nobody answers it. */
  readonly reply: Decoder<R> | undefined;
  /** How long the schema lets a caller wait, milliseconds. */
  readonly timeoutMs: number;
  /** Running it twice has the effect of running it once. */
  readonly idempotent: boolean;
}

/** One push of the schema, as the generated SDK describes it. */
export interface ClientPush<M> {
  readonly id: number;
  readonly name: string;
  readonly body: Decoder<M>;
}

/** What a caller may say of one request. */
export interface CallOptions {
  /** How long to wait, milliseconds, 1 .. 2^31 - 1. Default: the schema's. The server is told when it is shorter than that. */
  readonly timeoutMs?: number;
  /** Gives up the request: the server is told, the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** The rules of {@link CallOptions}. */
export const callRule = object({
  timeoutMs: optional(real(1, longestMs, "milliseconds")),
  signal: optional(signal),
} satisfies RulesOf<CallOptions>);
