import { backoffMs } from "../../../../runtime/clock/backoff.ts";
import type { Timer } from "../../../../runtime/clock/clock.ts";
import type { Counters } from "../../../../runtime/log/counters.ts";
import { Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { headerBytes } from "../../../../runtime/wire/frame/frame-format.ts";
import { requestKind } from "../../../../runtime/wire/session/envelope.ts";
import { putUint32 } from "../../../../runtime/wire/uint32.ts";
import type { Caller } from "../../../../schema/caller.ts";
import {
  type ErrorCode,
  type ErrorOptions,
  fail,
  type Outcome,
  type PhotinusError,
} from "../../../../schema/errors.ts";
import type { ClientCommand } from "../call-descriptors.ts";
import type { Channel } from "../channel/channel.ts";
import type { Welcome } from "../channel/control-messages.ts";
import { writeMessage } from "../channel/write-message.ts";
import type { Settings } from "../connect-options.ts";

/** The part of a command that a call needs. */
export type Asked<R> = Pick<ClientCommand<never, R>, "id" | "name" | "reply" | "idempotent" | "compress">;

/** Interval of the check for timeouts, in ms: a request times out up to this much late, never early. */
const tickMs = 50;

/** Least time from a failure to the next attempt of a request. */
const retryDelay = /* @__PURE__ */ Object.freeze({ minDelayMs: 100, maxDelayMs: 10_000, jitter: 0.5 });

/** Most attempts of an idempotent request that may have run: a request that ends its server process must not end all of them. */
const maxRuns = 3;

/** Bytes of a block of frames: a request allocates only its part of one. One that begins in the first half fits, as a rule. */
const blockBytes = 16_384;

/** A request in flight. Serves as its own abort listener, so that a request allocates nothing else. */
export class Call<R = unknown> {
  /** Number of the current attempt. */
  declare sequence: number;
  declare readonly command: Asked<R>;
  /** The encoded request, to send it later or again. */
  declare readonly frame: Uint8Array;
  declare readonly resolve: (value: R) => void;
  declare readonly reject: (error: PhotinusError) => void;
  /** Time of the timeout, on the connection's clock. */
  declare readonly dueAt: number;
  /** Whether the current attempt was written to a connection of the current session. */
  sent = false;
  /**
   * Outcome of the former attempts, and of those in former sessions. After "may have run" no later answer can say that the
   * request was not run.
   */
  outcome: Outcome = "not sent";
  /** Number of failed attempts. */
  failures = 0;
  /** Time of the next attempt, on the connection's clock; 0 when none is awaited. */
  retryAt = 0;
  readonly #calls: Calls;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #caller: Caller | undefined;

  constructor(
    calls: Calls,
    sequence: number,
    command: Asked<R>,
    frame: Uint8Array,
    dueAt: number,
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
    this.dueAt = dueAt;
    signal?.addEventListener("abort", this);
  }

  onDeadline(): void {
    this.#calls.take(this.sequence);
    this.reject(this.lost("DEADLINE_EXCEEDED", `no answer within ${this.#timeoutMs} ms`));
  }

  /** Handles the signal's "abort" event. */
  handleEvent(): void {
    if (!this.#calls.take(this.sequence)) return;
    if (this.sent) this.#calls.cancel(this.sequence);
    this.reject(this.lost("CANCELLED", gaveUp, { cause: this.#signal?.reason }));
  }

  /** Creates an error of this call. */
  error(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
    return fail(code, reason, { ...options, call: this.command.name, caller: this.#caller });
  }

  /** Creates the error of a call whose answer will not come, which says whether the request may have run. */
  lost(code: ErrorCode, reason: string, options?: ErrorOptions): PhotinusError {
    return this.error(code, reason, { ...options, outcome: this.sent ? "may have run" : this.outcome });
  }

  /** Releases the signal. */
  release(): void {
    this.#signal?.removeEventListener("abort", this);
  }
}

/** Reason of a call whose signal is aborted. */
export const gaveUp = "the caller gave up";

/** Whether a request may have run, and must not run twice. */
export function isInDoubt({ sent, command }: Call): boolean {
  return sent && !command.idempotent;
}

/** The requests in flight, by sequence number, with their timeouts and next attempts on one coarse timer. */
export class Calls {
  /** Called when the last call is removed. */
  onIdle: (() => void) | undefined;
  readonly #settings: Settings;
  readonly #counters: Counters;
  readonly #channel: () => Channel | undefined;
  readonly #bySequence = new Map<number, Call>();
  #timer: Timer | undefined;
  #last = 0;
  /** Block of the frames of requests, one behind the other; a full block is left to the requests that are in it. */
  #frames = new Writer();
  /** Bytes of requests that were made since the connection was lost. */
  #waitingBytes = 0;
  /** Requests that were cancelled while there was no connection. */
  #cancelled: number[] = [];

  constructor(settings: Settings, counters: Counters, channel: () => Channel | undefined) {
    this.#settings = settings;
    this.#counters = counters;
    this.#channel = channel;
  }

  get size(): number {
    return this.#bySequence.size;
  }

  /**
   * Sends a request, or keeps it until there is a connection. Throws RESOURCE_EXHAUSTED when too much is in flight or queued,
   * INVALID_ARGUMENT for a message that cannot be encoded.
   */
  request<Q, R>(
    command: ClientCommand<Q, R>,
    message: Q,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    caller: Caller | undefined,
    resolve: (value: R) => void,
    reject: (error: PhotinusError) => void,
  ): void {
    const { clock, maxPendingCount } = this.#settings;
    if (this.size >= maxPendingCount)
      throw fail("RESOURCE_EXHAUSTED", `${this.size} requests are in flight already`);
    const { id, request } = command;
    const sequence = this.#nextSequence();
    const remainingMs = timeoutMs < command.timeoutMs ? Math.ceil(timeoutMs) : -1;
    if (this.#frames.position > blockBytes / 2) this.#frames = new Writer(blockBytes);
    const frames = this.#frames;
    const start = frames.position;
    writeMessage(frames, this.#settings, id, request, message, requestKind, sequence, remainingMs);
    const frame = frames.bytes.subarray(start, frames.position);
    const channel = this.#channel();
    if (channel) channel.send(frame, command.compress);
    else this.#await(frame);
    const dueAt = clock.now() + timeoutMs;
    const call = new Call(this, sequence, command, frame, dueAt, timeoutMs, signal, caller, resolve, reject);
    call.sent = !!channel;
    this.#bySequence.set(sequence, call as Call);
    this.#timer ??= clock.every(tickMs, () => this.#onTick());
  }

  /** Counts the bytes of requests that wait for a connection, cancelled ones too: their blocks are kept. */
  #await({ length }: Uint8Array): void {
    if (this.#waitingBytes > this.#settings.maxBufferedBytes)
      throw fail("RESOURCE_EXHAUSTED", `${this.#waitingBytes} bytes wait for a connection already`);
    this.#waitingBytes += length;
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
  fail(calls: readonly Call[], code: ErrorCode, reason: string, options?: ErrorOptions): void {
    for (const call of calls) {
      if (this.take(call.sequence)) call.reject(call.lost(code, reason, options));
    }
  }

  /** Notifies the server that a call is cancelled: at once, or after the next resume. */
  cancel(sequence: number): void {
    const channel = this.#channel();
    if (channel) channel.cancel(sequence);
    else this.#cancelled.push(sequence);
  }

  /** Notifies the server that all calls are cancelled. */
  cancelAll(): void {
    for (const sequence of this.#bySequence.keys()) this.cancel(sequence);
  }

  /**
   * Keeps a call whose attempt has failed for another one: after the server's delay, and longer after each further failure.
   * Returns false when the call must not run again, or when its timeout leaves no time: then the failure is final.
   */
  retry(call: Call, outcome: Outcome, retryAfterMs: number): boolean {
    const { clock, random, retry } = this.#settings;
    const delayMs = Math.max(retryAfterMs, backoffMs(retryDelay, call.failures++, random));
    const at = clock.now() + delayMs;
    const isSafe = outcome === "not run" || (call.command.idempotent && call.failures < maxRuns);
    if (!retry || !isSafe || at >= call.dueAt) return false;
    call.retryAt = at;
    call.sent = false;
    if (call.outcome !== "may have run") call.outcome = outcome;
    return true;
  }

  /**
   * Sends the requests that the session has not got. In a new session those of the former one fail, as they may have run,
   * unless they are idempotent. A request that waits for its next attempt waits on.
   */
  sendAgain({ resumed, lastRequest }: Welcome): void {
    const calls = this.all();
    const cancelled = this.#cancelled;
    this.#cancelled = [];
    this.#waitingBytes = 0;
    // A session that another page has begun goes on after the numbers of that page.
    this.#last ||= lastRequest;
    if (resumed) for (const sequence of cancelled) this.cancel(sequence);
    else this.fail(calls.filter(isInDoubt), "UNAVAILABLE", "the session was lost");
    for (const call of calls) {
      if (!resumed && call.sent) call.outcome = "may have run";
      const isThere = lastRequest > 0 && call.sent && ((call.sequence - lastRequest) | 0) <= 0;
      if (!isThere && call.retryAt === 0 && this.get(call.sequence)) this.#send(call);
    }
  }

  /** Stops the timer. Called when no call is left and none will come. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Checks all calls: a client has far fewer in flight than a server, for which timing wheels pay. */
  #onTick(): void {
    const now = this.#settings.clock.now();
    for (const call of this.#bySequence.values()) {
      if (call.dueAt <= now) call.onDeadline();
      else if (call.retryAt > 0 && call.retryAt <= now && this.#channel()) this.#again(call, now);
    }
    if (this.#bySequence.size === 0) this.stop();
  }

  /** Makes another attempt, under the next number: a server takes a former number for a repetition. */
  #again(call: Call, now: number): void {
    this.#bySequence.delete(call.sequence);
    call.sequence = this.#nextSequence();
    call.retryAt = 0;
    this.#bySequence.set(call.sequence, call);
    const { frame, dueAt } = call;
    const envelope = headerBytes(this.#settings.frame.layout);
    putUint32(frame, envelope + 1, call.sequence);
    // A caller's shorter timeout is in the frame, after a flag.
    if (frame[envelope] !== requestKind) putUint32(frame, envelope + 5, dueAt - now);
    this.#counters.add("requests.retried");
    this.#send(call);
  }

  /** Sends a request on the open connection. When that is not possible, the request fails. */
  #send(call: Call): void {
    try {
      this.#channel()?.sendAgain(call.frame, call.command.compress);
      call.sent = true;
    } catch (error) {
      const { code, reason } = error as PhotinusError;
      this.fail([call], code, reason);
    }
  }

  /**
   * Returns the next number. Numbers count up from 1 over all reconnects of one client, so that none is repeated soon;
   * never 0, never a number in use.
   */
  #nextSequence(): number {
    do {
      this.#last = (this.#last + 1) >>> 0;
    } while (this.#last === 0 || this.#bySequence.has(this.#last));
    return this.#last;
  }
}
