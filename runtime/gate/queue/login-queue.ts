import type { GateCore } from "../gate-core.ts";
import { AdmissionRate } from "./admission-rate.ts";
import type { ResolvedQueue } from "./queue-options.ts";

/** Time between two checks for room and for places to give up, in ms. */
const checkMs = 500;

/** Client that waits for a session. The queue calls no method after `admitted`, `replaced` or `closing`. */
export interface QueueWaiter {
  /** Called once there is room. False: the client was sent away, to come again with a fresh ticket. A user keeps the place then. */
  mayEnter(): boolean;
  /** Called next, in the same turn. The session must exist when the call returns. */
  admitted(): void;
  /** Called with the place in the queue, 1 for the next, and the estimate of the wait in ms; 0: unknown. */
  placed(position: number, estimateMs: number): void;
  /** Called when the place has not changed for a while, so that the client hears from the gate. */
  unchanged(): void;
  /** Called when the user has come on another connection, which takes the place over. */
  replaced(): void;
  /** Called when the gate stops: the client is to wait at another one. */
  closing(): void;
}

/** Claim of a waiting connection to its place. */
export interface QueuePlace {
  /** Gives the place up: the client has left. */
  leave(): void;
  /** Keeps the place of a user for `holdMs`: the connection is lost. A guest's place is given up. */
  lost(): void;
}

/** Result of an arrival: a place, or why there is none. */
export type QueueResult = QueuePlace | "admitted" | "full" | "cannot-wait" | "closing";

interface Place {
  readonly userId: bigint;
  waiter: QueueWaiter | undefined;
  /** Time on the gate's clock until which the place of a lost connection is kept. */
  heldUntil: number;
  position: number;
  estimateMs: number;
}

/** Parts of a gate that a {@link LoginQueue} uses. */
export interface LoginQueueParts {
  readonly core: GateCore;
  /** Returns the number of sessions. */
  sessionCount(): number;
  /** Returns whether newcomers must wait whatever the number of sessions: a node is overloaded, or the gate is closing. */
  isBlocked(): boolean;
}

/**
 * Clients that wait for a session at a full gate, first come, first served, users before guests. A user has one place, which a new
 * connection takes over, and keeps it for a moment when the connection is lost. Clients that resume a session do not come here.
 */
export class LoginQueue {
  readonly #options: ResolvedQueue;
  readonly #parts: LoginQueueParts;
  readonly #rate: AdmissionRate;
  readonly #users = new Map<bigint, Place>();
  readonly #guests = new Set<Place>();
  /** Number of places with a connection. */
  #waiting = 0;
  #isChecking = false;
  #isAdmitting = false;
  #updateAt = 0;
  #isClosing = false;

  constructor(options: ResolvedQueue, parts: LoginQueueParts) {
    this.#options = options;
    this.#parts = parts;
    this.#rate = new AdmissionRate(parts.core.clock.now());
  }

  /** Number of connections that wait. */
  get size(): number {
    return this.#waiting;
  }

  /** True while there is no room for a newcomer, or others wait already. */
  get isFull(): boolean {
    return this.#waiting > 0 || !this.#hasRoom();
  }

  /**
   * Takes a newcomer: admits it at once, or gives it a place. `userId` 0n: a guest. `canWait`: the client understands Queued. The
   * waiter of a place gets its position before this returns.
   */
  enter(userId: bigint, canWait: boolean, waiter: QueueWaiter): QueueResult {
    if (this.#isClosing) return "closing";
    const former = userId === 0n ? undefined : this.#users.get(userId);
    if (!this.isFull) {
      if (former !== undefined) this.#remove(former);
      return "admitted";
    }
    if (!canWait) return "cannot-wait";
    const place = former ?? this.#newPlace(userId);
    if (place === undefined) return "full";
    const replaced = place.waiter;
    if (replaced === undefined) this.#waiting++;
    place.waiter = waiter;
    // A new connection has not been told the place.
    place.position = 0;
    this.#parts.core.counters.add(former === undefined ? "queue.entered" : "queue.taken-over");
    const position = this.#positionOf(place);
    this.#show(place, position, this.#rate.timeOf(position, this.#parts.core.clock.now()));
    replaced?.replaced();
    this.#checkLater();
    return {
      leave: () => {
        if (place.waiter === waiter) this.#remove(place);
      },
      lost: () => {
        if (place.waiter === waiter) this.#lost(place);
      },
    };
  }

  /** Admits waiting clients in the next turn. Called when a session has ended. */
  changed(): void {
    if (this.#isAdmitting || this.#waiting === 0) return;
    this.#isAdmitting = true;
    this.#parts.core.clock.after(0, () => {
      this.#isAdmitting = false;
      this.#admit();
    });
  }

