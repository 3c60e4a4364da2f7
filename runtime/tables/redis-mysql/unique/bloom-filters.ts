import { randomUUID } from "node:crypto";
import type { Timer } from "../../../clock/clock.ts";
import type { TableLayout } from "../../table-layout.ts";
import { keepFilters, shutFilters } from "../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import { bitsPerValue, build, mostValues } from "./bloom-build.ts";

/** How long a filter is good when no store puts that off, milliseconds: longer than a process stands still. */
const goodMs = 15_000;
const keepMs = 5_000;
/** While a filter is not good: another store may have built it. */
const askMs = 1_000;
/** How long there is no filter after a change that passes it by, milliseconds: said again in time for the next changes. */
const shutMs = 120_000;
const shutAgainMs = 60_000;

/** Of one unique index, as far as this store knows. */
interface Filter {
  readonly table: TableLayout;
  readonly index: number;
  readonly head: string;
  isGood: boolean;
  /** Values that rows had when they were last counted. */
  count: number;
}

/**
 * The Bloom filters of unique indexes, which tell a create that its values are certainly new. A filter is built in the
 * background when rows of its table are first created, and kept good as long as a store that uses it runs. Without it a create
 * holds its values and asks MySQL: see {@link UniqueValues}.
 */
export class BloomFilters {
  readonly #core: StoreCore;
  readonly #filters = new Map<string, Filter>();
  #timer: Timer | undefined;
  /** Until when tables have no filters, by the clock's `now`, as this store has said. */
  readonly #shut = new Map<TableLayout, number>();
  #isBusy = false;
  #isBuilding = false;
  #isDoubted = false;
  #isClosed = false;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /** The head of an index's filter; undefined while it is not known to be good. It is built then. */
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

  /** A value was taken for a known one, and was none: a filter may have been lost. */
  doubt(): void {
    if (this.#isDoubted || this.#filters.size === 0) return;
    this.#isDoubted = true;
    this.#plan(askMs);
  }

  /**
   * Before a change that goes to MySQL past the filters, as that of a write-through table does: another store may have the
   * table as a write-behind one.
   */
  async passBy(table: TableLayout): Promise<void> {
    const { redis, names, options } = this.#core;
    const now = options.clock.now();
    if (!redis.isOneServer || now < (this.#shut.get(table) ?? 0)) return;
    const heads = table.indexes.filter(({ unique }) => unique).map(({ name }) => names.bloom(table, name));
    if (heads.length > 0) await redis.run(shutFilters, heads, [shutMs]);
    this.#shut.set(table, now + shutAgainMs);
  }

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
      // Redis is away, and its own log lines say so.
      options.log.debug({ error }, "Bloom filters of unique values are not kept now");
    }
  }

  /** One after another, while all are kept. */
  async #buildAll(filters: readonly Filter[]): Promise<void> {
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    for (const filter of filters) {
      try {
        await this.#build(filter);
      } catch (error) {
        const { log } = this.#core.options;
        log.debug({ error, filter: filter.head }, "a Bloom filter of unique values is not built now");
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
      log.debug({ index: name, values: result.count }, "the Bloom filter of unique values is built");
    } else if (result.count > mostValues) {
      log.info(
        { index: name, values: result.count },
        "too many unique values for a Bloom filter: creates ask MySQL for each",
      );
    }
  }
}
