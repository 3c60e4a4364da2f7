import { randomUUID } from "node:crypto";
import type { Timer } from "../../../clock/clock.ts";
import { keepFilters, shutFilters } from "../../lua/generated/lua-scripts.ts";
import type { TableLayout } from "../../table-layout.ts";
import type { StoreCore } from "../store-core.ts";
import { bitsPerValue, build, mostValues } from "./bloom-build.ts";

/**
 * Validity of a filter without renewal, milliseconds: longer than a process may stall. `keepMs`: time between two renewals.
 */
const goodMs = 15_000;
const keepMs = 5_000;
/** Time between two checks while a filter is not valid, milliseconds: another store may have built it. */
const askMs = 1_000;
/**
 * Time for which a change that bypasses a filter disables it, milliseconds. Repeated after `shutAgainMs`, in time for later
 * changes.
 */
const shutMs = 120_000;
const shutAgainMs = 60_000;

/** Filter of one unique index, as this store knows it. */
interface Filter {
  readonly table: TableLayout;
  readonly index: number;
  readonly head: string;
  isGood: boolean;
  /** Values of all rows at the last count. */
  count: number;
}

/**
 * Bloom filters of unique indexes, by which a create knows that its values are new. A filter is built in the background
 * after the first create of a table, and stays valid while a store that uses it runs. Without a filter, a create holds its
 * values and asks MySQL: see {@link UniqueValues}.
 */
export class BloomFilters {
  readonly #core: StoreCore;
  readonly #filters = new Map<string, Filter>();
  #timer: Timer | undefined;
  /** Times until which this store has disabled filters of a table, by the clock's `now`. */
  readonly #shut = new Map<TableLayout, number>();
  #isBusy = false;
  #isBuilding = false;
  #isDoubted = false;
  #isClosed = false;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** Key of an index's filter; undefined while the filter is not known to be valid. The first call starts the build. */
  headOf(table: TableLayout, index: number): string | undefined {
    const { redis, names } = this.#core;
    if (!redis.isOneServer || this.#isClosed) return undefined;
    const head = names.bloom(table, table.indexes[index]!.name);
    const known = this.#filters.get(head);
    if (known !== undefined) return known.isGood ? head : undefined;
    this.#filters.set(head, { table, index, head, isGood: false, count: 0 });
    this.#plan(0);
    return undefined;
  }

  /** Reports a false positive. The filter may have been lost, so it is checked soon. */
  doubt(): void {
    if (this.#isDoubted || this.#filters.size === 0) return;
    this.#isDoubted = true;
    this.#plan(askMs);
  }

  /**
   * Disables the filters of a table before a change that reaches MySQL without them, as every write-through does. Another
   * store may use the table as write-behind.
   */
  async passBy(table: TableLayout): Promise<void> {
    const { redis, names, options } = this.#core;
    const now = options.clock.now();
    if (!redis.isOneServer || now < (this.#shut.get(table) ?? 0)) return;
    const heads = table.indexes.filter(({ unique }) => unique).map(({ name }) => names.bloom(table, name));
    if (heads.length > 0) await redis.run(shutFilters, heads, [shutMs]);
    this.#shut.set(table, now + shutAgainMs);
  }

  /** Stops renewals and builds; filters expire by themselves. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #plan(ms: number): void {
    if (this.#isBusy || this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#core.options.clock.after(ms, () => {
      this.#isBusy = true;
      this.#isDoubted = false;
      void this.#keep().finally(() => {
        this.#isBusy = false;
        const isSettled = ({ isGood, count }: Filter) => isGood || count > mostValues;
        this.#plan([...this.#filters.values()].every(isSettled) ? keepMs : askMs);
      });
    });
  }

  async #keep(): Promise<void> {
    const { redis, options } = this.#core;
    const filters = [...this.#filters.values()];
    try {
      const heads = filters.map(({ head }) => head);
      const answers = (await redis.run(keepFilters, heads, [goodMs, bitsPerValue])) as readonly number[];
      for (const [at, filter] of filters.entries()) filter.isGood = answers[at]! % 2 === 1;
      void this.#buildAll(filters.filter(({ count }, at) => answers[at]! >= 2 && count <= mostValues));
    } catch (error) {
      // Redis is unreachable, which its client logs.
      options.log.debug({ err: error }, "Bloom filters of unique values not renewed");
    }
  }

  /** Builds filters one after another; renewals continue meanwhile. */
  async #buildAll(filters: readonly Filter[]): Promise<void> {
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    for (const filter of filters) {
      try {
        await this.#build(filter);
      } catch (error) {
        const { log } = this.#core.options;
        log.debug({ err: error, filter: filter.head }, "Bloom filter of unique values not built");
      }
    }
    this.#isBuilding = false;
  }

  async #build(filter: Filter): Promise<void> {
    const { log } = this.#core.options;
    const { table, index } = filter;
    const name = `${table.name}.${table.indexes[index]!.name}`;
    const result = await build(this.#core, filter, {
      builder: randomUUID(),
      least: filter.count,
      goodMs,
      isWanted: () => !this.#isClosed,
    });
    if (result === undefined) return;
    filter.count = result.count;
    if (result.isBuilt) {
      filter.isGood = true;
      log.debug({ index: name, values: result.count }, "Bloom filter of unique values built");
    } else if (result.count > mostValues) {
      log.info(
        { index: name, values: result.count },
        "too many unique values for a Bloom filter; every create queries MySQL",
      );
    }
  }
}
