import { setTimeout as sleep } from "node:timers/promises";
import { dial } from "../../../clients/typescript/src/node/index.ts";
import { PlatformClock } from "../../../runtime/clock/clock.ts";
import type { Transport, TransportHandler } from "../../../runtime/transport/transport.ts";
import { type Codec, decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder, type FrameSink } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import {
  Ack,
  Bye,
  Cancel,
  Failure,
  Hello,
  Kick,
  Ping,
  Welcome,
} from "../../../runtime/wire/generated/photinus/control.ts";
import { Envelope, kind, readEnvelope, writeEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { errorCodeOf, fail, outcomeWords } from "../../../schema/errors.ts";
import type { ChaosClient, StateChange } from "./chaos-client.ts";

const connectTimeoutMs = 800;
const longestPauseMs = 60;

interface Waiting {
  readonly command: number;
  readonly body: Uint8Array;
  isSent: boolean;
  resolve(body: Uint8Array): void;
  reject(error: Error): void;
}

/**
 * A client of section 3.9 of the protocol's document, and no more: what the SDK does is compared with it. It shares frames and messages
 * with the SDK, and none of its state.
 */
export class PlainConnection implements ChaosClient {
  state: "open" | "reconnecting" | "closed" = "reconnecting";
  session = "";
  notesLost = 0;
  strays = 0;
  readonly #dial: (signal: AbortSignal) => Promise<Transport>;
  readonly #random: () => number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pushListeners = new Map<number, (body: Uint8Array) => void>();
  readonly #stateListeners: ((change: StateChange) => void)[] = [];
  #channel: Channel | undefined;
  #token: Uint8Array = new Uint8Array();
  #lastPush = 0;
  #answerCount = 0;
  #sequence = 0;
  #notes = 0;

  constructor(dial: (signal: AbortSignal) => Promise<Transport>, random: () => number) {
    this.#dial = dial;
    this.#random = random;
  }

  /** Resolves after the first welcome. */
  async open(): Promise<this> {
    void this.#keepOpen();
    while (this.session === "") await sleep(2);
    return this;
  }

  request(command: number, body: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Uint8Array> {
    const sequence = ++this.#sequence;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        this.#waiting.delete(sequence);
      };
      const waiting: Waiting = {
        command,
        body,
        isSent: false,
        resolve: (reply) => {
          end();
          resolve(reply);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const giveUp = (code: "DEADLINE_EXCEEDED" | "CANCELLED"): void => {
        this.#channel?.control(control.cancel, Cancel, { sequence });
        waiting.reject(fail(code, "given up", { outcome: waiting.isSent ? "may have run" : "not sent" }));
      };
      const onAbort = (): void => giveUp("CANCELLED");
      const timer = setTimeout(() => giveUp("DEADLINE_EXCEEDED"), timeoutMs);
      signal?.addEventListener("abort", onAbort);
      this.#waiting.set(sequence, waiting);
      this.#send(sequence, waiting);
    });
  }

  notify(command: number, body: Uint8Array): boolean {
    const channel = this.#channel;
    if (this.state !== "open" || channel === undefined) return false;
    this.#notes++;
    channel.message(kind.notify, command, 0, body);
    return true;
  }

  onPush(id: number, listener: (body: Uint8Array) => void): void {
    this.#pushListeners.set(id, listener);
  }

  onState(listener: (change: StateChange) => void): void {
    this.#stateListeners.push(listener);
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.#channel?.control(control.bye, Bye, {});
    await sleep(20);
    this.destroy();
  }

  destroy(): void {
    this.state = "closed";
    this.#channel?.transport.destroy();
  }

  /** Opens one channel after another, until the connection is closed. */
  async #keepOpen(): Promise<void> {
    while (this.state !== "closed") {
      const timeout = AbortSignal.timeout(connectTimeoutMs);
      const transport = await this.#dial(timeout).catch(() => undefined);
      if (transport !== undefined) await this.#use(new Channel(transport, timeout));
      await sleep(5 + this.#random() * longestPauseMs);
    }
  }

  async #use(channel: Channel): Promise<void> {
    channel.onWelcome = (welcome) => this.#welcomed(channel, welcome);
    channel.onMessage = (of, id, sequence, body) => this.#received(of, id, sequence, body);
    channel.ack = () => ({ push: this.#lastPush, answerCount: this.#answerCount });
    const { reconnect } = await channel.run({
      canResume: true,
      resumeToken: this.#token,
      lastPush: this.#lastPush,
      answerCount: this.#answerCount,
    });
    this.#channel = undefined;
    if (!reconnect) this.state = "closed";
    if (this.state === "open") this.state = "reconnecting";
  }

  #welcomed(channel: Channel, welcome: Welcome): void {
    const isFirst = this.session === "";
    const { resumed, lastRequest, notifyCount } = welcome;
    this.#channel = channel;
    this.#token = welcome.resumeToken;
    this.session = welcome.session;
    this.state = "open";
    channel.control(control.ack, Ack, channel.ack());
    if (resumed) {
      this.notesLost += this.#notes - notifyCount;
      this.#notes = notifyCount;
    } else {
      this.#lastPush = 0;
      this.#answerCount = 0;
      this.#notes = 0;
      this.#sequence = 0;
      const lost = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { isSent, reject } of lost) {
        reject(fail("UNAVAILABLE", "refused", { outcome: isSent ? "may have run" : "not sent" }));
      }
    }
    // The document allows both: the server ignores requests that have arrived.
    const sendsAll = this.#random() < 0.5;
    for (const [sequence, waiting] of this.#waiting) {
      if (sendsAll || sequence > lastRequest) this.#send(sequence, waiting);
    }
    if (!isFirst) for (const listener of this.#stateListeners) listener({ resumed });
  }

  #send(sequence: number, waiting: Waiting): void {
    if (this.state !== "open" || this.#channel === undefined) return;
    waiting.isSent = true;
    this.#channel.message(kind.request, waiting.command, sequence, waiting.body);
  }

  #received(of: number, id: number, sequence: number, body: Uint8Array): void {
    if (of === kind.push) {
      // Gaps and repeats are delivered, so that the checker finds them.
      if (sequence !== 0 && sequence <= this.#lastPush) this.strays++;
      if (sequence !== 0) this.#lastPush = sequence;
      this.#pushListeners.get(id)?.(body);
      return;
    }
    this.#answerCount++;
    const waiting = this.#waiting.get(sequence);
    if (waiting === undefined) this.strays++;
    if (of === kind.reply) waiting?.resolve(body);
    else {
      const { code, message, outcome } = decode(Failure, body);
      waiting?.reject(fail(errorCodeOf(code), message, { outcome: outcomeWords[outcome] }));
    }
  }
}

/** Opens a plain connection. Each attempt asks for its address. */
export function openPlain(address: () => string, random: () => number): Promise<PlainConnection> {
  const options = { clock: new PlatformClock() };
  return new PlainConnection((signal) => dial(address(), { ...options, signal }), random).open();
}

/** One transport of a plain connection. */
class Channel implements TransportHandler, FrameSink {
  readonly transport: Transport;
  onWelcome: (welcome: Welcome) => void = () => {};
  onMessage: (of: number, id: number, sequence: number, body: Uint8Array) => void = () => {};
  ack: () => Ack = () => ({ push: 0, answerCount: 0 });
  readonly #timeout: AbortSignal;
  readonly #decoder = new FrameDecoder({ format, maxFrameBytes: 1 << 24, protoVersions: [1] }, this);
  #heartbeat: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #reconnect = true;
  #onGone: () => void = () => {};

  constructor(transport: Transport, timeout: AbortSignal) {
    this.transport = transport;
    this.#timeout = timeout;
  }

  /** Resolves when the transport has closed. */
  async run(hello: Partial<Hello>): Promise<{ reconnect: boolean }> {
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
    const giveUp = (): void => {
      if (this.#heartbeat === undefined) this.transport.destroy("no welcome in time");
    };
    if (this.#timeout.aborted) giveUp();
    this.#timeout.addEventListener("abort", giveUp);
    this.transport.start(this);
    this.control(control.hello, Hello, Hello.create(hello));
    await gone;
    clearInterval(this.#heartbeat);
    return { reconnect: this.#reconnect };
  }

  control<T>(command: number, codec: Codec<T>, message: T): void {
    const mark = beginFrame(this.transport.output, format, 1, command);
    writeEnvelope(this.transport.output, kind.control, 0);
    codec.write(this.transport.output, message);
    this.#end(mark);
  }

  message(
    of: typeof kind.request | typeof kind.notify,
    command: number,
    sequence: number,
    body: Uint8Array,
  ): void {
    const mark = beginFrame(this.transport.output, format, 1, command);
    writeEnvelope(this.transport.output, of, sequence);
    this.transport.output.append(body);
    this.#end(mark);
  }

  onData(chunk: Uint8Array): void {
    this.#heardAt = performance.now();
    this.#decoder.push(chunk);
  }

  onDrain(): void {}

  onClose(): void {
    this.#onGone();
  }

  onIllegal(reason: string): void {
    throw new Error(`the gate sent an illegal frame: ${reason}`);
  }

  onFrame(id: number, _version: number, bytes: Uint8Array, start: number, end: number): void {
    const envelope = new Envelope();
    const illegal = readEnvelope(bytes, start, end, envelope);
    if (illegal !== undefined) throw new Error(`the gate sent an illegal envelope: ${illegal}`);
    const body = bytes.slice(envelope.bodyStart, end);
    if (envelope.kind !== kind.control) this.onMessage(envelope.kind, id, envelope.sequence, body);
    else if (id === control.welcome) this.#welcomed(decode(Welcome, body));
    else if (id === control.kick) this.#reconnect = decode(Kick, body).reconnect;
    else if (id === control.ping) this.control(control.pong, Ping, decode(Ping, body));
  }

  #welcomed(welcome: Welcome): void {
    const { heartbeatMs } = welcome;
    this.#heartbeat = setInterval(() => {
      if (performance.now() - this.#heardAt > 2 * heartbeatMs) this.transport.destroy("silent");
      this.control(control.ping, Ping, { sentMs: performance.now() });
      this.control(control.ack, Ack, this.ack());
    }, heartbeatMs);
    this.onWelcome(welcome);
  }

  #end(mark: number): void {
    endFrame(this.transport.output, format, mark);
    this.transport.flushSoon();
  }
}
