import { acquireLease, releaseLease, renewLease } from "../../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import type { Lease } from "./lease-state.ts";
import { forgetLost } from "./lost-entries.ts";

/** Statement that creates the table of flush positions: one row for each shard of each store. */
export const createPositions =
  "CREATE TABLE IF NOT EXISTS `photinus_position` (`store` varbinary(40) NOT NULL, `shard` int unsigned NOT NULL, `stream_id` varbinary(48) NOT NULL, `entries` bigint unsigned NOT NULL, `fence` bigint unsigned NOT NULL, PRIMARY KEY (`store`, `shard`)) ENGINE=InnoDB";

/** Stream id before the first entry of any stream. */
const startOfStream = "0-0";

/** Journal entries in a shard's first flush. Later flushes adapt the count to the size of entries. */
const firstCount = 64;

/**
 * Takes the lease of a shard. Resolves with undefined while another process has the lease, or when Redis lost it meanwhile.
 */
export async function takeLease(core: StoreCore, shard: number, owner: string): Promise<Lease | undefined> {
  const { redis, database, names, options } = core;
  const until = options.clock.now() + options.leaseMs;
  const key = names.lease(shard);
  if ((await redis.run(acquireLease, [key], [owner, options.leaseMs])) !== 1) return undefined;
  try {
    const row = await database.transaction(async (statements) => {
      const place = [options.prefix, shard];
      await statements.run(
        "INSERT IGNORE INTO `photinus_position` (`store`, `shard`, `stream_id`, `entries`, `fence`) VALUES (?, ?, ?, 0, 0)",
        [...place, startOfStream],
      );
      await statements.run(
        "UPDATE `photinus_position` SET `fence` = `fence` + 1 WHERE `store` = ? AND `shard` = ?",
        place,
      );
      const [found] = await statements.rows(
        "SELECT `fence`, `stream_id`, `entries` FROM `photinus_position` WHERE `store` = ? AND `shard` = ?",
        place,
      );
      return found!;
    });
    const lease: Lease = {
      shard,
      owner,
      fence: BigInt(String(row[0])),
      position: String(row[1]),
      entries: Number(row[2]),
      count: Math.min(firstCount, options.flushCount),
      written: new Map(),
      until,
    };
    return (await forgetLost(core, lease)) ? lease : undefined;
  } catch (error) {
    await redis.run(releaseLease, [key], [owner]).catch(() => undefined);
    throw error;
  }
}

/** Renews a lease. Resolves with false when the lease was lost. */
export async function keepLease({ redis, names, options }: StoreCore, lease: Lease): Promise<boolean> {
  const until = options.clock.now() + options.leaseMs;
  if ((await redis.run(renewLease, [names.lease(lease.shard)], [lease.owner, options.leaseMs])) !== 1)
    return false;
  lease.until = until;
  return true;
}

/** Releases a lease. An error is ignored, because the lease expires by itself. */
export async function dropLease({ redis, names }: StoreCore, lease: Lease): Promise<void> {
  await redis.run(releaseLease, [names.lease(lease.shard)], [lease.owner]).catch(() => undefined);
}
