import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";
import { SharedPush } from "../session/window-store.ts";
import { type LatestPush, LatestPushes } from "./latest-pushes.ts";
import type { PushRoute } from "./push-route.ts";

/** Least number of receivers whose windows share one copy of a push: for fewer, a small push has less memory in copies. */
const leastSharers = 8;

/** Returns what the windows of this many receivers share; undefined when each keeps a copy of its own, or none. */
export function sharedPush(
  route: PushRoute,
  receiverCount: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): SharedPush | undefined {
  if (route.delivery !== "reliable" || receiverCount < leastSharers) return undefined;
  return new SharedPush(route.id, bytes, start, end);
}

/** Delivers pushes to one session, as fast as its client reads. */
export class PushDelivery {
  readonly #core: GateCore;
  readonly #onSlow: (session: GateSession) => void;

  constructor(core: GateCore, onSlow: (session: GateSession) => void) {
    this.#core = core;
    this.#onSlow = onSlow;
  }

  /**
   * Delivers a push. Returns 0 for a session that does not exist or has ended, otherwise 1.
   *
   * @param from name of the node that has sent the push
   */
  deliver(
    route: PushRoute,
    from: string,
    session: GateSession | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): number {
    if (session === undefined || session.ended || session.move?.ignores(from)) return 0;
    const { wire } = session;
    if (session.latestPushes === undefined && wire.bufferedBytes <= this.#core.limits.softBufferBytes) {
      wire.push(route.id, route.delivery === "reliable", bytes, start, end, shared);
    } else {
      this.#behind(route, session, bytes, start, end, shared);
    }
    return 1;
  }

  /** Ends a session whose client is too slow for what was just written. */
  filled(session: GateSession): void {
    if (session.wire.bufferedBytes > this.#core.limits.hardBufferBytes) this.#onSlow(session);
  }

  /** Sends the pushes that were held back, once the client has caught up. */
  drained(session: GateSession): void {
    const { latestPushes } = session;
    if (latestPushes === undefined) return;
    session.latestPushes = undefined;
    this.#core.compression.nextPush();
    for (const { id, body } of latestPushes) session.wire.push(id, false, body, 0, body.length);
  }

  /** Holds "latest" pushes back that another gate has held back, unless there is a newer one of the subject. */
  holdBack(
    session: GateSession,
    pushes: readonly LatestPush[],
    routes: ReadonlyMap<number, PushRoute>,
  ): void {
    for (const { id, body } of pushes) {
      const subject = routes.get(id)?.key?.(body, 0, body.length);
      if (session.latestPushes?.has(id, subject)) continue;
      session.latestPushes ??= new LatestPushes();
      session.latestPushes.put(id, subject, body, 0, body.length);
    }
    if (session.latestPushes !== undefined) session.wire.heldBack?.(session.latestPushes.memoryBytes);
  }

  /** Delivers to a slow client: drops a "droppable" push, holds a "latest" push back, and sends a "reliable" push. */
  #behind(
    route: PushRoute,
    session: GateSession,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared: SharedPush | undefined,
  ): void {
    const { limits, counters } = this.#core;
    const { wire } = session;
    const full = wire.bufferedBytes > limits.softBufferBytes;
    if (route.delivery === "droppable" && full) {
      counters.add("push.dropped");
      return;
    }
    if (route.delivery === "latest") {
      const subject = route.key?.(bytes, start, end);
      if (full || session.latestPushes?.has(route.id, subject)) {
        session.latestPushes ??= new LatestPushes();
        session.latestPushes.put(route.id, subject, bytes, start, end);
        counters.add("push.latest.waiting");
        const { count, bytes: size, memoryBytes } = session.latestPushes;
        if (count > limits.latestPushCount || size > limits.hardBufferBytes) this.#onSlow(session);
        else wire.heldBack?.(memoryBytes);
        return;
      }
    }
    wire.push(route.id, route.delivery === "reliable", bytes, start, end, shared);
    this.filled(session);
  }
}
