import { type ErrorCode, errorCodes } from "../../schema/errors.ts";
import type { Deadline, DeadlineHandle } from "../clock/deadlines.ts";
import type { CountedLog } from "../log/counted-log.ts";
import { type Encoder, encode } from "../wire/codec/codec.ts";
import { emptyBytes } from "../wire/empty-bytes.ts";
import type { CallSender } from "./call-sender.ts";
import { MapFormSink } from "./calls/answer-sinks.ts";
import type { PendingCalls } from "./calls/pending-calls.ts";
import { describeFailure } from "./calls/served-calls.ts";
import { MapForm, type MapMessage } from "./envelope/map-form.ts";
import { longestMessageChars } from "./envelope/message-kinds.ts";
import type { AnswerSink, MapFormResponder } from "./link-handler.ts";
import type { LinkOptions, LinkState } from "./link-options.ts";
import type { Outbound } from "./outbound.ts";

/** Name under which a map-form node is called: `callChild(number, ...)`. */
const callName = "callChild";
const noNames = Object.freeze({});

const notBytes = "the map-form peer's result is not bytes, text or nil";

const encoder = new TextEncoder();
/** Sends and serves the calls of a link whose peer speaks the map form. */
export class MapFormSide implements CallSender {
  readonly #link: LinkState;
  readonly #options: LinkOptions;
  readonly #outbound: Outbound;
  readonly #pending: PendingCalls;
  readonly #form = new MapForm();
  readonly #served = new Set<MapFormCall>();
  readonly #maxServed: number;
  readonly #timeoutMs: number;
  readonly counted: CountedLog;
  /** Called whenever the last served call has ended. */
  onEmpty: (() => void) | undefined = undefined;

  constructor(
    link: LinkState,
    options: LinkOptions,
    outbound: Outbound,
    pending: PendingCalls,
    limits: { readonly maxPending: number; readonly defaultTimeoutMs: number },
    counted: CountedLog,
  ) {
    this.counted = counted;
    this.#link = link;
    this.#options = options;
    this.#outbound = outbound;
    this.#pending = pending;
    this.#maxServed = limits.maxPending;
    this.#timeoutMs = limits.defaultTimeoutMs;
  }

  get servedCount(): number {
    return this.#served.size;
  }

  /**
   * Calls a function by the peer's own name. Returns false when the message is too large. Throws INVALID_ARGUMENT for a
   * value that cannot be packed.
   */
  askByName(key: number, name: string, args: readonly unknown[], kw: object): boolean {
    return this.#send(this.#form.ask(key, name, args, kw));
  }

  /**
   * Notifies a function by the peer's own name. Returns false when the message is too large. Throws INVALID_ARGUMENT
   * for a value that cannot be packed.
   */
  noticeByName(name: string, args: readonly unknown[], kw: object): boolean {
    return this.#send(this.#form.notice(name, args, kw));
  }

  ask<T>(key: number, method: number, codec: Encoder<T>, value: T): boolean {
    return this.askByName(key, callName, [method, encode(codec, value)], noNames);
  }

  askBytes(key: number, method: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.askByName(key, callName, [method, bytes.subarray(start, end)], noNames);
  }

  notice<T>(method: number, codec: Encoder<T>, value: T): boolean {
    return this.noticeByName(callName, [method, encode(codec, value)], noNames);
  }

  noticeBytes(method: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.noticeByName(callName, [method, bytes.subarray(start, end)], noNames);
  }

  relay(
    key: number,
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const args = [command, session, bytes.subarray(start, end)];
    return key === 0
      ? this.noticeByName(callName, args, noNames)
      : this.askByName(key, callName, args, noNames);
  }

  /** Always returns false: the map form has no pushes. */
  push(): boolean {
    return false;
  }

  /** Always returns false: the map form has no pushes. */
  pushMessage(): boolean {
    return false;
  }

  /** Does nothing: the map form cannot cancel. The peer answers, and the answer is dropped. */
  cancel(): void {}

  /** Unpacks one message. Throws {@link IllegalMessageError}. */
  read(bytes: Uint8Array, start: number, end: number): MapMessage {
    return this.#form.read(bytes, start, end);
  }

  dispatch(message: MapMessage, acceptsCalls: boolean): void {
    if (message.type === "ANSWER") this.#onAnswer(message);
    else if (message.type === "ASK") this.#onAsk(message, acceptsCalls);
    else this.#onNotice(message);
  }

