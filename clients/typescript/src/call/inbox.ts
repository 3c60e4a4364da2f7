import type { Counters } from "../../../../runtime/log/counters.ts";
import { type Decoder, Reader } from "../../../../runtime/wire/codec/codec-runtime.ts";
import type { Failure } from "../../../../runtime/wire/generated/photinus/control.ts";
import { nextSequence } from "../../../../runtime/wire/session/envelope.ts";
import { errorCodeOf, outcomeWords, type PhotinusError } from "../../../../schema/errors.ts";
import type { ClientPush } from "../call-descriptors.ts";
import type { MessageSink } from "../channel/channel-ports.ts";
import type { Call, Calls } from "./calls.ts";
import { Delivery } from "./delivery.ts";
import { PushListeners, type Report } from "./push-listeners.ts";

/** Delivers the server's messages to calls and listeners, in the order in which they were sent. */
export class Inbox implements MessageSink {
  lastPush = 0;
  answerCount = 0;
  readonly #calls: Calls;
  readonly #counters: Counters;
  readonly #report: Report;
  readonly #delivery = new Delivery();
  readonly #pushes = new PushListeners();
  readonly #reader = new Reader();

  constructor(calls: Calls, counters: Counters, report: Report) {
    this.#calls = calls;
    this.#counters = counters;
    this.#report = report;
  }

  listen<M>(push: ClientPush<M>, listener: (message: M) => void): () => void {
    return this.#pushes.add(push, listener);
  }

  /** Runs a function after all earlier messages were delivered. `run` must not throw. */
  inTurn(run: () => void): void {
    this.#delivery.inTurn(run);
  }

  /** Records a promise that was settled elsewhere: later messages wait until its awaiting code has run. */
  settled(): void {
    this.#delivery.settled();
  }

  reply(sequence: number, command: number, bytes: Uint8Array, start: number, end: number): boolean {
    const call = this.#answered(sequence);
    if (!this.#fits(call, command)) return call === undefined;
    let error: PhotinusError | undefined;
    let value: unknown;
    try {
      const { reply } = call.command;
      value = reply && this.#read(reply, bytes, start, end);
    } catch (cause) {
      error = call.lost("INTERNAL", "the reply cannot be decoded", { cause });
    }
    this.#calls.take(sequence);
    this.#settle(call, error, value);
    return true;
  }

  failure(sequence: number, command: number, { code, message, retryAfterMs, outcome }: Failure): boolean {
    const call = this.#answered(sequence);
    if (!this.#fits(call, command)) return call === undefined;
    const name = errorCodeOf(code);
    // A newer server's outcome is the least certain one.
    const own = outcomeWords[Math.min(outcome, 2)];
    if (name === "UNAVAILABLE" && own && this.#calls.retry(call, own, retryAfterMs)) return true;
    const how = { retryAfterMs, outcome: call.outcome === "may have run" ? call.outcome : own };
    this.#calls.take(sequence);
    this.#settle(call, call.error(name, message, how), undefined);
    return true;
  }

  push(sequence: number, id: number, bytes: Uint8Array, start: number, end: number): boolean {
    // A push without a number is never sent again.
    if (sequence !== 0) {
      if (((sequence - this.lastPush) | 0) <= 0) {
        this.#counters.add("pushes.repeated");
        return true;
      }
      if (sequence !== nextSequence(this.lastPush)) return false;
      this.lastPush = sequence;
    }
    if (this.#delivery.mustWait(false)) {
      // The listener may be added just before the push's turn, so the bytes are kept and decoded then.
      const own = bytes.slice(start, end);
      this.#delivery.queue(false, () => this.#deliver(id, own, 0, own.length));
    } else {
      this.#deliver(id, bytes, start, end);
    }
    return true;
  }

  /** Counts an answer, also one that nobody waits for: the server counts all. */
  #answered(sequence: number): Call | undefined {
    this.answerCount = (this.answerCount + 1) >>> 0;
    return this.#calls.get(sequence);
  }

  #fits(call: Call | undefined, command: number): call is Call {
    if (call?.command.id === command) return true;
    // Without a call the reply is late: the call was cancelled or timed out.
    if (!call) this.#counters.add("replies.late");
    return false;
  }

  #settle(call: Call, error: PhotinusError | undefined, value: unknown): void {
    const delivery = this.#delivery;
    if (delivery.mustWait(true)) {
      delivery.queue(true, () => (error ? call.reject(error) : call.resolve(value)));
      return;
    }
    if (error) call.reject(error);
    else call.resolve(value);
    delivery.settled();
  }

  #deliver(id: number, bytes: Uint8Array, start: number, end: number): void {
    const subject = this.#pushes.get(id);
    if (!subject) {
      this.#counters.add("pushes.unheard");
      return;
    }
    const { name, body } = subject.push;
    let message: unknown;
    try {
      message = this.#read(body, bytes, start, end);
    } catch (error) {
      this.#counters.add("pushes.unreadable");
      this.#report(error, `push ${name} cannot be decoded`);
      return;
    }
    subject.listeners.tell(message, `a listener of push ${name} threw`, this.#report);
  }

  /** Decodes a message as `decode` does, with one shared reader. */
  #read<T>(codec: Decoder<T>, bytes: Uint8Array, start: number, end: number): T {
    const reader = this.#reader;
    reader.bytes = bytes;
    reader.position = start;
    reader.end = end;
    const value = codec.read(reader, end);
    reader.finish(end);
    return value;
  }
}
