import type { ErrorCode } from "../../schema/errors.ts";
import { CountedLog } from "../log/counted-log.ts";
import type { Transport } from "../transport/transport.ts";
import type { Decoder, Encoder } from "../wire/codec/codec.ts";
import { Reader } from "../wire/codec/reader.ts";
import type { CallSender } from "./call-sender.ts";
import { type CallOptions, MapFormSink, PromiseSink, startWithSignal } from "./calls/answer-sinks.ts";
import { idle } from "./calls/idle.ts";
import { OutgoingCalls } from "./calls/outgoing-calls.ts";
import { ServedCalls } from "./calls/served-calls.ts";
import {
  type IllegalMessage,
  type PushAddress,
  reservedMethods,
  type Target,
} from "./envelope/message-kinds.ts";
import { Inbound } from "./inbound.ts";
import type { AnswerSink } from "./link-handler.ts";
import { LinkHeartbeat } from "./link-heartbeat.ts";
import type { LinkLimits, LinkOptions, LinkState } from "./link-options.ts";
import { boundTimeout, graceOf, resolveLinkOptions } from "./link-options.ts";
import { MapFormSide } from "./map-form-side.ts";
import { Outbound } from "./outbound.ts";
import { retryAfterMs } from "./retry-after.ts";

/**
 * Two-way RPC over one connection. Either side asks, notifies, relays and pushes. Every call ends in exactly one answer
 * or failure, whatever happens to the peer. Bodies are written straight into the connection's output. The queue, the
 * calls in flight and the calls being served are bounded.
 */
export class Link implements LinkState {
  /** Name of the peer: its address, until the owner of the link knows better. */
  peer: string;
  readonly transport: Transport;
  readonly #options: LinkOptions;
  readonly #limits: Required<LinkLimits>;
  readonly #counted: CountedLog;
  readonly #calls: OutgoingCalls;
  readonly #served: ServedCalls;
  readonly #outbound: Outbound;
  readonly #mapForm: MapFormSide;
  /** Sender of the peer's form: compact, until the peer's first message is in the map form. */
  #sender: CallSender;
  readonly #inbound: Inbound;
  readonly #heartbeat: LinkHeartbeat;
  readonly #reader = new Reader();
  #closed: Promise<void> | undefined;
  #peerEnded = false;

