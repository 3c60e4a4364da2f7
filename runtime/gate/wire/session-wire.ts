import type { FailureOutcome } from "../../rpc/envelope/failure-outcome.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { type OutputWatcher, refusalGraceMs, type Transport } from "../../transport/transport.ts";
import type { Encoder } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { control, type FrameFormat } from "../../wire/frame/frame-format.ts";
import { endFrame } from "../../wire/frame/frame-writer.ts";
import { Failure, GoAway, Kick, NodeChange } from "../../wire/generated/photinus/control.ts";
import {
  beginMessage,
  frameOverheadBytes,
  wholeMs,
  writeControl,
} from "../../wire/session/control-messages.ts";
import {
  batchLengthBytes,
  type Kind,
  kind,
  markCompressed,
  nextSequence,
} from "../../wire/session/envelope.ts";
import type { BodyPacker } from "../compression/body-packer.ts";
import type { ClientWire, Gathered } from "../session/gate-session.ts";
import type { FrameSource, MessageWriter, SendWindow } from "../session/send-window.ts";
import type { SharedPush } from "../session/window-store.ts";

/**
 * Returns the `retryAfterMs` of a kick: random, because many clients may be kicked at once and must not reconnect at once. 0 when
 * the client must not reconnect by itself.
 */
export function comeBack(reconnect: boolean): number {
  return reconnect ? retryAfterMs("lost") : 0;
}

/** Writes frames of the session protocol straight into the connection's output. */
export class SessionWire implements ClientWire, MessageWriter, FrameSource, OutputWatcher {
  readonly ordered = false;
  readonly #transport: Transport;
  readonly #format: FrameFormat;
  /** Window of a session that can be resumed. */
  #window: SendWindow | undefined;
  /** Frames in the output that the window needs and does not have yet: one row, whose copy costs less than that of each. */
  #keptFrom = 0;
  #keptEnd = 0;
  #lastPush = 0;
  /** Compresses the bodies of replies and pushes; undefined when the client and the gate have no compression in common. */
  packer: BodyPacker | undefined;
  /** Whether the client reads batches of pushes. */
  takesBatches = false;
  /** Further fields of a kick because of the client's release; set before the kick. */
  upgrade: Pick<Kick, "tooNew" | "minRelease" | "serverRelease" | "change" | "url"> | undefined;

