import { randomUUID } from "node:crypto";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { backoffMs } from "../../../clock/backoff.ts";
import { pause } from "../../../clock/pause.ts";
import { beforeSending } from "../../change-outcome.ts";
import { holdValue, releaseValues } from "../../lua/generated/lua-scripts.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import { keyText, type Text } from "../column-text.ts";
import type { HoldPlace } from "../key-names.ts";
import type { IndexReads } from "../rows/index-reads.ts";
import type { StoreCore } from "../store-core.ts";
import { pushHashes } from "../value-hash.ts";
import type { BloomFilters } from "./bloom-filters.ts";

/** Expiry of a hold, milliseconds. */
const holdMs = 20_000;
/** Time after which a call no longer writes under its hold, milliseconds. */
const useMs = 10_000;
/** Wait for a value that another call takes or gives up, milliseconds. */
const waitMs = 8_000;

/** Place of a hold, and the script arguments that add the value to the Bloom filter. */
interface NotedPlace extends HoldPlace {
  readonly note: readonly Text[];
}

/** Value of a unique index that a row is to get. */
export interface Claim {
  /** Position in the table's indexes. */
  readonly index: number;
  /** Values of the index's columns, none of them null. */
  readonly values: readonly ColumnValue[];
}

/**
 * Unique values of write-behind tables. A call that takes a value holds it in Redis during three steps: the lookup in MySQL,
 * the lookup in the overlays, and the write. A value that another row has given up becomes free once MySQL has that change,
 * so that rows never collide in MySQL.
 *
 * The limit of the guarantee: a process that stalls for longer than the hold, between lookup and write, can take a value
 * twice. MySQL then refuses the later row, which becomes a dead letter. A create whose values are certainly new ({@link
 * BloomFilters}) needs no hold and has no such limit.
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
   * Script arguments by which a create checks that its values are new: the head of each index's Bloom filter, and two
   * hashes. Undefined when a filter is not ready.
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

  /** Unique values of a row. A null is not equal to any value, so an index with a null has no claim. */
  claimsOf(table: TableLayout, values: readonly ColumnValue[]): Claim[] {
    return table.indexes.flatMap(({ unique, columns }, index) => {
      const own = columns.map((column) => values[column]!);
      return unique && own.every((value) => value !== null) ? [{ index, values: own }] : [];
    });
  }

  /**
   * Runs `work` while only the row of this key may have these values. Throws ALREADY_EXISTS when another row has one of
   * them, and ABORTED when a value does not become free in time.
   *
   * @param work gets the latest time at which it may write, by the clock's `now`
   */
  async hold<T>(
    table: TableLayout,
    key: readonly ColumnValue[],
    claims: readonly Claim[],
    work: (until: number) => Promise<T>,
  ): Promise<T> {
    if (claims.length === 0) return work(Number.POSITIVE_INFINITY);
    const { redis, options, tables } = this.#core;
    // All waits for other calls and for MySQL share one timeout.
    const limit = tables.until();
    const token = randomUUID();
    const places = claims.map(({ index, values }) => this.#placeOf(table, index, values));
    // Holds are taken in one global order, so that two callers never deadlock.
    places.sort((a, b) => a.shard - b.shard || Buffer.compare(bytesOf(a), bytesOf(b)));
    const end = options.clock.now() + useMs;
    let isAway = false;
    try {
      for (const place of places) await beforeSending(this.#take(place, token));
      for (const claim of claims) await beforeSending(this.#look(table, key, claim, limit));
      return await work(end);
    } catch (error) {
      // After a timeout of the server, its second answer is not awaited.
      isAway = isPhotinusError(error) && error.code === "UNAVAILABLE";
      throw error;
    } finally {
      // Releases also after a missing answer, because the value may be held.
      const released = Promise.all(
        places.map(({ holds, value }) =>
          redis.run(releaseValues, [holds], [value, token]).catch(() => undefined),
        ),
      );
      if (!isAway) await released;
    }
  }

  /** Place of a value's hold. On one server, with the arguments that add the value to its index's Bloom filter. */
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
      if (options.clock.now() > end) throw fail("ABORTED", "a concurrent call holds the same unique value");
      await pause(options.clock, backoffMs({ minDelayMs: 1, maxDelayMs: 50 }, tried));
    }
  }

  /**
   * Waits until no other row has the value.
   *
   * @param limit deadline for MySQL's answers, by the clock's `now`
   */
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
        throw fail(
          "ALREADY_EXISTS",
          `another row of ${table.name} has the same value of the unique index ${name}`,
        );
      }
      if (!isLeft) return;
      if (this.#core.options.clock.now() > end) {
        throw fail(
          "ABORTED",
          `a unique value of ${table.name} was given up, but MySQL does not have that change yet`,
        );
      }
      await pause(this.#core.options.clock, 20);
    }
  }
}

const bytesOf = ({ value }: HoldPlace) => (typeof value === "string" ? Buffer.from(value) : value);
