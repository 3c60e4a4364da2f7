/**
 * The right to bring a shard's journal to MySQL. The key in Redis keeps others from trying; what decides is the fence in
 * MySQL: each owner counts it up, and a transaction of an owner whose number is no longer there changes nothing.
 */
export interface Lease {
  readonly shard: number;
  /** The owner, as the key in Redis says. */
  readonly owner: string;
  readonly fence: bigint;
  /** The last entry of the journal that MySQL has. */
  position: string;
  /** How many entries MySQL has. */
  entries: number;
  /** How many entries are read next: fewer when they are large. */
  count: number;
  /**
   * The last change that MySQL has of a row, by the row's name: rows are written as they are, which is often further than
   * the entries that were read. Entries up to it need not be written again.
   */
  readonly written: Map<string, string>;
  /** When it runs out, by the clock's `now`. */
  until: number;
}
