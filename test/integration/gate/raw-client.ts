import type { Transport, TransportHandler } from "../../../runtime/transport/transport.ts";
import { expandBody } from "../../../runtime/transport/zlib-bodies.ts";
import { type Codec, decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder, type FrameSink } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import {
  Authenticate,
  Authenticated,
  Cancel,
  Compression,
  Failure,
  GoAway,
  Hello,
  Kick,
  Ping,
  Queued,
  Welcome,
} from "../../../runtime/wire/generated/photinus/control.ts";
import {
  Envelope,
  type Kind,
  kind,
  readEnvelope,
  writeEnvelope,
  writeRequestEnvelope,
} from "../../../runtime/wire/session/envelope.ts";

export interface Received {
  readonly id: number;
  readonly sequence: number;
  readonly body: Uint8Array;
  /** Whether the body was compressed on the wire. */
  readonly compressed: boolean;
}

/** A client made of frames alone, which does nothing by itself: no heartbeat, no reconnect. */
export class RawClient implements TransportHandler, FrameSink {
  readonly transport: Transport;
  readonly pushes: Received[] = [];
  readonly replies: Received[] = [];
  welcome: Welcome | undefined;
  kicked: Kick | undefined;
  /** Places in the login queue so far. */
  readonly places: number[] = [];
  /** Batches of pushes so far, and whether the client takes them. */
  batches = 0;
  takesBatches = false;
  pings = 0;
  pongs = 0;
  goAways = 0;
  goAway: GoAway | undefined;
  readonly authenticated: Authenticated[] = [];
  /** Answers so far, also those that no request waits for. */
  answerCount = 0;
  /** Called for each answer and push. */
  onMessage: (of: Kind, message: Received) => void = () => {};
  readonly closed: Promise<string>;
  readonly #decoder = new FrameDecoder({ format, maxFrameBytes: 1 << 24, protoVersions: [1] }, this);
  readonly #waiting = new Map<number, (answer: Uint8Array | Failure) => void>();
  #onClosed: (reason: string) => void = () => {};
  #changed: (() => void)[] = [];
  #sequence = 0;

  constructor(transport: Transport) {
    this.transport = transport;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    transport.start(this);
  }

  /** Says hello and waits for the welcome (or the end). */
  async open(hello: Partial<Hello> = {}): Promise<this> {
    this.takesBatches = hello.takesBatches ?? false;
    this.control(control.hello, Hello, Hello.create(hello));
    await Promise.race([this.until(() => this.welcome !== undefined), this.closed]);
    return this;
  }

