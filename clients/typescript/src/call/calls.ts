import type { Deadline, DeadlineHandle, DeadlineSet } from "../../../../runtime/clock/deadlines.ts";
import type { Caller } from "../../../../schema/caller.ts";
import { type ErrorCode, type ErrorOptions, fail, type PhotinusError } from "../../../../schema/errors.ts";
import type { ClientCommand } from "../call-descriptors.ts";

/** Told when a caller gives up before the answer is there. */
export type OnCancel = (sequence: number) => void;

/** What a call must know of its command. */
export type Asked<R> = Pick<ClientCommand<never, R>, "id" | "name" | "reply">;

/** One request that waits for its answer. It is its own timeout and abort listener, so that nothing else is allocated. */
export class Call<R = unknown> implements Deadline {
  readonly sequence: number;
  readonly command: Asked<R>;
  readonly resolve: (value: R) => void;
  readonly reject: (error: PhotinusError) => void;
  readonly #calls: Calls;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: Caller | undefined;
  readonly #deadline: DeadlineHandle;

  constructor(
    calls: Calls,
    sequence: number,
    command: Asked<R>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    caller: Caller | undefined,
    resolve: (value: R) => void,
    reject: (error: PhotinusError) => void,
  ) {
    this.#calls = calls;
    this.sequence = sequence;
    this.command = command;
    this.resolve = resolve;
    this.reject = reject;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#caller = caller;
    signal?.addEventListener("abort", this);
    this.#deadline = calls.deadlines.add(timeoutMs, this);
  }

  onDeadline(): void {
    if (this.#calls.take(this.sequence)) {
      this.reject(this.error("DEADLINE_EXCEEDED", `no answer within ${this.#timeoutMs} ms`));
    }
  }

  /** The signal's "abort" event. */
  handleEvent(): void {
    if (!this.#calls.take(this.sequence)) return;
    this.#calls.onCancel(this.sequence);
    this.reject(this.error("CANCELLED", gaveUp, { cause: this.#signal?.reason }));
  }

  /** An error of this call. */
  error(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
    return fail(code, reason, { ...options, call: this.command.name, caller: this.#caller });
  }

  /** Lets go of timer and signal. */
  release(): void {
    this.#calls.deadlines.remove(this.#deadline);
    this.#signal?.removeEventListener("abort", this);
  }
}

/** Why a call ends whose signal aborts. */
export const gaveUp = "the caller gave up";

/** The requests in flight, by sequence number. */
export class Calls {
  readonly deadlines: DeadlineSet;
  readonly onCancel: OnCancel;
  /** Called when the last call was taken out. */
  onIdle: (() => void) | undefined;
  readonly #bySequence = new Map<number, Call>();
  #last = 0;

  constructor(deadlines: DeadlineSet, onCancel: OnCancel) {
    this.deadlines = deadlines;
    this.onCancel = onCancel;
  }

  get size(): number {
    return this.#bySequence.size;
  }

  add<R>(
    sequence: number,
    command: Asked<R>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    caller: Caller | undefined,
    resolve: (value: R) => void,
    reject: (error: PhotinusError) => void,
  ): void {
    const call = new Call(this, sequence, command, timeoutMs, signal, caller, resolve, reject);
    this.#bySequence.set(sequence, call as Call);
  }

  /** Takes a call out, to be settled by the taker; undefined when nobody waits for it any more. */
  take(sequence: number): Call | undefined {
    const call = this.#bySequence.get(sequence);
    if (!call) return undefined;
    this.#bySequence.delete(sequence);
    call.release();
    if (this.#bySequence.size === 0) this.onIdle?.();
    return call;
  }

  /** The call of that number, left in place. */
  get(sequence: number): Call | undefined {
    return this.#bySequence.get(sequence);
  }

  /** Fails all of them, each with an error of its own. */
  failAll(code: ErrorCode, reason: string, retryAfterMs: number): void {
    for (const call of [...this.#bySequence.values()]) {
      if (this.take(call.sequence)) call.reject(call.error(code, reason, { retryAfterMs }));
    }
  }

  /** Tells the server that nobody waits for any of them any more. */
  cancelAll(): void {
    for (const sequence of this.#bySequence.keys()) this.onCancel(sequence);
  }

  /** Counts up from 1 over all connections of one client, so that a number is not met twice; never 0, never one in use. */
  nextSequence(): number {
    do {
      this.#last = (this.#last + 1) >>> 0;
    } while (this.#last === 0 || this.#bySequence.has(this.#last));
    return this.#last;
  }
}
