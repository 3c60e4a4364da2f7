import { type Buckets, newBuckets } from "../../clock/rate-limit.ts";

/** Budgets of one address: the index of each in {@link AddressEntry.buckets}. */
export const addressBudget = { connections: 0, bytes: 1, frames: 2, tickets: 3 } as const;

const budgetCount = Object.keys(addressBudget).length;
/** Most addresses without a connection that are remembered. */
const idleCount = 65_536;
/** Entries that have left the queue, from which on it is copied once they are half of it. */
const spentCount = 256;

/** Address with connections, or without any and with a budget that may not be full again. */
export interface AddressEntry {
  readonly address: string;
  /** Number of open connections. */
  count: number;
  /** Token buckets of `RateLimit`, by {@link addressBudget}. */
  readonly buckets: Buckets;
  /** True while the entry is in the queue of idle addresses. */
  queued: boolean;
}

/**
 * Addresses with connections, and those that had connections a moment ago: an address that closes its connections keeps its spent
 * budgets. Addresses without connections are evicted once their budgets are full, and the oldest beyond a bound.
 */
export class AddressTable {
  readonly #entries = new Map<string, AddressEntry>();
  /** Addresses that had no connection when they were queued, oldest first, from `#head` on. */
  #idle: AddressEntry[] = [];
  #head = 0;

  /** Number of remembered addresses. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns an address that is remembered. */
  get(address: string): AddressEntry | undefined {
    return this.#entries.get(address);
  }

  /** Returns an address; an unknown one is made, with full budgets, and without connections. */
  of(address: string, now: number): AddressEntry {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      entry = { address, count: 0, buckets: newBuckets(budgetCount), queued: false };
      this.#entries.set(address, entry);
      this.rest(entry, now);
    }
    return entry;
  }

  /** Queues an address without connections, and evicts idle ones: more than are added. */
  rest(entry: AddressEntry, now: number): void {
    if (!entry.queued) {
      entry.queued = true;
      this.#idle.push(entry);
    }
    if (this.#evict(entry, now)) this.#evict(entry, now);
    // Entries before the head stay in memory until then.
    if (this.#head >= spentCount && this.#head * 2 >= this.#idle.length) {
      this.#idle = this.#idle.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Takes the oldest address from the queue, other than `newest`. Returns false when it has to stay. */
  #evict(newest: AddressEntry, now: number): boolean {
    const oldest = this.#idle[this.#head];
    if (oldest === undefined || oldest === newest) return false;
    const isFull = oldest.buckets.every((fullAt) => fullAt <= now);
    if (oldest.count === 0 && !isFull && this.#idle.length - this.#head <= idleCount) return false;
    this.#head++;
    oldest.queued = false;
    if (oldest.count === 0) this.#entries.delete(oldest.address);
    return true;
  }
}
