import type { Deadline, DeadlineHandle } from "../../clock/deadlines.ts";
import { Writer } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import { endFrame } from "../../wire/frame/frame-writer.ts";
import { beginMessage } from "../../wire/session/control-messages.ts";
import { batchLengthBytes, kind, longestBatched } from "../../wire/session/envelope.ts";
import type { GateSession, Gathered, GatheredPush, Group } from "../session/gate-session.ts";
import type { SharedPush } from "../session/window-store.ts";
import type { Subject } from "./latest-pushes.ts";
import { sharedPush } from "./push-delivery.ts";
import type { PushRoute } from "./push-route.ts";

/** Buffer that is kept between two ticks, at most, in bytes. */
const keptBytes = 65_536;
/** Subjects that are remembered from one tick to the next, at most. */
const keptSubjects = 1_024;
/** Pushes whose objects are kept from one tick to the next, at most. */
const keptPushes = 256;

/** Sends what is gathered. */
export interface GatherOwner {
  send(session: GateSession): void;
  flush(gathered: GatheredPushes): void;
  drop(gathered: GatheredPushes): void;
}

/**
 * Pushes to one group that wait for its tick. Each member gets them in one go: the frames are made once, and each member's output takes a
 * copy, without the pushes that except the member.
 */
export class GatheredPushes implements Deadline, Gathered {
  readonly #owner: GatherOwner;
  group: Group | undefined;
  handle: DeadlineHandle = 0;
  /** When the group is due, in ms of the gate's clock. */
  dueMs = 0;
  /** Shortest tick of the pushes, in ms. */
  tickMs = 0;
  count = 0;
  /** Whether each push has to be sent by itself: a long one fits in no batch. */
  isSingle = false;
  hasNumbered = false;
  readonly #bodies = new Writer(0);
  readonly #frames = new Writer(0);
  #format: FrameFormat | undefined;
  readonly #pushes: GatheredPush[] = [];
  /** Position of the newest push of each subject. What is left of earlier ticks is found out by its push. */
  readonly #newest = new Map<PushRoute, Map<Subject, number>>();
  #subjectCount = 0;
  /** Members that have got the first pushes already, or joined after them, with the number of those. */
  #ahead: Map<GateSession, number> | undefined;

  constructor(owner: GatherOwner) {
    this.#owner = owner;
  }

  get bytes(): Uint8Array {
    return this.#bodies.bytes;
  }

  /** Bytes of all bodies, each with its length in front. */
  get size(): number {
    return this.#bodies.position;
  }

  get frames(): Uint8Array {
    return this.#frames.bytes;
  }

  at(index: number): GatheredPush {
    return this.#pushes[index]!;
  }

  /** Adds a push. Returns whether it takes the place of an older one of its subject. */
  add(
    route: PushRoute,
    from: string,
    except: number,
    order: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const index = this.count++;
    const bodyStart = this.#append(bytes, start, end);
    const subject = route.key?.(bytes, start, end);
    const push = this.#pushes[index];
    if (push === undefined) {
      const made = { start: bodyStart, end: this.size, frameStart: 0, frameEnd: 0, live: true };
      this.#pushes.push({ route, from, except, order, subject, shared: undefined, ...made });
    } else {
      push.route = route;
      push.from = from;
      push.except = except;
      push.order = order;
      push.subject = subject;
      push.start = bodyStart;
      push.end = this.size;
      push.live = true;
    }
    this.#format = undefined;
    if (route.delivery === "reliable") this.hasNumbered = true;
    if (end - start > longestBatched) this.isSingle = true;
    return route.delivery === "latest" && this.#conflate(route, index, subject);
  }

  sharedAt(index: number): SharedPush | undefined {
    const push = this.#pushes[index]!;
    push.shared ??= sharedPush(push.route, this.group?.members.size ?? 0, this.bytes, push.start, push.end);
    return push.shared;
  }

  waitsFor(session: GateSession): boolean {
    return this.seenBy(session) < this.count;
  }

  /** Index of the first push that a member has not got. */
  seenBy(session: GateSession): number {
    return this.#ahead?.get(session) ?? 0;
  }

  skip(session: GateSession): void {
    this.sawUntil(session, this.count);
  }

  /** Notes that a member has got the pushes before this index. */
  sawUntil(session: GateSession, index: number): void {
    this.#ahead ??= new Map();
    this.#ahead.set(session, index);
  }

  forget(session: GateSession): void {
    this.#ahead?.delete(session);
  }

  sendTo(session: GateSession): void {
    this.#owner.send(session);
  }

  flush(): void {
    this.#owner.flush(this);
  }

  drop(): void {
    this.#owner.drop(this);
  }

  makeFrames(format: FrameFormat): boolean {
    if (this.#format !== undefined) return this.#format === format;
    this.#format = format;
    const w = this.#frames;
    w.position = 0;
    for (let index = 0; index < this.count; index++) {
      const push = this.#pushes[index]!;
      push.frameStart = w.position;
      if (push.live) {
        const mark = beginMessage(w, format, kind.push, push.route.id, 0);
        w.append(this.#bodies.bytes, push.start, push.end);
        endFrame(w, format, mark);
      }
      push.frameEnd = w.position;
    }
    return true;
  }

  /** Empties the list for its next group. */
  clear(): void {
    if (this.hasNumbered) for (let index = 0; index < this.count; index++) this.at(index).shared = undefined;
    this.group = undefined;
    this.handle = 0;
    this.count = 0;
    this.isSingle = false;
    this.hasNumbered = false;
    this.#ahead = undefined;
    this.#format = undefined;
    if (this.#pushes.length > keptPushes) this.#pushes.length = keptPushes;
    for (const w of [this.#bodies, this.#frames]) {
      w.position = 0;
      if (w.bytes.length > keptBytes) w.bytes = emptyBytes;
    }
    if (this.#subjectCount > keptSubjects) {
      this.#newest.clear();
      this.#subjectCount = 0;
    }
  }

  onDeadline(): void {
    this.handle = 0;
    this.flush();
  }

  /** Appends a body with its length in front. Returns where the body begins. */
  #append(bytes: Uint8Array, start: number, end: number): number {
    const w = this.#bodies;
    w.ensure(batchLengthBytes);
    const at = w.position;
    w.bytes[at] = (end - start) >>> 8;
    w.bytes[at + 1] = end - start;
    w.position = at + batchLengthBytes;
    w.append(bytes, start, end);
    return at + batchLengthBytes;
  }

  /** Drops the older push of the subject, unless somebody gets only that one. */
  #conflate(route: PushRoute, index: number, subject: Subject): boolean {
    let newest = this.#newest.get(route);
    if (newest === undefined) {
      newest = new Map();
      this.#newest.set(route, newest);
    }
    const at = newest.get(subject);
    newest.set(subject, index);
    if (at === undefined) this.#subjectCount++;
    if (at === undefined || at >= index) return false;
    const older = this.#pushes[at]!;
    const push = this.#pushes[index]!;
    if (!older.live || older.route !== route || older.subject !== subject) return false;
    if (older.except !== push.except || older.from !== push.from) return false;
    older.live = false;
    return true;
  }
}
