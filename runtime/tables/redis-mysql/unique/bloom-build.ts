import { pause } from "../../../clock/pause.ts";
import { beginFilter, endFilter, fillFilter } from "../../lua/generated/lua-scripts.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { Text } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import { pushHashes } from "../value-hash.ts";

/** Minimum and maximum number of values in a Bloom filter. A filter of the maximum takes 32 MiB in Redis. */
const leastValues = 2 ** 16;
export const mostValues = 2 ** 24;
/** Bits per value of a Bloom filter. With four bits set for each value, 0.24 % of new values look like known values. */
export const bitsPerValue = 16;
/** Time after which a builder without progress is considered dead, milliseconds. */
const buildMs = 15_000;
/** Values that one script call adds (Redis takes under 1 ms for them), and the pause after each call, in ms. */
const callCount = 250;
const restMs = 2;
/** Rows that one MySQL query of a build reads. */
const pageCount = 2_000;

/** Identity of a Bloom filter to build: table, unique index, and key of the filter's head. */
export interface Place {
  readonly table: TableLayout;
  readonly index: number;
  /** Key of the filter's head in Redis. */
  readonly head: string;
}

interface Building {
  /** Unique name of this build. */
  readonly builder: string;
  /** Lower bound of the table's number of values. */
  readonly least: number;
  /** Validity of the finished filter, milliseconds. */
  readonly goodMs: number;
  readonly isWanted: () => boolean;
}

/** Result of a build. `isBuilt` is false when there are too many values. */
interface Built {
  readonly count: number;
  readonly isBuilt: boolean;
}

/**
 * Builds the Bloom filter of a unique index. From the beginning of the build, every script that gives a value to a row, or
 * holds a value, adds the value to the filter. Earlier values are in one of three places, read in the order in which values
 * pass through them: holds, overlays, MySQL.
 *
 * Resolves with undefined when another process builds the filter, or has taken this build over.
 */
export async function build(core: StoreCore, place: Place, building: Building): Promise<Built | undefined> {
  const { redis, options } = core;
  const { table, head } = place;
  const { builder, least } = building;
  const counted = Math.max(least, await rowsOf(core, table));
  if (counted > mostValues) return { count: counted, isBuilt: false };
  const room = Math.min(mostValues, Math.max(leastValues, 2 * counted));
  const begun = await redis.run(beginFilter, [head], [builder, room * bitsPerValue, buildMs]);
  if (begun !== 1) return undefined;
  // A key scan, or a page without values, may take longer than the build's timeout.
  const signs = options.clock.every(buildMs / 3, () => {
    redis.run(fillFilter, [head], [builder, buildMs]).catch(() => undefined);
  });
  try {
    return await fillAll(core, place, building);
  } finally {
    signs.cancel();
  }
}

async function fillAll(core: StoreCore, place: Place, building: Building): Promise<Built | undefined> {
  const { redis } = core;
  const { table, index, head } = place;
  const { builder, goodMs, isWanted } = building;
  const fill = async (values: readonly Text[]) => {
    for (let at = 0; at < values.length; at += callCount) {
      const args: Text[] = [builder, String(buildMs)];
      for (const value of values.slice(at, at + callCount)) pushHashes(args, value);
      if (!isWanted() || (await redis.run(fillFilter, [head], args)) !== 1) return false;
      await pause(core.options.clock, restMs);
    }
    return true;
  };
  if (!(await fill(await heldValues(core, table, index)))) return undefined;
  for await (const values of waitingValues(core, table, index)) if (!(await fill(values))) return undefined;
  let stored = 0;
  for await (const values of storedValues(core, table, index)) {
    if (!(await fill(values))) return undefined;
    stored += values.length;
  }
  if ((await redis.run(endFilter, [head], [builder, goodMs])) !== 1) return undefined;
  // MySQL may lack most of the values. Without the noted count, a filter full of them would be rebuilt again and again.
  const noted = Number(await redis.command("hget", head, "count"));
  return { count: Math.max(stored, noted), isBuilt: true };
}

/** Estimated number of rows in MySQL. */
async function rowsOf({ tables }: StoreCore, table: TableLayout): Promise<number> {
  const sql =
    "SELECT `TABLE_ROWS` FROM `information_schema`.`TABLES` WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = ?";
  const [row] = await tables.select(table, sql, [table.name]);
  return Number(row?.[0] ?? 0);
}

/** Values held by calls in flight. */
async function heldValues({ redis, names }: StoreCore, table: TableLayout, index: number): Promise<Text[]> {
  const head = Buffer.from(names.indexValue(table, table.indexes[index]!.name, []));
  const shards = Array.from({ length: names.shards }, (_, shard) =>
    redis.command("hkeys", names.holds(shard)),
  );
  const values = (await Promise.all(shards)).flat() as Buffer[];
  return values.filter((value) => value.subarray(0, head.length).equals(head));
}

/** Values that MySQL does not have yet, from the names of overlays. */
async function* waitingValues(
  { redis, names }: StoreCore,
  table: TableLayout,
  index: number,
): AsyncGenerator<Text[]> {
  for await (const keys of redis.keys(names.overlayPattern(table, table.indexes[index]!.name))) {
    yield keys.map((key) => key.subarray(key.indexOf(":i:") + 3));
  }
}

/** Values in MySQL. */
async function* storedValues(core: StoreCore, table: TableLayout, index: number): AsyncGenerator<Text[]> {
  const { names, tables } = core;
  const { name } = table.indexes[index]!;
  let after: readonly ColumnValue[] | undefined;
  for (;;) {
    const page = await tables.valuesAfter(table, index, after, pageCount);
    yield page
      .filter(({ values }) => values.every((value) => value !== null))
      .map(({ values }) => names.indexValue(table, name, values));
    if (page.length < pageCount) return;
    after = page.at(-1)!.key;
  }
}
