import type { Clock, Timer } from "../../../../runtime/clock/clock.ts";
import type { Caller } from "../../../../schema/caller.ts";
import { type ErrorCode, type ErrorOptions, fail, type PhotinusError } from "../../../../schema/errors.ts";
import type { ClientCommand } from "../call-descriptors.ts";

/** Called when a caller cancels a request before its answer. */
export type OnCancel = (sequence: number) => void;

/** The part of a command that a call needs. */
export type Asked<R> = Pick<ClientCommand<never, R>, "id" | "name" | "reply" | "idempotent">;

/** Interval of the check for timeouts, in ms: a request times out up to this much late, never early. */
const tickMs = 50;

/** A request in flight. Serves as its own abort listener, so that a request allocates nothing else. */
export class Call<R = unknown> {
  declare readonly sequence: number;
  declare readonly command: Asked<R>;
  /** The encoded request, to send it later or again. */
  declare readonly frame: Uint8Array;
  declare readonly resolve: (value: R) => void;
  declare readonly reject: (error: PhotinusError) => void;
  /** Time of the timeout, on the connection's clock. */
  declare readonly dueAt: number;
  /** Whether the request was written to a connection of the current session. */
  sent = false;
  /** Whether the request may have run in a former session: no later answer can say that it was not run. */
  mayHaveRun = false;
  readonly #calls: Calls;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: Caller | undefined;

  constructor(
    calls: Calls,
    sequence: number,
    command: Asked<R>,
    frame: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    caller: Caller | undefined,
    resolve: (value: R) => void,
    reject: (error: PhotinusError) => void,
  ) {
    this.#calls = calls;
    this.sequence = sequence;
    this.command = command;
    this.frame = frame;
    this.resolve = resolve;
    this.reject = reject;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#caller = caller;
    this.dueAt = calls.clock.now() + timeoutMs;
    signal?.addEventListener("abort", this);
  }

  onDeadline(): void {
    this.#calls.take(this.sequence);
    this.reject(this.lost("DEADLINE_EXCEEDED", `no answer within ${this.#timeoutMs} ms`));
  }

  /** Handles the signal's "abort" event. */
  handleEvent(): void {
    if (!this.#calls.take(this.sequence)) return;
    if (this.sent) this.#calls.onCancel(this.sequence);
    this.reject(this.lost("CANCELLED", gaveUp, { cause: this.#signal?.reason }));
  }

  /** Creates an error of this call. */
  error(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
    return fail(code, reason, { ...options, call: this.command.name, caller: this.#caller });
  }

  /** Creates the error of a call whose answer will not come, which says whether the request may have run. */
  lost(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
    return this.error(code, reason, { ...options, outcome: this.sent ? "may have run" : "not sent" });
  }

  /** Releases the signal. */
  release(): void {
    this.#signal?.removeEventListener("abort", this);
  }
}

/** Reason of a call whose signal is aborted. */
export const gaveUp = "the caller gave up";

/** The requests in flight, by sequence number, with their timeouts on one coarse timer. */
export class Calls {
  declare readonly clock: Clock;
  declare readonly onCancel: OnCancel;
  /** Called when the last call is removed. */
  onIdle: (() => void) | undefined;
  readonly #bySequence = new Map<number, Call>();
  #timer: Timer | undefined;
  #last = 0;

  constructor(clock: Clock, onCancel: OnCancel) {
    this.clock = clock;
    this.onCancel = onCancel;
  }

  get size(): number {
    return this.#bySequence.size;
  }

  add<R>(call: Call<R>): void {
    this.#bySequence.set(call.sequence, call as Call);
    this.#timer ??= this.clock.every(tickMs, () => this.#onTick());
  }

  /** Returns all calls, in the order of their numbers. */
  all(): readonly Call[] {
    return [...this.#bySequence.values()];
  }

  /**
   * Removes and returns a call, which the caller of this method settles. Returns undefined for a call that has ended.
   */
  take(sequence: number): Call | undefined {
    const call = this.#bySequence.get(sequence);
    if (!call) return undefined;
    this.#bySequence.delete(sequence);
    call.release();
    if (this.#bySequence.size === 0) this.onIdle?.();
    return call;
  }

  /** Returns the call with this number, and keeps it. */
  get(sequence: number): Call | undefined {
    return this.#bySequence.get(sequence);
  }

  /** Fails calls, each with its own error. */
  fail(calls: readonly Call[], code: ErrorCode, reason: string, retryAfterMs: number): void {
    for (const call of calls) {
      if (this.take(call.sequence)) call.reject(call.lost(code, reason, { retryAfterMs }));
    }
  }

  /** Notifies the server that all calls are cancelled. */
  cancelAll(): void {
    for (const sequence of this.#bySequence.keys()) this.onCancel(sequence);
  }

  /**
   * Returns the next number. Numbers count up from 1 over all reconnects of one client, so that none is repeated soon;
   * never 0, never a number in use.
   */
  nextSequence(): number {
    do {
      this.#last = (this.#last + 1) >>> 0;
    } while (this.#last === 0 || this.#bySequence.has(this.#last));
    return this.#last;
  }

  /** Stops the timer. Called when no call is left and none will come. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Checks all calls: a client has far fewer in flight than a server, for which timing wheels pay. */
  #onTick(): void {
    const now = this.clock.now();
    for (const call of this.#bySequence.values()) if (call.dueAt <= now) call.onDeadline();
    if (this.#bySequence.size === 0) this.stop();
  }
}
