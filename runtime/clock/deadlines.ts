import { fail } from "../../schema/errors.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { whole } from "../options/rule-kinds.ts";
import type { Clock, Timer } from "./clock.ts";

/** Entry with a deadline. {@link Deadlines} calls it once, when the deadline has passed. */
export interface Deadline {
  onDeadline(): void;
}

/** Handle of an entry of {@link Deadlines}. Never 0, so callers may use 0 for "no entry". */
export type DeadlineHandle = number;

/** Port for deadlines, which {@link Deadlines} implements. */
export interface DeadlineSet {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly tickMs: number;
  /** Calls `entry.onDeadline()` once, after `ms` or slightly later, never earlier. */
  add(ms: number, entry: Deadline): DeadlineHandle;
  /** Removes an entry. Returns false when the entry has fired or was removed before. */
  remove(handle: DeadlineHandle): void;
}

/** Options of {@link Deadlines}. */
export interface DeadlinesOptions {
  /** Time between two checks, milliseconds: an entry fires up to this much late, never early. Default 50. */
  tickMs?: number;
}

export const defaultTickMs = 50;

/** Rule that checks {@link DeadlinesOptions} and fills in defaults. */
export const deadlinesRule = /* @__PURE__ */ object({
  tickMs: /* @__PURE__ */ withDefault(/* @__PURE__ */ whole(1, 60_000, "milliseconds"), defaultTickMs),
} satisfies RulesOf<DeadlinesOptions>);

/** Buckets of the wheel. An entry that is due after more than one turn stays in its bucket for another turn. */
const bucketCount = 512;
/** Index of the list of entries that are firing; it follows the buckets. */
const firing = bucketCount;
/** Slot of the first entry, bucketCount + 1; a literal, because bundlers keep a computed constant that nothing uses. */
const firstSlot = 513;
/** Factor of a handle: generation * slotLimit + slot. A handle that has fired never matches a later entry of its slot. */
const slotLimit = 0x40_0000;
const generationLimit = 0x8000_0000;

/**
 * Thousands of timeouts on one coarse timer: a hashed timing wheel (Varghese and Lauck, 1987) whose buckets are circular lists
 * in typed arrays. Adding and removing take a few array writes and allocate nothing. An empty wheel has no timer: the first
 * tick that finds no entry cancels it.
 */
export class Deadlines implements DeadlineSet {
  readonly clock: Clock;
  readonly tickMs: number;
  #next = new Int32Array(firstSlot + 64);
  #previous = new Int32Array(firstSlot + 64);
  /** Due tick of each slot's entry. */
  #due = new Float64Array(firstSlot + 64);
  #generation = new Int32Array(firstSlot + 64);
  readonly #entries: (Deadline | undefined)[] = [];
  /** First free slot. Free slots are chained by #next; 0 ends the chain. */
  #free = 0;
  #used = firstSlot;
  #count = 0;
  #timer: Timer | undefined;
  readonly #origin: number;
  /** Last tick whose bucket was checked. */
  #tick = 0;

  constructor(clock: Clock, options?: DeadlinesOptions) {
    this.clock = clock;
    this.tickMs = resolveOptions("Deadlines", deadlinesRule, options).tickMs;
    this.#origin = clock.now();
    for (let head = 0; head < firstSlot; head++) {
      this.#next[head] = head;
      this.#previous[head] = head;
    }
  }

  /** Number of waiting entries. */
  get size(): number {
    return this.#count;
  }

  /** Calls `entry.onDeadline()` once, after `ms` and at most one tick later. */
  add(ms: number, entry: Deadline): DeadlineHandle {
    const elapsed = this.clock.now() - this.#origin;
    if (!this.#timer) this.#wake(elapsed);
    const due = Math.max(Math.ceil((elapsed + ms) / this.tickMs), this.#tick + 1);
    const slot = this.#takeSlot();
    this.#entries[slot - firstSlot] = entry;
    this.#due[slot] = due;
    this.#link(due % bucketCount, slot);
    this.#count++;
    return this.#generation[slot]! * slotLimit + slot;
  }

  /** Removes an entry. Returns false when the entry has fired or was removed before. */
  remove(handle: DeadlineHandle): boolean {
    const slot = handle % slotLimit;
    if (slot < firstSlot || slot >= this.#used) return false;
    if (this.#generation[slot] !== Math.floor(handle / slotLimit)) return false;
    this.#unlink(slot);
    this.#release(slot);
    return true;
  }

  /** Removes all entries; none of them fires. */
  clear(): void {
    for (let slot = firstSlot; slot < this.#used; slot++) {
      if (this.#entries[slot - firstSlot] === undefined) continue;
      this.#unlink(slot);
      this.#release(slot);
    }
    this.#sleep();
  }

  #wake(elapsed: number): void {
    this.#tick = Math.floor(elapsed / this.tickMs);
    this.#timer = this.clock.every(this.tickMs, () => this.#onTick());
  }

  #sleep(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #onTick(): void {
    this.#fireDue();
    const now = Math.floor((this.clock.now() - this.#origin) / this.tickMs);
    // After a long stop of the process, one turn over all buckets finds all due entries.
    let tick = Math.max(this.#tick + 1, now - bucketCount + 1);
    this.#tick = Math.max(now, this.#tick);
    for (; tick <= now; tick++) this.#collect(tick % bucketCount, now);
    this.#fireDue();
    if (this.#count === 0) this.#sleep();
  }

  /** Moves due entries of a bucket to the list of firing entries. */
  #collect(bucket: number, now: number): void {
    for (let slot = this.#next[bucket]!; slot !== bucket; ) {
      const following = this.#next[slot]!;
      if (this.#due[slot]! <= now) {
        this.#unlink(slot);
        this.#link(firing, slot);
      }
      slot = following;
    }
  }

  /** Fires from the head of the list, because an entry may remove others. After an exception the next tick continues. */
  #fireDue(): void {
    for (let slot = this.#next[firing]!; slot !== firing; slot = this.#next[firing]!) {
      const entry = this.#entries[slot - firstSlot]!;
      this.#unlink(slot);
      this.#release(slot);
      entry.onDeadline();
    }
  }

  #link(head: number, slot: number): void {
    const last = this.#previous[head]!;
    this.#next[last] = slot;
    this.#previous[slot] = last;
    this.#next[slot] = head;
    this.#previous[head] = slot;
  }

  #unlink(slot: number): void {
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot !== 0) {
      this.#free = this.#next[slot]!;
      return slot;
    }
    if (this.#used === this.#next.length) this.#grow();
    const fresh = this.#used++;
    this.#generation[fresh] = 1;
    return fresh;
  }

  #release(slot: number): void {
    this.#entries[slot - firstSlot] = undefined;
    this.#generation[slot] = (this.#generation[slot]! + 1) % generationLimit;
    this.#next[slot] = this.#free;
    this.#free = slot;
    this.#count--;
  }

  #grow(): void {
    const size = this.#next.length * 2;
    if (size > slotLimit) throw fail("RESOURCE_EXHAUSTED", "too many deadlines at once");
    this.#next = grown(this.#next, new Int32Array(size));
    this.#previous = grown(this.#previous, new Int32Array(size));
    this.#due = grown(this.#due, new Float64Array(size));
    this.#generation = grown(this.#generation, new Int32Array(size));
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
