import type { AnswerSink } from "../link-handler.ts";

const firstSlots = 64;

/**
 * Calls in flight, by key. Keys count up. The low bits of a key are its slot in a ring that is at most half full; a key
 * whose slot is still taken by a long call is skipped. So a call needs no hashing and no allocation, and a late answer
 * finds its slot empty or under another key.
 */
export class PendingCalls {
  readonly #limit: number;
  #sinks: (AnswerSink | undefined)[] = new Array(firstSlots).fill(undefined);
  #keys = new Uint32Array(firstSlots);
  #deadlines = new Float64Array(firstSlots);
  #mask = firstSlots - 1;
  #last = 0;
  #count = 0;
  /** Called whenever the last call is removed. */
  onEmpty: (() => void) | undefined = undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** Registers a call and returns its key; 0 at the limit. */
  add(sink: AnswerSink, deadline: number): number {
    if (this.#count >= this.#limit) return 0;
    if (this.#count * 2 > this.#mask) this.#grow();
    let key = this.#last;
    let slot: number;
    do {
      key = (key + 1) >>> 0;
      slot = key & this.#mask;
    } while (key === 0 || this.#sinks[slot] !== undefined);
    this.#last = key;
    this.#sinks[slot] = sink;
    this.#keys[slot] = key;
    this.#deadlines[slot] = deadline;
    this.#count++;
    return key;
  }

  /** Removes and returns a call; undefined for a key that is not in flight. */
  take(key: number): AnswerSink | undefined {
    const slot = key & this.#mask;
    const sink = this.#sinks[slot];
    if (sink === undefined || this.#keys[slot] !== key) return undefined;
    this.#sinks[slot] = undefined;
    if (--this.#count === 0) this.onEmpty?.();
    return sink;
  }

  /** Returns the keys of all calls past their deadline. */
  expired(now: number): number[] {
    const keys: number[] = [];
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#sinks[slot] !== undefined && this.#deadlines[slot]! <= now) keys.push(this.#keys[slot]!);
    }
    return keys;
  }

  /** Returns the earliest deadline; Infinity without calls. */
  earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot <= this.#mask; slot++) {
      if (this.#sinks[slot] !== undefined) earliest = Math.min(earliest, this.#deadlines[slot]!);
    }
    return earliest;
  }

  /** Removes and returns all calls, in the order in which they were added. */
  takeAll(): AnswerSink[] {
    const slots = [...this.#sinks.keys()].filter((slot) => this.#sinks[slot] !== undefined);
    // Keys wrap around. All keys in flight are closer to the last one than half of their range.
    const age = (slot: number): number => (this.#last - this.#keys[slot]!) >>> 0;
    const sinks = slots.sort((a, b) => age(b) - age(a)).map((slot) => this.#sinks[slot]!);
    this.#sinks.fill(undefined);
    this.#count = 0;
    this.onEmpty?.();
    return sinks;
  }

  /** Doubles the ring. Keys that differ in their low bits also differ with one bit more, so no two slots collide. */
  #grow(): void {
    const size = (this.#mask + 1) * 2;
    const sinks: (AnswerSink | undefined)[] = new Array(size).fill(undefined);
    const keys = new Uint32Array(size);
    const deadlines = new Float64Array(size);
    for (let slot = 0; slot <= this.#mask; slot++) {
      const sink = this.#sinks[slot];
      if (sink === undefined) continue;
      const key = this.#keys[slot]!;
      const place = key & (size - 1);
      sinks[place] = sink;
      keys[place] = key;
      deadlines[place] = this.#deadlines[slot]!;
    }
    this.#sinks = sinks;
    this.#keys = keys;
    this.#deadlines = deadlines;
    this.#mask = size - 1;
  }
}
