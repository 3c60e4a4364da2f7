import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { backoffMs } from "../../../clock/backoff.ts";
import { pause } from "../../../clock/pause.ts";
import { beforeSending } from "../../change-outcome.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import { keyText, type Text } from "../column-text.ts";
import type { HoldPlace } from "../key-names.ts";
import { holdValue, releaseValues } from "../lua/generated/lua-scripts.ts";
import type { IndexReads } from "../rows/index-reads.ts";
import type { StoreCore } from "../store-core.ts";
import { pushHashes } from "../value-hash.ts";
import type { BloomFilters } from "./bloom-filters.ts";

/** How long a value is held at most while it is taken, milliseconds. */
const holdMs = 20_000;
/** After this time nothing is written any more under the hold, milliseconds. */
const useMs = 10_000;
/** How long a caller waits for a value that another takes or gives up, milliseconds. */
const waitMs = 8_000;

/** Where a value is held, and what `hold` takes to note it. */
interface NotedPlace extends HoldPlace {
  readonly note: readonly Text[];
}

/** A value of a unique index that a row is to have. */
export interface Claim {
  readonly index: number;
  readonly values: readonly ColumnValue[];
}

/**
 * Unique values of write-behind tables. A call that takes a value holds it in Redis while looking for it in MySQL and in what
 * MySQL does not know yet, and while writing. A value that another row has given up is free when MySQL knows of it, so that
 * rows reach MySQL without meeting there.
 *
 * The limit of the guarantee: a process that stands still for longer than the hold, between its look and its write, can
 * take a value twice; MySQL then refuses the later row, which becomes a dead letter. A create of values that are certainly
 * new ({@link BloomFilters}) needs no hold, and has no such limit.
 */
export class UniqueValues {
  readonly #core: StoreCore;
  readonly #reads: IndexReads;
  readonly #filters: BloomFilters;

  constructor(core: StoreCore, reads: IndexReads, filters: BloomFilters) {
    this.#core = core;
    this.#filters = filters;
    this.#reads = reads;
  }

  /**
   * What `create` takes to find out by itself that the values are new: the head of each index's Bloom filter, and two hashes.
   * Undefined when a filter is not there.
   */
  newness(table: TableLayout, claims: readonly Claim[]): Text[] | undefined {
    const { names } = this.#core;
    const args: Text[] = [];
    for (const { index, values } of claims) {
      const head = this.#filters.headOf(table, index);
      if (head === undefined) return undefined;
      args.push(head);
      pushHashes(args, names.indexValue(table, table.indexes[index]!.name, values));
    }
    return args;
  }

  /** The unique values of a row; null is equal to nothing. */
  claimsOf(table: TableLayout, values: readonly ColumnValue[]): Claim[] {
    return table.indexes.flatMap(({ unique, columns }, index) => {
      const own = columns.map((column) => values[column]!);
      return unique && own.every((value) => value !== null) ? [{ index, values: own }] : [];
    });
  }

  /**
   * Runs `work` while the row of this key alone may have these values. Throws ALREADY_EXISTS when another has one.
   * @param work is given until when it may write, by the clock's `now`
   */
  async hold<T>(
    table: TableLayout,
    key: readonly ColumnValue[],
    claims: readonly Claim[],
    work: (until: number) => Promise<T>,
  ): Promise<T> {
    if (claims.length === 0) return work(Number.POSITIVE_INFINITY);
    const { redis, options, tables } = this.#core;
    // Waiting for others, and for MySQL, is one call.
    const limit = tables.until();
    const token = randomUUID();
    const places = claims.map(({ index, values }) => this.#placeOf(table, index, values));
    // In one order, so that two callers never wait for each other.
    places.sort((a, b) => a.shard - b.shard || Buffer.compare(bytesOf(a), bytesOf(b)));
    const end = options.clock.now() + useMs;
    let isAway = false;
    try {
      for (const place of places) await beforeSending(this.#take(place, token));
      for (const claim of claims) await beforeSending(this.#look(table, key, claim, limit));
      return await work(end);
    } catch (error) {
      // A server that was waited for in vain is not waited for once more.
      isAway = isPhotinusError(error) && error.code === "UNAVAILABLE";
      throw error;
    } finally {
      // Also where no answer came: the value may be held.
      const released = Promise.all(
        places.map(({ holds, value }) =>
          redis.run(releaseValues, [holds], [value, token]).catch(() => undefined),
        ),
      );
      if (!isAway) await released;
    }
  }

  /** With what notes the value in its index's filter, where there may be one. */
  #placeOf(table: TableLayout, index: number, values: readonly ColumnValue[]): NotedPlace {
    const { redis, names } = this.#core;
    const { name } = table.indexes[index]!;
    const place = names.hold(table, name, values);
    const note: Text[] = [];
    if (redis.isOneServer) {
      note.push(names.bloom(table, name));
      pushHashes(note, place.value);
    }
    return { ...place, note };
  }

  async #take({ holds, value, note }: NotedPlace, token: string): Promise<void> {
    const { redis, options } = this.#core;
    const end = options.clock.now() + waitMs;
    for (let tried = 0; ; tried++) {
      if ((await redis.run(holdValue, [holds], [holdMs, value, token, ...note])) === 1) return;
      if (options.clock.now() > end) throw fail("ABORTED", "another takes the same unique value");
      await pause(options.clock, backoffMs({ minDelayMs: 1, maxDelayMs: 50 }, tried));
    }
  }

  /** @param limit by the clock's `now`, for MySQL to answer */
  async #look(
    table: TableLayout,
    key: readonly ColumnValue[],
    { index, values }: Claim,
    limit: number,
  ): Promise<void> {
    const own = keyText(key);
    const end = this.#core.options.clock.now() + waitMs;
    for (;;) {
      const { now, isLeft } = await this.#reads.holders(table, index, values, own, limit);
      if (now.some((other) => keyText(other) !== own)) {
        const { name } = table.indexes[index]!;
        throw fail("ALREADY_EXISTS", `another row of ${table.name} has this value of ${name}`);
      }
      if (!isLeft) return;
      if (this.#core.options.clock.now() > end) {
        throw fail("ABORTED", `a unique value of ${table.name} was given up, but MySQL does not know it yet`);
      }
      await pause(this.#core.options.clock, 20);
    }
  }
}

const bytesOf = ({ value }: HoldPlace) => (typeof value === "string" ? Buffer.from(value) : value);