  control<T>(command: number, codec: Codec<T>, message: T): void {
    this.#frame(command, () => {
      writeEnvelope(this.transport.output, kind.control, 0);
      codec.write(this.transport.output, message);
    });
  }

  /** Resolves with the reply's body, or with the failure. Numbers count up from the last one. */
  request(
    command: number,
    body: Uint8Array,
    timeoutMs?: number,
    sequence = this.#sequence + 1,
  ): Promise<Uint8Array | Failure> {
    this.#sequence = sequence;
    this.#frame(command, () => {
      if (timeoutMs === undefined) writeEnvelope(this.transport.output, kind.request, sequence);
      else writeRequestEnvelope(this.transport.output, sequence, timeoutMs);
      this.transport.output.append(body);
    });
    return new Promise((resolve) => this.#waiting.set(sequence, resolve));
  }

  /** Resolves with the answer as text; with its code for an error. */
  async ask(command: number, body: string | Uint8Array = ""): Promise<string> {
    const answer = await this.request(command, typeof body === "string" ? text(body) : body);
    return answer instanceof Uint8Array ? new TextDecoder().decode(answer) : `error ${answer.code}`;
  }

  /** Sends a frame with this payload, legal or not. */
  send(command: number, payload: Uint8Array): void {
    this.#frame(command, () => this.transport.output.append(payload));
  }

  notify(command: number, body: string | Uint8Array): void {
    this.#frame(command, () => {
      writeEnvelope(this.transport.output, kind.notify, 0);
      this.transport.output.append(typeof body === "string" ? text(body) : body);
    });
  }

  cancelLast(): void {
    this.control(control.cancel, Cancel, { sequence: this.#sequence });
  }

  ping(): void {
    this.control(control.ping, Ping, { sentMs: 1 });
  }

  /** Brings a fresh ticket. Resolves with the answer. */
  async authenticate(ticket: string): Promise<Authenticated> {
    const index = this.authenticated.length;
    this.control(control.authenticate, Authenticate, { ticket: text(ticket) });
    await Promise.race([this.until(() => this.authenticated.length > index), this.closed]);
    return this.authenticated[index]!;
  }

  /** Resolves as soon as something that came makes it true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  onData(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    this.#wake();
  }

  onDrain(): void {}

  onClose(reason: string): void {
    this.#onClosed(reason);
    this.#wake();
  }

  onIllegal(reason: string): void {
    throw new Error(`the gate sent an illegal frame: ${reason}`);
  }

  onFrame(id: number, _version: number, bytes: Uint8Array, start: number, end: number): void {
    const envelope = new Envelope();
    const compression = this.welcome?.compression ?? Compression.UNCOMPRESSED;
    const illegal = readEnvelope(bytes, start, end, envelope, compression > 0);
    if (illegal !== undefined) throw new Error(`the gate sent an illegal envelope: ${illegal}`);
    const { sequence, bodyStart, compressed } = envelope;
    const body = compressed
      ? expandBody(compression, bytes, bodyStart, end, 1 << 24)
      : bytes.slice(bodyStart, end);
    if (typeof body === "string") throw new Error(`the gate sent an illegal body: ${body}`);
    if (envelope.kind === kind.reply || envelope.kind === kind.error) this.answerCount++;
    if (envelope.kind === kind.batch) {
      this.#onBatch(id, sequence, body);
      return;
    }
    if (envelope.kind !== kind.control) this.onMessage(envelope.kind, { id, sequence, body, compressed });
    if (envelope.kind === kind.push) this.pushes.push({ id, sequence, body, compressed });
    else if (envelope.kind === kind.control) this.#onControl(id, body);
    else {
      const resolve = this.#waiting.get(sequence);
      this.#waiting.delete(sequence);
      if (envelope.kind === kind.reply) this.replies.push({ id, sequence, body, compressed });
      resolve?.(envelope.kind === kind.reply ? body : decode(Failure, body));
    }
  }

  /** Takes the pushes of a batch, as if each had come by itself. */
  #onBatch(id: number, sequence: number, body: Uint8Array): void {
    if (!this.takesBatches) throw new Error("the gate sent a batch, which the client has not asked for");
    this.batches++;
    for (let at = 0, number = sequence; at < body.length; number += sequence === 0 ? 0 : 1) {
      const end = at + 2 + body[at]! * 256 + body[at + 1]!;
      if (end > body.length) throw new Error("the gate sent a batch that ends within a push");
      const push = { id, sequence: number, body: body.slice(at + 2, end), compressed: false };
      this.onMessage(kind.push, push);
      this.pushes.push(push);
      at = end;
    }
  }

  #onControl(id: number, body: Uint8Array): void {
    if (id === control.welcome) this.welcome = decode(Welcome, body);
    else if (id === control.kick) this.kicked = decode(Kick, body);
    else if (id === control.queued) this.places.push(decode(Queued, body).position);
    else if (id === control.ping) this.pings++;
    else if (id === control.pong) this.pongs++;
    else if (id === control.authenticated) this.authenticated.push(decode(Authenticated, body));
    else if (id === control.goAway) {
      this.goAways++;
      this.goAway = decode(GoAway, body);
    }
  }

  #frame(command: number, payload: () => void): void {
    const mark = beginFrame(this.transport.output, format, 1, command);
    payload();
    endFrame(this.transport.output, format, mark);
    this.transport.flushSoon();
  }

  #wake(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
