import { pause } from "../../../clock/pause.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { Text } from "../column-text.ts";
import { beginFilter, endFilter, fillFilter } from "../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import { pushHashes } from "../value-hash.ts";

/** Values that a filter has room for: at least, and at most (32 MiB in Redis). */
const leastValues = 2 ** 16;
export const mostValues = 2 ** 24;
/** Bits for each value: a value that is new is taken for a known one in 0.24 % of the cases, with four bits set for each. */
export const bitsPerValue = 16;
/** How long a filter is being built without a sign of life, milliseconds. */
const buildMs = 15_000;
/** Values of one call, which Redis takes up to a millisecond for; and its rest after that, milliseconds. */
const callCount = 250;
const restMs = 2;
/** Rows of one query. */
const pageCount = 2_000;

/** Which filter is built. */
export interface Place {
  readonly table: TableLayout;
  readonly index: number;
  readonly head: string;
}

interface Building {
  /** Name of the builder, another one each time. */
  readonly builder: string;
  /** Values that the table is known to have at least. */
  readonly least: number;
  /** How long the filter is good then, milliseconds. */
  readonly goodMs: number;
  readonly isWanted: () => boolean;
}

/** What was counted, and whether the filter is there: not when that is too many. */
interface Built {
  readonly count: number;
  readonly isBuilt: boolean;
}

/**
 * Builds the filter of a unique index. From its beginning every function that lets a row have a value, or holds one, notes it;
 * what was there before is in one of three places, which are read in the order in which values go through them: held,
 * not in MySQL yet, in MySQL.
 *
 * Resolves with undefined when another builds the filter, or has begun to in this one's place.
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
  // A search of all keys, or a page without values, may take longer than a builder is waited for.
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
  // MySQL may lack most of the values: a filter that is full of them would have to be built anew at once, and so on.
  const noted = Number(await redis.command("hget", head, "count"));
  return { count: Math.max(stored, noted), isBuilt: true };
}

/** About how many rows MySQL has. */
async function rowsOf({ tables }: StoreCore, table: TableLayout): Promise<number> {
  const sql =
    "SELECT `TABLE_ROWS` FROM `information_schema`.`TABLES` WHERE `TABLE_SCHEMA` = DATABASE() AND `TABLE_NAME` = ?";
  const [row] = await tables.select(table, sql, [table.name]);
  return Number(row?.[0] ?? 0);
}

/** Values that are being taken. */
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

/** Values that MySQL has. */
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
