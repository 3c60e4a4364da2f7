import { kind } from "../../../../runtime/wire/session/envelope.ts";
import {
  ackBytes,
  ackFrame,
  ackRoom,
  bodyAt,
  byeFrame,
  envelopeAt,
  opening,
  payloads,
  requestFrame,
} from "./requests.ts";
import type { FrameSocket } from "./socket.ts";

const framesInBuffer = 1_024;
const nothing = Buffer.alloc(0);
/** Answers of a connection whose bytes are compared with what was sent; of all others kind and order are checked. */
const comparedCount = 1_024;

/** Keeps requests in flight on one connection. Replies must come in order, which on one lane of one node they do. */
export class Stream {
  /** Replies since `reset`. */
  done = 0;
  readonly #socket: FrameSocket;
  readonly #frame: Uint8Array;
  /** Body of each request, and of its answer. */
  readonly #body: Uint8Array;
  /** Kind of the answers: reply, or the kind of the request when the server sends back what it gets. */
  readonly #answerKind: number;
  readonly #canResume: boolean;
  /** Bytes received since the last Ack. */
  #unacknowledged = 0;
  /** Buffers that hold request frames throughout, behind room for an Ack, but for the sequence numbers; in use until they are written. */
  readonly #buffers: Buffer[] = [];
  #rest: Buffer = nothing;
  #sent = 1;
  #answered = 1;
  #inFlight = 0;
  #timed = false;
  #sentAt = 0;
  #times: number[] = [];
  #joined: (() => void) | undefined;
  #finished: (() => void) | undefined;

  /** @param canResume opens a session that can be resumed, and acknowledges answers as such a client does */
  constructor(socket: FrameSocket, command: "echo" | "step", answers: "reply" | "same", canResume = false) {
    this.#socket = socket;
    this.#canResume = canResume;
    this.#frame = requestFrame(command);
    this.#body = payloads[command];
    this.#answerKind = answers === "reply" ? kind.reply : this.#frame[envelopeAt]!;
    socket.onChunk = (chunk) => this.#onChunk(chunk);
    socket.onEnd = (why) => {
      throw new Error(`lost the connection: ${why}`);
    };
  }

  /** Opens a session and binds it to a user. */
  join(user: bigint): Promise<void> {
    this.#sent = 2;
    this.#socket.write(opening(user, this.#canResume), () => {});
    return new Promise((resolve) => {
      this.#joined = resolve;
    });
  }

  /** Replies of all time. */
  get calls(): number {
    return this.#answered - 1;
  }

  keep(inFlight: number, timed: boolean): void {
    this.#timed = timed;
    this.#inFlight = inFlight;
    this.#send(inFlight);
  }

  reset(): void {
    this.done = 0;
    this.#times = [];
  }

  /** Times from a request to its reply since `reset`, in microseconds. */
  timesUs(): number[] {
    return this.#times.map((ms) => ms * 1_000);
  }

  /** Sends no more, and waits for what is out. */
  finish(): Promise<void> {
    this.#inFlight = 0;
    this.#socket.onEnd = () => {};
    if (this.#answered === this.#sent) return Promise.resolve();
    return new Promise((resolve) => {
      this.#finished = resolve;
    });
  }

  /** Ends the session, so that nobody waits for its client. */
  close(): void {
    if (this.#canResume) this.#socket.write(byeFrame(), () => this.#socket.close());
    else this.#socket.close();
  }

  /** Whether this many received bytes are reason for an Ack of all answers so far. */
  #acknowledges(bytes: number): boolean {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < ackBytes) return false;
    this.#unacknowledged = 0;
    return true;
  }

  /** Sends requests, with an Ack in front in the same write, as a client does that writes once in a tick. */
  #send(count: number, acknowledges = false): void {
    const size = this.#frame.length;
    const buffer = this.#buffers.pop() ?? this.#filled();
    for (let n = 0, at = ackRoom + envelopeAt + 1; n < count; n++, at += size) {
      const sequence = this.#sent++;
      buffer[at] = sequence >>> 24;
      buffer[at + 1] = sequence >>> 16;
      buffer[at + 2] = sequence >>> 8;
      buffer[at + 3] = sequence;
    }
    if (this.#timed) this.#sentAt = performance.now();
    let from = ackRoom;
    if (acknowledges) {
      const ack = ackFrame(0, this.calls);
      from -= ack.length;
      buffer.set(ack, from);
    }
    this.#socket.write(buffer.subarray(from, ackRoom + count * size), () => this.#buffers.push(buffer));
  }

  #filled(): Buffer {
    const buffer = Buffer.allocUnsafeSlow(ackRoom + framesInBuffer * this.#frame.length);
    for (let at = ackRoom; at < buffer.length; at += this.#frame.length) buffer.set(this.#frame, at);
    return buffer;
  }

  #onChunk(data: Uint8Array): void {
    const chunk = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    let at = 0;
    let answers = 0;
    while (chunk.length - at >= envelopeAt) {
      const end = at + 13 + uint32(chunk, at + 9);
      if (end > chunk.length) break;
      if (this.#joined === undefined) {
        if (this.#answered <= comparedCount) this.#compare(chunk, at, end);
        this.#check(chunk, at + envelopeAt);
        answers++;
      } else this.#onOpening(chunk, at + envelopeAt);
      at = end;
    }
    // The chunk is the socket's own, and the next one will be read into it.
    this.#rest = at < chunk.length ? Buffer.from(chunk.subarray(at)) : nothing;
    if (answers === 0) return;
    this.done += answers;
    if (this.#timed) this.#times.push(performance.now() - this.#sentAt);
    const acknowledges = this.#canResume && this.#acknowledges(data.length);
    if (this.#inFlight > 0) this.#send(answers, acknowledges);
    else if (this.#answered === this.#sent) this.#finished?.();
  }

  /** Flags of an answer may put something in front of its body. */
  #compare(bytes: Uint8Array, start: number, end: number): void {
    const from = end - this.#body.length;
    if (from < start + bodyAt || Buffer.compare(bytes.subarray(from, end), this.#body) !== 0)
      throw new Error("an answer is not what was sent");
  }

  #check(bytes: Uint8Array, at: number): void {
    if (bytes[at] !== this.#answerKind) throw new Error(`an answer of kind ${bytes[at]}`);
    if (uint32(bytes, at + 1) !== this.#answered++) throw new Error("an answer out of turn");
  }

  /** Welcome, and the answer to `join`. */
  #onOpening(bytes: Uint8Array, at: number): void {
    if (bytes[at] === kind.control) return;
    this.#check(bytes, at);
    this.#joined?.();
    this.#joined = undefined;
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
