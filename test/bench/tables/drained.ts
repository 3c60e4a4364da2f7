import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { shards } from "./stores.ts";

/** Resolves when MariaDB has all that the journal held. The store's own status would count all keys each time. */
export async function drained(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  const journals = Array.from({ length: shards }, (_, shard) => `p:{s${shard}}:j`);
  while ((await Promise.all(journals.map((journal) => redis.xlen(journal)))).some((length) => length > 0))
    await pause(20);
  redis.disconnect();
}
