import type { Encoder } from "../wire/codec/codec.ts";
import type { PushAddress, Target } from "./envelope/message-kinds.ts";

/**
 * Takes the outcome of one call: exactly one of the two is called, exactly once. When a call cannot even be sent, that is
 * before `ask` returns.
 */
export interface AnswerSink {
  /** The range is valid during the call only. An empty range is an answer too. */
  answer(bytes: Uint8Array, start: number, end: number): void;
  /** `code` is a number of `errorCodes`; `retryAfterMs` is 0 when that is not known. */
  failure(code: number, message: string, retryAfterMs: number): void;
  /** Called before `failure` when that comes because the peer has not answered in time. */
  expired?(): void;
}

/** The call that a {@link Responder} answers, as whoever handles it sees it. */
export interface CallOwner {
  /** Nobody waits for the answer any more: the caller gave up, its time is over, or its link is lost. */
  onUnwanted(): void;
}

/**
 * Answers one ask or relay. The first answer counts, all later ones are ignored, so a handler may answer as late as it
 * likes; a caller that is gone or gave up counts as answered.
 */
export interface Responder {
  /**
   * Encodes straight into the connection's output. A value that cannot be encoded is answered by INTERNAL, a body of more than
   * `maxBodyBytes` by RESOURCE_EXHAUSTED; then its size is returned, otherwise 0. Default: what the link allows.
   */
  answer<T>(codec: Encoder<T>, value: T, maxBodyBytes?: number): number;
  /** Answers with a body that is encoded already; the bytes are copied. */
  answerBytes(bytes: Uint8Array, start: number, end: number): void;
  /** A `PhotinusError` passes its code and reason; anything else is logged here and told as INTERNAL. */
  fail(error: unknown): void;
  /** Fails with the parts of a failure that came over another link. */
  failure(code: number, message: string, retryAfterMs: number): void;
  readonly settled: boolean;
  /** Told, before `onCancel`, when the caller does not wait any more, unless it was answered before. */
  owner: CallOwner | undefined;
  /** Called once when the caller gives up, its time is over, or its link is lost, unless it was answered before. */
  onCancel: (() => void) | undefined;
  /** When the caller stops waiting, on the link's clock, milliseconds. */
  readonly deadline: number;
  /** The caller's trace context, as it came. */
  readonly trace: string | undefined;
}

/** Answers a call of a map-form peer. The first answer counts. */
export interface MapFormResponder {
  /** Anything msgpack can carry; a result that it cannot carry is answered as an error. `undefined` is sent as nil. */
  answer(result: unknown): void;
  fail(error: unknown): void;
  readonly settled: boolean;
  onCancel: (() => void) | undefined;
  readonly deadline: number;
}

/**
 * The side that serves a link. Ranges of bytes are valid during the call only: copy what is kept. What `onAsk`, `onRelay` and
 * `onMapForm` throw is answered as the responder's `fail` does.
 */
export interface LinkHandler {
  /** False as long as the peer has not said who it is: then its messages may be few and small only. Default true. */
  readonly known?: boolean;
  /** `timeoutMs` is what the caller still waits. */
  onAsk(
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder,
  ): void;
  onNotice(
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    trace: string | undefined,
  ): void;
  /** A client's message; without `reply` it is a notify, which nobody waits for. */
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
  onPush(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): void;
  /** A call in the map form; without `reply` it is a notice. */
  onMapForm(
    name: string,
    args: unknown[],
    kw: Record<string, unknown>,
    reply: MapFormResponder | undefined,
  ): void;
  /** All that was handed over has been taken by the system; the link is not overloaded any more. */
  onDrain?(): void;
  /** Exactly once. All pending calls have failed, all calls being served are cancelled. */
  onClose(reason: string): void;
}
