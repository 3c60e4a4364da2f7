import type { Encoder } from "../wire/codec/codec.ts";
import type { FailureOutcome } from "./envelope/failure-outcome.ts";
import type { PushAddress, Target } from "./envelope/message-kinds.ts";

/**
 * Receives the outcome of one call: either `answer` or `failure` is called, exactly once. For a call that cannot be
 * sent, `failure` is called before `ask` returns.
 */
export interface AnswerSink {
  /** Takes the body of the answer, which may be empty. The range is valid during the call only. */
  answer(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Takes a failure. `code` is a number of `errorCodes`; `retryAfterMs` is 0 when the delay is unknown. `outcome` says whether
   * the call was run; absent: the handler has answered with the failure.
   */
  failure(code: number, message: string, retryAfterMs: number, outcome?: FailureOutcome): void;
  /** Called before `failure` when the peer has not answered in time. */
  expired?(): void;
}

/** Owner of a call that a {@link Responder} answers. */
export interface CallOwner {
  /** Called when the answer is not needed: the caller has cancelled, its deadline has passed, or its link is lost. */
  onUnwanted(): void;
}

/**
 * Answers one ask or relay. The first answer counts, later ones are ignored, so a handler may answer at any time. A
 * call whose caller has left or cancelled counts as answered.
 */
export interface Responder {
  /**
   * Encodes the answer straight into the connection's output. A value that cannot be encoded becomes INTERNAL. A body
   * of more than `maxBodyBytes` becomes RESOURCE_EXHAUSTED, and its size is returned; otherwise returns 0. Default
   * limit: the link's.
   */
  answer<T>(codec: Encoder<T>, value: T, maxBodyBytes?: number): number;
  /** Answers with an encoded body; the bytes are copied. */
  answerBytes(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Answers with an error. A `PhotinusError` passes on its code and reason; any other error is logged here and becomes
   * INTERNAL.
   */
  fail(error: unknown): void;
  /** Answers with the parts of a failure that came over another link, or of a call that was not run. */
  failure(code: number, message: string, retryAfterMs: number, outcome?: FailureOutcome): void;
  /** Whether the call was answered or cancelled. */
  readonly settled: boolean;
  /** Notified before `onCancel` when the caller stops waiting, unless the call was answered before. */
  owner: CallOwner | undefined;
  /**
   * Called once when the caller cancels, its deadline passes, or its link is lost, unless the call was answered before.
   */
  onCancel: (() => void) | undefined;
  /** Time at which the caller stops waiting, in ms of the link's clock. */
  readonly deadline: number;
  /** Trace context of the caller, as received. */
  readonly trace: string | undefined;
}

/** Answers a call of a map-form peer. The first answer counts. */
export interface MapFormResponder {
  /** Answers with any value that msgpack can carry; other values become an error. `undefined` is sent as nil. */
  answer(result: unknown): void;
  fail(error: unknown): void;
  readonly settled: boolean;
  onCancel: (() => void) | undefined;
  readonly deadline: number;
}

/**
 * Serves the messages of a link. Byte ranges are valid during the call only: copy bytes to keep them. An error thrown
 * by `onAsk`, `onRelay` or `onMapForm` is answered as by the responder's `fail`.
 */
export interface LinkHandler {
  /**
   * Whether the peer has introduced itself. While false, its messages are limited to few and small ones. Default true.
   */
  readonly known?: boolean;
  /** Serves a call; `timeoutMs` is the time that the caller still waits. */
  onAsk(
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder,
  ): void;
  /** Takes a one-way message; there is no answer. */
  onNotice(
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    trace: string | undefined,
  ): void;
  /** Serves a client's message. `reply` is absent for a notify, which has no answer. */
  onRelay(
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder | undefined,
    trace: string | undefined,
  ): void;
  /** Takes a push for one or more sessions. */
  onPush(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): void;
  /** Serves a call in the map form. `reply` is absent for a notice. */
  onMapForm(
    name: string,
    args: unknown[],
    kw: Record<string, unknown>,
    reply: MapFormResponder | undefined,
  ): void;
  /** Called when the system has taken all queued bytes: the link is not overloaded now. */
  onDrain?(): void;
  /** Called exactly once, after all calls in flight have failed and all calls being served are cancelled. */
  onClose(reason: string): void;
}
