/**
 * The right to flush a shard's journal to MySQL. The key in Redis only keeps others from trying. The fence in MySQL decides:
 * each owner increments it, and a transaction of an owner with an outdated fence changes nothing.
 */
export interface Lease {
  readonly shard: number;
  /** Name of the owner, as in the lease key in Redis. */
  readonly owner: string;
  /** Number that the owner incremented in MySQL. */
  readonly fence: bigint;
  /** Id of the last journal entry that MySQL has. */
  position: string;
  /** Number of entries that MySQL has. */
  entries: number;
  /** Number of entries to read next; smaller when entries are large. */
  count: number;
  /**
   * Last change of each row that MySQL has, by row name. A flush writes current rows, which are often newer than the entries
   * that were read. Entries up to this change need no second write.
   */
  readonly written: Map<string, string>;
  /** Expiry of the lease, by the clock's `now`. */
  until: number;
}
