import { forgetRow, journalFigures, renewLease, resumeJournal } from "../../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import type { Lease } from "./lease-state.ts";

/**
 * Detects that Redis restarted without its latest changes, which MySQL already has: the stream's total of added entries is
 * too small. Then rows without queued changes are evicted, so that they are read from MySQL, and the journal's ids resume
 * after the position. Resolves with false when the shard has another owner, because the position of the lease is outdated
 * then.
 */
export async function forgetLost(core: StoreCore, lease: Lease): Promise<boolean> {
  const { redis, database, names, options } = core;
  const { shard, position, owner } = lease;
  const journal = names.journal(shard);
  const found = await figuresOf(core, lease);
  if (found === undefined) return false;
  if (isWhole(lease, found)) return true;
  const { added, waiting } = found;
  if (lease.entries > 0 || position !== "0-0") {
    options.log.error(
      { shard, missing: lease.entries + waiting - added },
      "Redis lost changes that MySQL has; cached rows evicted",
    );
  }
  const [time = "0", count = "0"] = position.split("-");
  await redis.run(resumeJournal, [journal], [position, time, count]);
  for await (const keys of redis.keys(names.shardPattern(shard))) {
    await Promise.all(keys.map((key) => redis.run(forgetRow, [key], [time, count])));
    if ((await redis.run(renewLease, [names.lease(shard)], [owner, options.leaseMs])) !== 1) return false;
  }
  // From here on the lease counts the entries of the stream as it is.
  const now = await figuresOf(core, lease);
  if (now === undefined) return false;
  lease.entries = now.added - now.waiting;
  const kept = await database.run(
    "UPDATE `photinus_position` SET `entries` = ? WHERE `store` = ? AND `shard` = ? AND `fence` = ?",
    [lease.entries, options.prefix, shard, lease.fence],
  );
  return kept === 1;
}

/** Counts of the entries in the journal of one shard, from its Redis stream. */
export interface Figures {
  /** Total of entries ever added to the stream. */
  readonly added: number;
  /** Entries that MySQL does not have yet: those after the shard's position. */
  readonly waiting: number;
}

/** Checks that Redis has lost no journal entry: its total equals the entries in MySQL plus the entries still waiting. */
export function isWhole(lease: Lease, { added, waiting }: Figures): boolean {
  return added === lease.entries + waiting;
}

/** Reads both counts atomically, because other processes add entries all the time. Undefined when the lease was lost. */
export async function figuresOf({ redis, names }: StoreCore, lease: Lease): Promise<Figures | undefined> {
  const { shard, position, owner } = lease;
  const reply = await redis.run(
    journalFigures,
    [names.journal(shard), names.lease(shard)],
    [position, owner],
  );
  if (reply === null) return undefined;
  const [added, waiting] = reply as readonly [number, number];
  return { added, waiting };
}
