import { endedMarks, sweepHolds, sweepMark } from "../../lua/generated/lua-scripts.ts";
import type { LuaScript } from "../../redis/redis-calls.ts";
import type { StoreCore } from "../store-core.ts";

/**
 * Removes leftovers of dead processes from a shard: held unique values, and marks of write-throughs. Such keys have no time
 * to live, because Redis may evict keys with one. Expired leftovers have no effect until they are removed.
 */
export async function sweepShard(core: StoreCore, shard: number): Promise<void> {
  const { redis, names } = core;
  for await (const _ of pages(core, sweepHolds, names.holds(shard)));
  const list = names.marks(shard);
  for await (const found of pages(core, endedMarks, list)) {
    const marks = Array.from(
      { length: found.length / 2 },
      (_, at) => [found[2 * at]!, found[2 * at + 1]!] as const,
    );
    await Promise.all(
      marks.map(async ([token, row]) => {
        // A mark that stays was renewed after the list was read.
        if ((await redis.run(sweepMark, [row], [token])) === 1) await redis.command("hdel", list, token);
      }),
    );
  }
}

/** Runs a scan script over all pages of a hash. Yields the results of each page, without the cursor. */
async function* pages(
  { redis }: StoreCore,
  script: LuaScript,
  hash: string,
): AsyncGenerator<Buffer[], void, void> {
  let cursor = "0";
  do {
    const [next, ...found] = (await redis.run(script, [hash], [cursor])) as readonly Buffer[];
    cursor = String(next);
    yield found;
  } while (cursor !== "0");
}
