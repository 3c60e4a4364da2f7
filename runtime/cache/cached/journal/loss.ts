import type { Core } from "../core.ts";
import { figures, forget, resume } from "../lua/journal.ts";
import type { Lease } from "./lease.ts";

/**
 * Redis can come back without its latest changes, when it does not write its file at once, while MySQL has them already.
 * It shows in the number of entries that the journal ever had. Then rows that wait for nothing leave the cache, so that
 * they are read from MySQL, and the journal's ids go on after the position.
 */
export async function forgetLost(core: Core, lease: Lease): Promise<void> {
  const { redis, names, options } = core;
  const { shard, position } = lease;
  const journal = names.journal(shard);
  const { added, waiting } = await figuresOf(core, journal, position);
  if (added === lease.entries + waiting) return;
  if (lease.entries > 0 || position !== "0-0") {
    options.log.error(
      { shard, missing: lease.entries + waiting - added },
      "Redis has lost changes that MySQL has; its rows are read anew",
    );
  }
  const [time = "0", count = "0"] = position.split("-");
  await redis.run(resume, [journal], [position, time, count]);
  for await (const keys of redis.keys(names.shardPattern(shard))) {
    await Promise.all(keys.map((key) => redis.run(forget, [key], [time, count])));
  }
  // From here on the count is that of the stream as it is.
  const now = await figuresOf(core, journal, position);
  lease.entries = now.added - now.waiting;
}

interface Figures {
  /** How many entries it ever had. */
  readonly added: number;
  /** Entries after the position. */
  readonly waiting: number;
}

/** All of one moment: others add entries all the time. */
async function figuresOf({ redis }: Core, journal: string, position: string): Promise<Figures> {
  const reply = (await redis.run(figures, [journal], [position])) as readonly [number, number] | null;
  return reply === null ? { added: 0, waiting: 0 } : { added: Number(reply[0]), waiting: Number(reply[1]) };
}
