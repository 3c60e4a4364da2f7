import type { Caller } from "../../../schema/caller.ts";
import {
  type ErrorCode,
  type ErrorOptions,
  errorCodeOf,
  errorCodes,
  outcomeWords,
  PhotinusError,
} from "../../../schema/errors.ts";
import type { Decoder } from "../../wire/codec/codec.ts";
import type { Reader } from "../../wire/codec/reader.ts";
import { type FailureOutcome, outcome } from "../envelope/failure-outcome.ts";
import type { Target } from "../envelope/message-kinds.ts";
import type { AnswerSink } from "../link-handler.ts";

/** Options of {@link Link.call}; R is the answer. */
export interface CallOptions<R = unknown> {
  /** How long to wait for the answer, in ms. Default: the link's `defaultTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Receiver of the call. Default: the route in the gate's table. */
  readonly target?: Target;
  /** Cancels the call: the promise rejects with CANCELLED, and the peer is notified. */
  readonly signal?: AbortSignal | undefined;
  /** Trace context that travels with the call. */
  readonly trace?: string | undefined;
  /** Full name of the method, for errors. */
  readonly call?: string | undefined;
  /** Place in the code that made the call, for the stack of errors. */
  readonly caller?: Caller | undefined;
  /** Called with the error of a call that has failed. Returns the call that takes its place; undefined: the promise rejects. */
  readonly retry?: (error: PhotinusError) => Promise<R> | undefined;
}

/** Settles the promise of a call. Decodes with the link's own reader, which is free because decoding never waits. */
export class PromiseSink<R> implements AnswerSink {
  readonly #codec: Decoder<R>;
  readonly #reader: Reader;
  readonly #resolve: (value: R | Promise<R>) => void;
  readonly #reject: (error: PhotinusError) => void;
  readonly #options: CallOptions<R>;

  constructor(
    codec: Decoder<R>,
    reader: Reader,
    resolve: (value: R | Promise<R>) => void,
    reject: (error: PhotinusError) => void,
    options: CallOptions<R>,
  ) {
    this.#options = options;
    this.#codec = codec;
    this.#reader = reader;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    let value: R;
    try {
      reader.bytes = bytes;
      reader.position = start;
      reader.end = end;
      value = this.#codec.read(reader, end);
      if (reader.position !== end) throw new Error("bytes remain after the message");
    } catch (cause) {
      this.#fail("INTERNAL", `the answer is not a valid ${this.#codec.name}`, { cause });
      return;
    }
    this.#resolve(value);
  }

  failure(code: number, message: string, retryAfterMs: number, how?: FailureOutcome): void {
    this.#fail(errorCodeOf(code), message, { retryAfterMs, outcome: outcomeWords[how ?? 0] });
  }

  #fail(code: ErrorCode, reason: string, more: ErrorOptions): void {
    const { call, caller, retry } = this.#options;
    const error = new PhotinusError(code, reason, { ...more, call, caller });
    const next = retry?.(error);
    if (next === undefined) this.#reject(error);
    else this.#resolve(next);
  }
}

/** Settles the promise of a call to a map-form peer, whose answer is a value instead of bytes. */
export class MapFormSink implements AnswerSink {
  readonly resolve: (value: unknown) => void;
  readonly #reject: (error: PhotinusError) => void;

  constructor(resolve: (value: unknown) => void, reject: (error: PhotinusError) => void) {
    this.resolve = resolve;
    this.#reject = reject;
  }

  /** Resolves with the bytes of a compact answer, from a peer that was called in the map form. */
  answer(bytes: Uint8Array, start: number, end: number): void {
    this.resolve(new Uint8Array(bytes.subarray(start, end)));
  }

  failure(code: number, message: string, retryAfterMs: number, how?: FailureOutcome): void {
    const outcome = outcomeWords[how ?? 0];
    this.#reject(new PhotinusError(errorCodeOf(code), message, { retryAfterMs, outcome }));
  }
}

/** Starts a call that a signal may cancel. The listener on the signal is removed when the call has ended. */
export function startWithSignal(
  signal: AbortSignal,
  sink: AnswerSink,
  start: (sink: AnswerSink) => number,
  cancel: (key: number) => void,
): void {
  if (signal.aborted) {
    sink.failure(errorCodes.CANCELLED, "the caller gave up", 0, outcome.notRun);
    return;
  }
  let key = 0;
  const onAbort = () => cancel(key);
  signal.addEventListener("abort", onAbort, { once: true });
  key = start(new EndingSink(sink, () => signal.removeEventListener("abort", onAbort)));
}

/** Runs `onEnd` when a call has ended in any way, then passes the outcome on. */
class EndingSink implements AnswerSink {
  readonly sink: AnswerSink;
  readonly #onEnd: () => void;

  constructor(sink: AnswerSink, onEnd: () => void) {
    this.sink = sink;
    this.#onEnd = onEnd;
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    this.#onEnd();
    this.sink.answer(bytes, start, end);
  }

  failure(code: number, message: string, retryAfterMs: number, how?: FailureOutcome): void {
    this.#onEnd();
    this.sink.failure(code, message, retryAfterMs, how);
  }
}