  /** Starts delivery after the constructor has returned. Throws INVALID_ARGUMENT that names a bad option. */
  constructor(transport: Transport, options: LinkOptions) {
    this.transport = transport;
    this.peer = transport.remote;
    const limits = resolveLinkOptions(options);
    this.#options = options;
    this.#limits = limits;
    const counted = options.counted ?? new CountedLog(options.log, options.clock);
    this.#counted = counted;
    this.#calls = new OutgoingCalls({
      deadlines: options.deadlines,
      counted,
      maxPending: limits.maxPending,
      maxFrameBytes: limits.maxFrameBytes,
      tellCancel: (key) => this.#tellCancel(key),
    });
    this.#outbound = new Outbound(transport, limits);
    this.#sender = this.#outbound;
    this.#served = new ServedCalls(this.#outbound, counted, limits.maxPending);
    this.#mapForm = new MapFormSide(this, options, this.#outbound, this.#calls.pending, limits, counted);
    this.#heartbeat = new LinkHeartbeat({
      options,
      limits,
      outbound: this.#outbound,
      speaksCompact: () => this.#inbound.form === "compact",
      onDead: () => this.#onSilence(),
    });
    this.#inbound = new Inbound({
      link: this,
      options,
      counted,
      limits,
      outbound: this.#outbound,
      pending: this.#calls.pending,
      served: this.#served,
      mapForm: this.#mapForm,
      turn: transport.turn,
      heartbeat: this.#heartbeat,
      onMapForm: () => {
        this.#sender = this.#mapForm;
        // The map form has no heartbeat: such a peer may be silent for as long as its connection lasts.
        this.#heartbeat.stop();
      },
      onIllegal: (reason) => this.#onIllegal(reason),
    });
    transport.start({
      onData: (chunk) => {
        this.#heartbeat.heard();
        this.#inbound.push(chunk, options.clock.now());
      },
      onDrain: () => options.handler.onDrain?.(),
      onPeerEnd: () => this.#onPeerEnd(),
      onClose: (reason) => this.#onClose(reason),
    });
  }

  /** False once either side has closed the connection, or the peer has ended its side. */
  get alive(): boolean {
    return !this.transport.closed && !this.#peerEnded;
  }

  /** True once `close` was called: calls of both sides are rejected, calls in flight are finished. */
  get closing(): boolean {
    return this.#closed !== undefined;
  }

  /** True while more than `maxBufferedBytes` are queued: calls and pushes are rejected until `onDrain`. */
  get overloaded(): boolean {
    return this.#outbound.overloaded;
  }

  /** Round-trip time of the last ping, in ms; 0 before the first pong. */
  get roundTripMs(): number {
    return this.#heartbeat.roundTripMs;
  }

  /** Number of calls in flight that this side of the link has sent. */
  get pendingCount(): number {
    return this.#calls.pending.count;
  }

  /** Calls of the peer that are being served. */
  get servedCount(): number {
    return this.#served.count + this.#mapForm.servedCount;
  }

  /** True when the peer's first message was in the map form: asks are translated for the peer. */
  get speaksMapForm(): boolean {
    return this.#inbound.form === "map";
  }

  /** Arrival of the current chunk, on the link's clock. */
  get receivedAt(): number {
    return this.#inbound.receivedAt;
  }

  /** Time on the link's clock, for a call of the current chunk: read once for some calls. */
  get recentAt(): number {
    return this.#inbound.recentAt;
  }

  /**
   * Calls a method. Returns the call's key for `cancel`, or 0 when the call failed at once. Never throws: the sink
   * fails with UNAVAILABLE (no link), DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (queue or table full, message too large) or
   * INVALID_ARGUMENT (the value cannot be encoded). `timeoutMs` 0 means the link's default. A map-form peer receives
   * `callChild(method, body)`.
   */
  ask<T>(
    method: number,
    codec: Encoder<T>,
    value: T,
    timeoutMs: number,
    target: Target,
    sink: AnswerSink,
    trace?: string,
  ): number {
    const ms = boundTimeout(timeoutMs, this.#limits);
    const key = this.#admit(ms, sink);
    if (key === 0) return 0;
    try {
      const sent = this.#sender.ask(key, method, codec, value, ms, target, trace);
      return sent ? key : this.#calls.takeBack(key);
    } catch (error) {
      return this.#calls.takeBack(key, error);
    }
  }

  /** Calls a method as {@link ask} does, with an encoded body; the bytes are copied. */
  askBytes(
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    target: Target,
    sink: AnswerSink,
    trace?: string,
  ): number {
    const ms = boundTimeout(timeoutMs, this.#limits);
    const key = this.#admit(ms, sink);
    if (key === 0) return 0;
    const sent = this.#sender.askBytes(key, method, bytes, start, end, ms, target, trace);
    return sent ? key : this.#calls.takeBack(key);
  }

  /**
   * Calls a method as {@link ask} does, and returns a promise. Rejects with a `PhotinusError`: the peer's own, an error
   * of `ask`, or CANCELLED.
   */
  call<T, R>(
    method: number,
    codec: Encoder<T>,
    value: T,
    reply: Decoder<R>,
    options: CallOptions<R> = {},
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const sink = new PromiseSink(reply, this.#reader, resolve, reject, options);
      const { timeoutMs = 0, target, signal, trace } = options;
      if (signal === undefined) this.ask(method, codec, value, timeoutMs, target, sink, trace);
      else {
        const start = (ending: AnswerSink) =>
          this.ask(method, codec, value, timeoutMs, target, ending, trace);
        startWithSignal(signal, sink, start, (key) => this.cancel(key));
      }
    });
  }

  /**
   * Sends a one-way message. Returns false when the message was not queued. A reserved method (administration) is
   * queued even while the link is overloaded, because a lost "session ended" is never repeated. Throws the codec's
   * error.
   */
  notice<T>(method: number, codec: Encoder<T>, value: T, target: Target, trace?: string): boolean {
    if (!this.#accepts(method >= reservedMethods)) return false;
    return this.#sender.notice(method, codec, value, target, trace);
  }

  /** Sends a one-way message as {@link notice} does, with an encoded body; the bytes are copied. */
  noticeBytes(
    method: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    target: Target,
    trace?: string,
  ): boolean {
    if (!this.#accepts()) return false;
    return this.#sender.noticeBytes(method, bytes, start, end, target, trace);
  }

  /**
   * Forwards a client's message. With a sink the message is a call, as by {@link askBytes}; without, a notify, and the
   * result is 0. A map-form peer receives `callChild(command, session, body)`. `now` is the clock's, read for many.
   */
  relay(
    session: number,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    sink?: AnswerSink,
    trace?: string,
    now?: number,
  ): number {
    const ms = boundTimeout(timeoutMs, this.#limits);
    const key = sink ? this.#admit(ms, sink, now) : 0;
    if (key === 0 && (sink || !this.#accepts())) return 0;
    const sent = this.#sender.relay(key, session, command, bytes, start, end, ms, trace);
    return sent || key === 0 ? key : this.#calls.takeBack(key);
  }

  /**
   * Sends a push. Returns false when the push was not queued: link lost or overloaded, message too large, or a map-form
   * peer.
   */
  push(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#accepts() && this.#sender.push(push, address, bytes, start, end);
  }

  /**
   * Sends a push as {@link push} does, encoding the message into the output. Throws the codec's error, or BodyTooLarge.
   */
  pushMessage<T>(push: number, to: PushAddress, codec: Encoder<T>, value: T, maxBodyBytes?: number): boolean {
    return this.#accepts() && this.#sender.pushMessage(push, to, codec, value, maxBodyBytes);
  }

  /**
   * Cancels a call: its sink fails with `code`, and the callee is notified. Has no effect after the call has ended.
   */
  cancel(key: number, code: ErrorCode = "CANCELLED", reason = "the caller gave up"): void {
    this.#calls.giveUp(key, code, reason);
  }

  /**
   * Calls a map-form peer by name. Rejects with a `PhotinusError`; INVALID_ARGUMENT for a value that cannot be packed.
   */
  callMapForm(
    name: string,
    args: readonly unknown[],
    kw: Record<string, unknown> = {},
    options: { readonly timeoutMs?: number } = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const sink = new MapFormSink(resolve, reject);
      if (this.#inbound.form === "compact") {
        this.#calls.refuse(sink, "FAILED_PRECONDITION", "the peer speaks the compact form");
        return;
      }
      const key = this.#admit(boundTimeout(options.timeoutMs ?? 0, this.#limits), sink);
      if (key === 0) return;
      try {
        if (!this.#mapForm.askByName(key, name, args, kw)) this.#calls.takeBack(key);
      } catch (error) {
        this.#calls.takeBack(key, error);
      }
    });
  }

  /**
   * Sends a one-way message to a map-form peer by name. Returns false when the message was not queued. Throws
   * INVALID_ARGUMENT for a value that cannot be packed.
   */
  noticeMapForm(name: string, args: readonly unknown[], kw: Record<string, unknown> = {}): boolean {
    return this.#inbound.form !== "compact" && this.#accepts() && this.#mapForm.noticeByName(name, args, kw);
  }

  /** Rejects new calls of both sides, waits for calls in flight, flushes the queue, then closes. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void> {
    this.#closed ??= this.#drain(graceOf(options));
    return this.#closed;
  }

  /** Closes at once. Queued bytes are lost, calls in flight fail. Idempotent. */
  destroy(reason = "destroyed"): void {
    this.#inbound.stop();
    this.transport.destroy(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accepts(urgent = false): boolean {
    return this.alive && !this.closing && (urgent || !this.#outbound.overloaded);
  }

  /** Registers a call and returns its key. Returns 0 when the call may not be sent; then the sink has failed. */
  #admit(timeoutMs: number, sink: AnswerSink, now = this.#options.clock.now()): number {
    const calls = this.#calls;
    if (!this.alive) return calls.refuse(sink, "UNAVAILABLE", "the link is closed", retryAfterMs("lost"));
    if (this.closing)
      return calls.refuse(sink, "UNAVAILABLE", "the link is closing", retryAfterMs("stopping"));
    if (!this.#outbound.overloaded) return calls.add(timeoutMs, sink, now);
    return calls.refuse(sink, "RESOURCE_EXHAUSTED", "the link is overloaded", retryAfterMs("busy"));
  }

  #tellCancel(key: number): void {
    if (!this.transport.closed) this.#sender.cancel(key);
  }

  #onSilence(): void {
    this.#options.counters?.add("links.silent");
    this.#counted.warn({ peer: this.peer, link: this.#options.name }, "link closed: the peer was silent");
    this.destroy("the peer was silent for two heartbeat intervals");
  }

  #onIllegal(reason: IllegalMessage): void {
    this.#options.counters?.add(`links.illegal.${reason}`);
    const details = { peer: this.peer, link: this.#options.name, reason };
    this.#counted.warn(details, "link closed: illegal message", reason);
    this.destroy(`illegal message: ${reason}`);
  }

  /**
   * Handles the end of the peer's side. A map-form peer, such as a script that asks and shuts down its side, still gets
   * the answers in flight. Between Photinus processes the end of one side ends the link.
   */
  #onPeerEnd(): boolean {
    this.#peerEnded = true;
    if (!this.speaksMapForm || this.#mapForm.servedCount === 0) return false;
    this.#inbound.stop();
    this.#calls.failAll("the peer ended its side");
    void this.close();
    return true;
  }

  #onClose(reason: string): void {
    this.#inbound.stop();
    this.#heartbeat.stop();
    this.#calls.failAll(reason);
    this.#served.cancelAll();
    this.#mapForm.cancelAll();
    try {
      this.#options.handler.onClose(reason);
    } catch (error) {
      this.#counted.error({ err: error }, "link close handler threw");
    }
    this.#options.onClosed?.(reason);
  }

  async #drain(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    const { pending } = this.#calls;
    const until = clock.now() + graceMs;
    const count = () => pending.count + this.servedCount;
    await idle(clock, graceMs, [pending, this.#served, this.#mapForm], count);
    await this.transport.close({ graceMs: Math.max(until - clock.now(), 0) });
  }
}