  cancelAll(): void {
    for (const call of [...this.#served]) call.cancel();
  }

  #onAnswer(message: MapMessage): void {
    const sink = typeof message.key === "number" ? this.#pending.take(message.key) : undefined;
    if (!sink) {
      this.#options.counters?.add("links.answers.late");
      return;
    }
    try {
      this.#end(sink, message);
    } catch (error) {
      this.counted.error({ err: error }, "answer callback of a call threw");
    }
  }

  #end(sink: AnswerSink, { error, result }: MapMessage): void {
    if (error !== undefined && error !== null) {
      const told = parseError(error);
      sink.failure(errorCodes[told.code], told.reason.slice(0, longestMessageChars), 0);
    } else if (sink instanceof MapFormSink) {
      sink.resolve(result);
    } else {
      const bytes = toBytes(result);
      if (bytes) sink.answer(bytes, 0, bytes.length);
      else {
        this.counted.error({ peer: this.#link.peer }, notBytes);
        sink.failure(errorCodes.INTERNAL, notBytes, 0);
      }
    }
  }

  #onAsk(message: MapMessage, acceptsCalls: boolean): void {
    const call = new MapFormCall(this, message.keyBytes, this.#link, this.#timeoutMs, this.#options);
    this.#served.add(call);
    if (this.#served.size > this.#maxServed) call.refuse("RESOURCE_EXHAUSTED", "too many calls at once");
    else if (this.#outbound.overloaded) call.refuse("RESOURCE_EXHAUSTED", "the link is overloaded");
    else if (!acceptsCalls) call.refuse("UNAVAILABLE", "the link is closing");
    else if (message.name === undefined) call.refuse("INVALID_ARGUMENT", "_name must be text");
    else if (message.args === undefined) call.refuse("INVALID_ARGUMENT", "_args must be an array");
    else if (message.kw === undefined) call.refuse("INVALID_ARGUMENT", "_kw must be a map");
    else {
      try {
        this.#options.handler.onMapForm(message.name, message.args, message.kw, call);
      } catch (error) {
        call.fail(error);
      }
    }
  }

  #onNotice(message: MapMessage): void {
    const { name, args, kw } = message;
    const { handler } = this.#options;
    const { peer } = this.#link;
    if (name === undefined || args === undefined || kw === undefined) {
      this.counted.warn({ peer }, "map-form notice dropped: malformed");
      return;
    }
    try {
      handler.onMapForm(name, args, kw, undefined);
    } catch (error) {
      this.counted.error({ err: error, name, peer }, "map-form notice handler threw");
    }
  }

  /** Sends the answer of a call. Called once for each call, by the call itself. */
  answer(call: MapFormCall, result: unknown): void {
    this.remove(call);
    try {
      if (!this.#send(this.#form.answer(call.key, result))) {
        this.#send(this.#form.failure(call.key, "RESOURCE_EXHAUSTED: the result is too large"));
      }
    } catch (error) {
      this.counted.error({ err: error }, "packing a result failed");
      this.#send(this.#form.failure(call.key, "INTERNAL: the result cannot be packed"));
    }
  }

  failure(call: MapFormCall, code: ErrorCode, reason: string): void {
    this.remove(call);
    this.#send(this.#form.failure(call.key, `${code}: ${reason}`));
  }

  remove(call: MapFormCall): void {
    if (this.#served.delete(call) && this.#served.size === 0) this.onEmpty?.();
  }

  #send(packed: Uint8Array): boolean {
    return this.#outbound.packed(packed);
  }
}

/**
 * A call of a map-form peer that is being served. The peer cannot name a deadline, so the link's default applies: every
 * call is answered.
 */
class MapFormCall implements MapFormResponder, Deadline {
  /** Key of the call, packed as received. */
  readonly key: Uint8Array;
  readonly deadline: number;
  settled = false;
  onCancel: (() => void) | undefined = undefined;
  readonly #side: MapFormSide;
  readonly #options: LinkOptions;
  readonly #handle: DeadlineHandle;

  constructor(side: MapFormSide, key: Uint8Array, link: LinkState, timeoutMs: number, options: LinkOptions) {
    this.#side = side;
    this.key = key;
    this.#options = options;
    this.deadline = link.receivedAt + timeoutMs;
    this.#handle = options.deadlines.add(timeoutMs, this);
  }

  answer(result: unknown): void {
    if (this.#settle()) this.#side.answer(this, result);
  }

  fail(error: unknown): void {
    if (!this.#settle()) return;
    const told = describeFailure(error, this.#side.counted);
    this.#side.failure(this, told.code, told.reason);
  }

  refuse(code: ErrorCode, reason: string): void {
    if (this.#settle()) this.#side.failure(this, code, reason);
  }

  cancel(): void {
    if (!this.#settle()) return;
    this.#side.remove(this);
    this.#cancelled();
  }

  onDeadline(): void {
    if (this.settled) return;
    this.settled = true;
    this.#side.failure(this, "DEADLINE_EXCEEDED", "the handler took too long");
    this.#cancelled();
  }

  #cancelled(): void {
    try {
      this.onCancel?.();
    } catch (error) {
      this.#side.counted.error({ err: error }, "cancel listener of a map-form call threw");
    }
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#options.deadlines.remove(this.#handle);
    return true;
  }
}

/**
 * Reads a map-form error. An error is text, which Photinus begins with the code; other peers may send a map with `code`
 * and `message`.
 */
function parseError(error: unknown): { code: ErrorCode; reason: string } {
  if (typeof error === "object" && error !== null && "message" in error) {
    const code = "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
    return { code: isErrorCode(code) ? code : "UNKNOWN", reason: toText(error.message) };
  }
  const text = toText(error);
  const match = /^([A-Z_]+): ?(.*)$/s.exec(text);
  const code = match?.[1];
  if (code !== undefined && isErrorCode(code)) return { code, reason: match?.[2] ?? "" };
  return { code: "UNKNOWN", reason: text };
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return (
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? inner.toString() : inner)) ?? "an error"
  );
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

function toBytes(result: unknown): Uint8Array | undefined {
  if (result === undefined || result === null) return emptyBytes;
  if (result instanceof Uint8Array) return result;
  return typeof result === "string" ? encoder.encode(result) : undefined;
}
