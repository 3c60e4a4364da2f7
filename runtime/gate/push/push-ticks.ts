import { fnvOfText } from "../../../schema/fnv.ts";
import { Deadlines } from "../../clock/deadlines.ts";
import { frameOverheadBytes } from "../../wire/session/control-messages.ts";
import { batchLengthBytes } from "../../wire/session/envelope.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import { type GateSession, type Group, sendGathered } from "../session/gate-session.ts";
import { GatheredPushes, type GatherOwner } from "./gathered-pushes.ts";
import type { PushDelivery } from "./push-delivery.ts";
import type { PushRoute } from "./push-route.ts";

/** Most bytes and pushes that wait for one group: more leave before the tick. */
const mostBytes = 65_536;
const mostPushes = 1_024;
/** Lists that are kept for later ticks, at most. */
const mostSpare = 64;
/** Time between two looks at what is due, in ms. */
const lookMs = 4;

/**
 * Gathers pushes to groups until their ticks. At its tick each member of a group is visited once, which costs one write for all of them.
 * Groups have their ticks at different times, by their names, so that no turn of the event loop writes to everybody.
 */
export class PushTicks implements GatherOwner {
  readonly #core: GateCore;
  readonly #delivery: PushDelivery;
  readonly #wheel: Deadlines;
  readonly #spare: GatheredPushes[] = [];
  /** Members of a flush that cannot take the common frames. */
  readonly #others: GateSession[] = [];
  readonly #mostBytes: number;
  #order = 0;
  /** Number of groups that wait for their ticks. */
  #active = 0;

  constructor(core: GateCore, delivery: PushDelivery) {
    this.#core = core;
    this.#delivery = delivery;
    this.#mostBytes = Math.min(mostBytes, largestBody(core.limits.maxServerFrameBytes));
    this.#wheel = new Deadlines(core.clock, { tickMs: lookMs });
  }

