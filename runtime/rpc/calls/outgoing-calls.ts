import { type ErrorCode, errorCodes, isPhotinusError, messageOf } from "../../../schema/errors.ts";
import type { Deadlines } from "../../clock/deadlines.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import { type FailureOutcome, outcome } from "../envelope/failure-outcome.ts";
import type { AnswerSink } from "../link-handler.ts";
import { retryAfterMs } from "../retry-after.ts";
import { PendingCalls } from "./pending-calls.ts";
import { Sweep } from "./sweep.ts";

/** Options of {@link OutgoingCalls}. */
export interface OutgoingOptions {
  readonly deadlines: Deadlines;
  readonly counted: CountedLog;
  readonly maxPending: number;
  readonly maxFrameBytes: number;
  /** Notifies the callee that a call was cancelled before its answer. */
  readonly tellCancel: (key: number) => void;
}

/** Calls that this side of a link has sent and that are in flight. Each sink receives exactly one outcome, however its call ends. */
export class OutgoingCalls {
  readonly pending: PendingCalls;
  readonly #options: OutgoingOptions;
  readonly #sweep: Sweep;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.pending = new PendingCalls(options.maxPending);
    this.#sweep = new Sweep(options.deadlines, this.pending, (key) => this.#expire(key));
  }

  /**
   * Registers a call and returns its key. Returns 0 when too many calls are in flight; then the sink has failed with
   * RESOURCE_EXHAUSTED.
   */
  add(timeoutMs: number, sink: AnswerSink, now: number): number {
    const key = this.pending.add(sink, now + timeoutMs);
    if (key === 0) {
      const reason = `${this.#options.maxPending} calls are in flight, the limit of one link`;
      return this.refuse(sink, "RESOURCE_EXHAUSTED", reason, retryAfterMs("busy"));
    }
    this.#sweep.cover(now + timeoutMs, now);
    return key;
  }

  /** Fails a call that could not be sent: the message was too large, or `error` was thrown. */
  takeBack(key: number, error?: unknown): 0 {
    const sink = this.pending.take(key);
    if (sink === undefined) return 0;
    if (error === undefined) {
      const limit = this.#options.maxFrameBytes;
      return this.refuse(
        sink,
        "RESOURCE_EXHAUSTED",
        `the message is larger than the link's limit of ${limit} bytes`,
      );
    }
    if (isPhotinusError(error)) return this.refuse(sink, error.code, error.reason, error.retryAfterMs);
    return this.refuse(sink, "INVALID_ARGUMENT", `the message cannot be encoded: ${messageOf(error)}`);
  }

  /** Fails a call that was sent, and cancels it at the callee. Has no effect after the call has ended. */
  giveUp(key: number, code: ErrorCode, message: string): void {
    const sink = this.pending.take(key);
    if (sink === undefined) return;
    this.#options.tellCancel(key);
    this.#lose(sink, code, message);
  }

  #expire(key: number): void {
    const sink = this.pending.take(key);
    if (sink === undefined) return;
    this.#options.tellCancel(key);
    sink.expired?.();
    this.#lose(sink, "DEADLINE_EXCEEDED", "no answer in time");
  }

  /** Fails all calls with UNAVAILABLE, because the link is lost. */
  failAll(reason: string): void {
    this.#sweep.stop();
    for (const sink of this.pending.takeAll()) {
      this.#lose(sink, "UNAVAILABLE", `the link is lost: ${reason}`, retryAfterMs("lost"));
    }
  }

  /** Fails a call that was not sent. Returns 0, the key of no call. */
  refuse(sink: AnswerSink, code: ErrorCode, message: string, retryMs = 0): 0 {
    return this.#tell(sink, code, message, retryMs, outcome.notRun);
  }

  /** Fails a call that was sent, and whose answer will not come. */
  #lose(sink: AnswerSink, code: ErrorCode, message: string, retryMs = 0): void {
    this.#tell(sink, code, message, retryMs, outcome.mayHaveRun);
  }

  #tell(sink: AnswerSink, code: ErrorCode, message: string, retryMs: number, how: FailureOutcome): 0 {
    try {
      sink.failure(errorCodes[code], message, retryMs, how);
    } catch (error) {
      this.#options.counted.error({ err: error }, "answer callback of a call threw");
    }
    return 0;
  }
}