  /** Sends all waiting clients away, and later newcomers: the gate stops, and moves its sessions first, which takes a while. */
  close(): void {
    this.#isClosing = true;
    for (const place of this.#places()) {
      const { waiter } = place;
      this.#remove(place);
      waiter?.closing();
    }
  }

  #hasRoom(): boolean {
    return this.#parts.sessionCount() < this.#options.sessions && !this.#parts.isBlocked();
  }

  #newPlace(userId: bigint): Place | undefined {
    if (this.#users.size + this.#guests.size >= this.#options.count) return undefined;
    const place = { userId, waiter: undefined, heldUntil: 0, position: 0, estimateMs: 0 };
    if (userId === 0n) this.#guests.add(place);
    else this.#users.set(userId, place);
    return place;
  }

  #remove(place: Place): void {
    if (place.waiter !== undefined) this.#waiting--;
    place.waiter = undefined;
    if (place.userId === 0n) this.#guests.delete(place);
    else this.#users.delete(place.userId);
  }

  #lost(place: Place): void {
    if (place.userId === 0n || this.#options.holdMs === 0) {
      this.#remove(place);
      return;
    }
    this.#waiting--;
    place.waiter = undefined;
    place.heldUntil = this.#parts.core.clock.now() + this.#options.holdMs;
  }

  *#places(): Generator<Place> {
    yield* this.#users.values();
    yield* this.#guests;
  }

  /** Admits the first clients that are connected, while there is room. Those whose connection is lost keep their places. */
  #admit(): void {
    const { core } = this.#parts;
    for (const place of this.#places()) {
      if (this.#waiting === 0 || !this.#hasRoom()) return;
      const { waiter } = place;
      if (waiter === undefined) continue;
      if (!waiter.mayEnter()) {
        if (place.waiter === waiter) this.#lost(place);
        continue;
      }
      this.#remove(place);
      this.#rate.note(core.clock.now());
      core.counters.add("queue.admitted");
      waiter.admitted();
    }
  }

  #checkLater(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    const { clock, deadlines } = this.#parts.core;
    if (this.#updateAt === 0) this.#updateAt = clock.now() + this.#options.updateMs;
    deadlines.add(checkMs, { onDeadline: () => this.#check() });
  }

  #check(): void {
    this.#isChecking = false;
    const now = this.#parts.core.clock.now();
    for (const place of this.#users.values()) {
      if (place.waiter === undefined && place.heldUntil <= now) this.#remove(place);
    }
    this.#admit();
    if (now >= this.#updateAt) {
      this.#updateAt = now + this.#options.updateMs;
      this.#update(now);
    }
    if (this.#users.size + this.#guests.size > 0) this.#checkLater();
    else this.#updateAt = 0;
  }

  #update(now: number): void {
    let position = 0;
    for (const place of this.#places()) {
      position++;
      this.#show(place, position, this.#rate.timeOf(position, now));
    }
  }

  #show(place: Place, position: number, exactMs: number): void {
    const estimateMs = Math.ceil(exactMs / 1_000) * 1_000;
    const isSame = place.position === position && place.estimateMs === estimateMs;
    place.position = position;
    place.estimateMs = estimateMs;
    if (isSame) place.waiter?.unchanged();
    else place.waiter?.placed(position, estimateMs);
  }

  #positionOf(wanted: Place): number {
    if (wanted.userId === 0n) return this.#users.size + this.#guests.size;
    let position = 0;
    for (const place of this.#users.values()) {
      position++;
      if (place === wanted) return position;
    }
    return position;
  }
}
