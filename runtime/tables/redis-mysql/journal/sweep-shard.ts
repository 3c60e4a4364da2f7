import type { LuaScript } from "../../redis/redis-calls.ts";
import { endedMarks, sweepHolds, sweepMark } from "../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";

/**
 * Removes what processes that died have left in a shard: unique values that they held, and marks of their write-throughs.
 * None of it has a time to live, as such keys may be evicted; what is over counts for nothing until it is removed.
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
        // A mark that stands was made later than it was listed.
        if ((await redis.run(sweepMark, [row], [token])) === 1) await redis.command("hdel", list, token);
      }),
    );
  }
}

/** Runs a function over all parts of a hash; for each what it answers besides the cursor. */
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