  /** Adds a push to those that wait for a group's tick. */
  gather(
    route: PushRoute,
    from: string,
    group: Group,
    except: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const size = end - start + batchLengthBytes;
    let gathered = listOf(group);
    // A batch of them fits into one frame.
    if (gathered !== undefined && gathered.size + size > this.#mostBytes) {
      this.flush(gathered);
      gathered = undefined;
    }
    gathered ??= this.#begin(group);
    if (gathered.add(route, from, except, ++this.#order, bytes, start, end))
      this.#core.counters.add("push.latest.replaced");
    if (size > this.#mostBytes) gathered.isSingle = true;
    if (gathered.size > this.#mostBytes || gathered.count >= mostPushes) this.flush(gathered);
    else if (gathered.handle === 0 || route.tickMs < gathered.tickMs) this.#plan(gathered, route.tickMs);
  }

  /** Sends each session what waits for it, before a push that is for all of them. */
  sendAll(sessions: Iterable<GateSession>): void {
    if (this.#active > 0) for (const session of sessions) sendGathered(session);
  }

  send(session: GateSession): void {
    this.#merge(session, undefined);
  }

  flush(gathered: GatheredPushes): void {
    const { group } = gathered;
    if (group === undefined) return;
    this.#wheel.remove(gathered.handle);
    // What is pushed from here on waits for the next tick.
    group.gathered = undefined;
    this.#active--;
    group.flushedMs = this.#core.clock.now();
    const others = this.#others;
    for (const session of group.members) {
      if (hasMore(session)) this.#merge(session, gathered);
      else if (!this.#sendFrames(session, gathered, gathered.seenBy(session), gathered.count))
        others.push(session);
    }
    if (others.length > 0) this.#sendEach(others, gathered);
    others.length = 0;
    gathered.clear();
    if (this.#spare.length < mostSpare) this.#spare.push(gathered);
  }

  drop(gathered: GatheredPushes): void {
    this.#active--;
    this.#wheel.remove(gathered.handle);
    gathered.clear();
  }

  #begin(group: Group): GatheredPushes {
    const gathered = this.#spare.pop() ?? new GatheredPushes(this);
    gathered.group = group;
    group.gathered = gathered;
    this.#active++;
    return gathered;
  }

  /**
   * Sets when a group is due: a tick after the last one; after a pause, at a multiple of the tick from a time of its own. Never later than
   * it was due before.
   */
  #plan(gathered: GatheredPushes, tickMs: number): void {
    const { name, flushedMs } = gathered.group!;
    const now = this.#core.clock.now();
    const sinceMs = now - flushedMs;
    const waitMs = tickMs - (sinceMs < tickMs ? sinceMs : (now + (fnvOfText(name) >>> 0)) % tickMs);
    const isPlanned = gathered.handle !== 0;
    gathered.tickMs = tickMs;
    if (isPlanned && gathered.dueMs <= now + waitMs) return;
    this.#wheel.remove(gathered.handle);
    gathered.dueMs = now + waitMs;
    // The wheel may be late by one look.
    gathered.handle = this.#wheel.add(Math.max(waitMs - lookMs, 0), gathered);
  }

  /**
   * Sends a session what waits for it in all of its groups, in the order in which it was pushed.
   *
   * @param due list that its group has given up already
   */
  #merge(session: GateSession, due: GatheredPushes | undefined): void {
    const waiting: GatheredPushes[] = due?.waitsFor(session) ? [due] : [];
    for (const group of session.groups ?? []) {
      const gathered = listOf(group);
      if (gathered?.waitsFor(session)) waiting.push(gathered);
    }
    // A session that ends leaves its groups, whose lists may be empty then.
    while (waiting.length > 0 && !session.ended) {
      let first = waiting[0]!;
      let next = Number.POSITIVE_INFINITY;
      for (const one of waiting) if (orderOf(one, session) < orderOf(first, session)) first = one;
      for (const one of waiting) if (one !== first) next = Math.min(next, orderOf(one, session));
      const from = first.seenBy(session);
      let until = from + 1;
      while (until < first.count && first.at(until).order < next) until++;
      first.sawUntil(session, until);
      if (until === first.count) waiting.splice(waiting.indexOf(first), 1);
      if (!this.#sendFrames(session, first, from, until)) this.#sendAlone(session, first, from, until);
    }
  }

  /** Copies the common frames of pushes [from, until) into the output of a session. Returns false when the session cannot take them. */
  #sendFrames(session: GateSession, gathered: GatheredPushes, from: number, until: number): boolean {
    if (session.ended || from >= until) return true;
    const { wire } = session;
    const { softBufferBytes, hardBufferBytes } = this.#core.limits;
    const size = gathered.size + gathered.count * frameOverheadBytes;
    if (wire.bufferedBytes + size > hardBufferBytes) return false;
    if (gathered.isSingle || session.latestPushes !== undefined || session.move !== undefined) return false;
    if (wire.bufferedBytes > softBufferBytes || !wire.gathered?.(gathered, from, until, session.number))
      return false;
    this.#delivery.filled(session);
    return true;
  }

  #sendAlone(session: GateSession, gathered: GatheredPushes, from: number, until: number): void {
    // A session that ends leaves its groups, whose lists may be empty then.
    for (let index = from; index < until && !session.ended; index++) {
      const { live, route, except, start, end, from: node } = gathered.at(index);
      if (!live || except === session.number) continue;
      this.#core.compression.nextPush();
      const shared = gathered.sharedAt(index);
      this.#delivery.deliver(route, node, session, gathered.bytes, start, end, shared);
    }
  }

  /** Sends each push to all of these sessions, then the next one: a body is compressed once, and windows share their copy. */
  #sendEach(sessions: readonly GateSession[], gathered: GatheredPushes): void {
    for (let index = 0; index < gathered.count; index++) {
      const { live, route, except, start, end, from } = gathered.at(index);
      if (!live) continue;
      this.#core.compression.nextPush();
      const shared = gathered.sharedAt(index);
      for (const session of sessions) {
        if (session.number === except || index < gathered.seenBy(session)) continue;
        this.#delivery.deliver(route, from, session, gathered.bytes, start, end, shared);
      }
    }
  }
}

function listOf({ gathered }: Group): GatheredPushes | undefined {
  return gathered instanceof GatheredPushes ? gathered : undefined;
}

/** Whether something waits for a session in one of its groups, besides a list that its group has given up. */
function hasMore(session: GateSession): boolean {
  if (session.groups === undefined || session.groups.length < 2) return false;
  for (const { gathered } of session.groups) {
    if (gathered?.waitsFor(session)) return true;
  }
  return false;
}

function orderOf(gathered: GatheredPushes, session: GateSession): number {
  return gathered.at(gathered.seenBy(session)).order;
}
