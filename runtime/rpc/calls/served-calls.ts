import { type ErrorCode, errorCodes, isPhotinusError } from "../../../schema/errors.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import type { Encoder } from "../../wire/codec/codec.ts";
import { type FailureOutcome, outcome } from "../envelope/failure-outcome.ts";
import type { CallOwner, Responder } from "../link-handler.ts";
import { BodyTooLarge, type Outbound } from "../outbound.ts";

const slots = 1024;

/**
 * Calls that are being served for the peer, by the peer's key, so that CANCEL and a lost link find them. The keys of a
 * peer count up, so a small ring holds nearly all of them; a map holds the rest.
 */
export class ServedCalls {
  readonly outbound: Outbound;
  readonly log: CountedLog;
  readonly #limit: number;
  readonly #ring: (CallResponder | undefined)[] = new Array(slots).fill(undefined);
  readonly #rest = new Map<number, CallResponder>();
  #count = 0;
  /** Called whenever the last call is answered. */
  onEmpty: (() => void) | undefined = undefined;

  constructor(outbound: Outbound, log: CountedLog, limit: number) {
    this.outbound = outbound;
    this.log = log;
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count >= this.#limit;
  }

  /**
   * Registers a call. Returns false when the peer uses the key of a call that is still being served: an answer would be
   * ambiguous.
   */
  add(call: CallResponder): boolean {
    const slot = call.key & (slots - 1);
    const other = this.#ring[slot];
    if (other === undefined && (this.#rest.size === 0 || !this.#rest.has(call.key))) {
      this.#ring[slot] = call;
    } else if (other?.key === call.key || this.#rest.has(call.key)) {
      return false;
    } else {
      this.#rest.set(call.key, call);
    }
    this.#count++;
    return true;
  }

  get(key: number): CallResponder | undefined {
    const call = this.#ring[key & (slots - 1)];
    return call?.key === key ? call : this.#rest.get(key);
  }

  remove(call: CallResponder): void {
    const slot = call.key & (slots - 1);
    if (this.#ring[slot] === call) this.#ring[slot] = undefined;
    else if (!this.#rest.delete(call.key)) return;
    if (--this.#count === 0) this.onEmpty?.();
  }

  /** Cancels all calls, because the link is lost. */
  cancelAll(): void {
    const calls = [...this.#ring, ...this.#rest.values()];
    for (const call of calls) call?.cancel();
  }
}

/** Answers one ask or relay of the peer in the compact form. */
export class CallResponder implements Responder {
  readonly key: number;
  readonly deadline: number;
  readonly trace: string | undefined;
  settled = false;
  owner: CallOwner | undefined = undefined;
  onCancel: (() => void) | undefined = undefined;
  readonly #calls: ServedCalls;

  constructor(calls: ServedCalls, key: number, deadline: number, trace: string | undefined) {
    this.#calls = calls;
    this.key = key;
    this.deadline = deadline;
    this.trace = trace;
  }

  answer<T>(codec: Encoder<T>, value: T, maxBodyBytes?: number): number {
    if (!this.#settle()) return 0;
    try {
      this.#calls.outbound.answer(this.key, codec, value, maxBodyBytes);
    } catch (error) {
      if (error instanceof BodyTooLarge) {
        const message = `the reply has ${error.size} bytes; at most ${maxBodyBytes} are allowed`;
        this.#calls.outbound.failure(this.key, errorCodes.RESOURCE_EXHAUSTED, message, 0, outcome.mayHaveRun);
        return error.size;
      }
      this.#calls.log.error({ err: error, codec: codec.name }, "encoding the answer of a served call failed");
      const reason = "the answer cannot be encoded";
      this.#calls.outbound.failure(this.key, errorCodes.INTERNAL, reason, 0, outcome.mayHaveRun);
    }
    return 0;
  }

  answerBytes(bytes: Uint8Array, start: number, end: number): void {
    if (this.#settle()) this.#calls.outbound.answerBytes(this.key, bytes, start, end);
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    const told = describeFailure(error, this.#calls.log);
    this.#calls.outbound.failure(this.key, errorCodes[told.code], told.reason, told.retryAfterMs);
  }

  failure(code: number, message: string, retryAfterMs: number, how?: FailureOutcome): void {
    if (this.#settle()) this.#calls.outbound.failure(this.key, code, message, retryAfterMs, how);
  }

  /** Marks the call as cancelled by the caller, and notifies its owner and its listener. */
  cancel(): void {
    if (!this.#settle()) return;
    const onCancel = this.onCancel;
    this.onCancel = undefined;
    try {
      this.owner?.onUnwanted();
      onCancel?.();
    } catch (error) {
      this.#calls.log.error({ err: error }, "cancel listener of a served call threw");
    }
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#calls.remove(this);
    return true;
  }
}

/**
 * Reduces an error to the parts that the caller receives. The cause of a `PhotinusError` and any other error stay in
 * the log.
 */
export function describeFailure(
  error: unknown,
  log: CountedLog,
): { code: ErrorCode; reason: string; retryAfterMs: number } {
  if (isPhotinusError(error)) {
    if (error.cause !== undefined) log.warn({ err: error }, "served call failed");
    return error;
  }
  log.error({ err: error }, "handler of a served call threw");
  return { code: "INTERNAL", reason: "the handler failed", retryAfterMs: 0 };
}