  constructor(transport: Transport, format: FrameFormat) {
    this.#transport = transport;
    this.#format = format;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** Keeps answers and numbered pushes in the session's window, too, from now on. */
  keepIn(window: SendWindow): void {
    this.#window = window;
    window.open(this);
    this.#transport.watcher = this;
  }

  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    const packed = this.packer?.reply(command, bytes, start, end);
    if (packed !== undefined) {
      this.#appendPacked(kind.reply, command, sequence, packed);
      // The window has bodies as they are: the next connection may have another compression.
      this.#window?.add(kind.reply, command, sequence, bytes, start, end);
      return;
    }
    const mark = this.#append(kind.reply, command, sequence, bytes, start, end);
    if (this.#window !== undefined) this.#keepAnswer(mark);
  }

  failure(
    command: number,
    sequence: number,
    code: number,
    message: string,
    retryAfterMs: number,
    how: FailureOutcome,
  ): void {
    const w = this.#transport.output;
    const mark = beginMessage(w, this.#format, kind.error, command, sequence);
    Failure.write(w, Failure.create({ code, message, retryAfterMs: wholeMs(retryAfterMs), outcome: how }));
    endFrame(w, this.#format, mark);
    this.#transport.flushSoon();
    if (this.#window !== undefined) this.#keepAnswer(mark);
  }

  push(
    id: number,
    numbered: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): void {
    const window = this.#window;
    const packed = this.packer?.push(id, bytes, start, end);
    if (packed !== undefined) this.#pushPacked(id, numbered, packed, bytes, start, end, shared);
    else if (!numbered) this.#append(kind.push, id, 0, bytes, start, end);
    else if (window === undefined) {
      this.#lastPush = nextSequence(this.#lastPush);
      this.#append(kind.push, id, this.#lastPush, bytes, start, end);
    } else {
      const number = window.countPush();
      const mark = this.#append(kind.push, id, number, bytes, start, end);
      if (shared === undefined) this.#keep(mark);
      else window.share(shared, number);
    }
  }

  gathered(pushes: Gathered, from: number, until: number, session: number): boolean {
    if (this.packer !== undefined) return false;
    if (this.takesBatches) {
      this.#appendBatches(pushes, from, until, session);
      if (pushes.hasNumbered) this.#countBatched(pushes, from, until, session);
    } else if (!pushes.hasNumbered && pushes.makeFrames(this.#format)) {
      this.#appendFrames(pushes, from, until, session);
    } else return false;
    this.#transport.flushSoon();
    return true;
  }

  /** Copies the frames that were made for all members of a group, without those of pushes that except the session. */
  #appendFrames(pushes: Gathered, from: number, until: number, session: number): void {
    const { frames } = pushes;
    let start = pushes.at(from).frameStart;
    this.#transport.reserve?.(pushes.at(until - 1).frameEnd - start);
    const w = this.#transport.output;
    for (let index = from; index < until; index++) {
      const { except, frameStart, frameEnd } = pushes.at(index);
      if (except !== session) continue;
      if (start < frameStart) w.append(frames, start, frameStart);
      start = frameEnd;
    }
    const end = pushes.at(until - 1).frameEnd;
    if (start < end) w.append(frames, start, end);
  }

  /** Writes a batch for each run of pushes of one id. */
  #appendBatches(pushes: Gathered, from: number, until: number, session: number): void {
    const { bytes } = pushes;
    this.#transport.reserve?.(frameOverheadBytes + pushes.at(until - 1).end - pushes.at(from).start);
    const w = this.#transport.output;
    let id = 0;
    let mark = -1;
    // Bodies in a row are copied together: bytes[start, end).
    let start = 0;
    let end = 0;
    let last = this.#window?.lastPush ?? this.#lastPush;
    for (let index = from; index < until; index++) {
      const push = pushes.at(index);
      if (!push.live || push.except === session) continue;
      const at = push.start - batchLengthBytes;
      const number = push.route.delivery === "reliable" ? nextSequence(last) : 0;
      if (number !== 0) last = number;
      if (push.route.id !== id) {
        if (start < end) w.append(bytes, start, end);
        if (mark >= 0) endFrame(w, this.#format, mark);
        id = push.route.id;
        mark = beginMessage(w, this.#format, kind.batch, id, number);
        start = at;
      } else if (at !== end) {
        w.append(bytes, start, end);
        start = at;
      }
      end = push.end;
    }
    if (mark < 0) return;
    w.append(bytes, start, end);
    endFrame(w, this.#format, mark);
  }

  /** Counts the numbered pushes of batches that were written. The window has each by itself, as a client acknowledges it. */
  #countBatched(pushes: Gathered, from: number, until: number, session: number): void {
    const window = this.#window;
    for (let index = from; index < until; index++) {
      const { live, except, route, start, end } = pushes.at(index);
      if (!live || except === session || route.delivery !== "reliable") continue;
      const number = nextSequence(window?.lastPush ?? this.#lastPush);
      const shared = window && pushes.sharedAt(index);
      if (window === undefined) this.#lastPush = number;
      else if (shared === undefined) window.add(kind.push, route.id, number, pushes.bytes, start, end);
      else window.share(shared, window.countPush());
    }
  }

  /** Sends a push whose body was compressed; the window has the body as it is. */
  #pushPacked(
    id: number,
    numbered: boolean,
    packed: Uint8Array,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared: SharedPush | undefined,
  ): void {
    const window = this.#window;
    const last = window?.lastPush ?? this.#lastPush;
    const number = numbered ? nextSequence(last) : 0;
    this.#appendPacked(kind.push, id, number, packed);
    if (!numbered) return;
    if (window === undefined) this.#lastPush = number;
    else if (shared === undefined) window.add(kind.push, id, number, bytes, start, end);
    else window.share(shared, window.countPush());
  }

  /** Writes a control message. */
  control<T>(command: number, codec: Encoder<T>, message: T): void {
    writeControl(this.#transport.output, this.#format, command, codec, message);
    this.#transport.flushSoon();
  }

  goAway(address: string, graceMs: number, resumeToken = emptyBytes): void {
    this.control(control.goAway, GoAway, { address, graceMs: wholeMs(graceMs), resumeToken });
  }

  nodeChanged(change: NodeChange): void {
    this.control(control.nodeChange, NodeChange, change);
  }

  kick(
    code: number,
    reason: string,
    reconnect: boolean,
    violation: boolean,
    retryAfterMs = comeBack(reconnect),
  ): void {
    this.control(control.kick, Kick, Kick.create({ code, reason, reconnect, retryAfterMs, ...this.upgrade }));
    void this.#transport.close({ graceMs: refusalGraceMs, violation });
  }

  /** Writes an answer or push that the window has already. */
  write(of: Kind, command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void {
    this.#append(of, command, sequence, bytes, start, end);
  }

  settle(): void {
    const from = this.#keptFrom;
    const end = this.#keptEnd;
    if (from === end) return;
    this.#keptFrom = end;
    this.#window?.keep(this.#transport.output.bytes, from, end);
  }

  beforeFlush(): void {
    this.settle();
    this.#keptFrom = 0;
    this.#keptEnd = 0;
  }

  #keepAnswer(mark: number): void {
    this.#window?.countAnswer();
    this.#keep(mark);
  }

  /** Keeps the frame that begins at the mark. Frames in a row enter the window together. */
  #keep(mark: number): void {
    if (mark !== this.#keptEnd) {
      this.settle();
      this.#keptFrom = mark;
    }
    this.#keptEnd = this.#transport.output.position;
  }

  /** Writes a frame with a compressed body. */
  #appendPacked(of: Kind, command: number, sequence: number, packed: Uint8Array): void {
    const w = this.#transport.output;
    const mark = beginMessage(w, this.#format, of, command, sequence);
    markCompressed(w);
    w.append(packed);
    endFrame(w, this.#format, mark);
    this.#transport.flushSoon();
  }

  /** Writes a frame, with its body copied into the output. Returns where the frame begins. */
  #append(
    of: Kind,
    command: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const w = this.#transport.output;
    const mark = beginMessage(w, this.#format, of, command, sequence);
    w.append(bytes, start, end);
    endFrame(w, this.#format, mark);
    this.#transport.flushSoon();
    return mark;
  }
}
