import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import type { MariaDb } from "../../../setup/servers/mariadb.ts";
import type { ServerProgram } from "../../../setup/servers/program.ts";
import type { RedisServer } from "../../../setup/servers/redis.ts";
import { until } from "../until.ts";
import type { Victim } from "./stage.ts";

const shards = 16;

/** A worker, but not the one that owns most of the journal. */
export function writer(redisUrl: string, prefix: string): Victim {
  return {
    name: "writer",
    async strike(crew, random) {
      const [main] = await ownersOf(redisUrl, prefix);
      const others = crew.pids.filter((pid) => pid !== main?.pid);
      const pid = others[Math.floor(random() * others.length)]!;
      await crew.replace(pid);
      return pid;
    },
  };
}

/** The worker that owns most shards of the journal; others must take them over. */
export function journalOwner(redisUrl: string, prefix: string): Victim {
  return {
    name: "journal owner",
    async strike(crew) {
      for (;;) {
        const [main] = await ownersOf(redisUrl, prefix);
        if (main === undefined || !crew.pids.includes(main.pid)) {
          await sleep(20);
          continue;
        }
        await crew.replace(main.pid);
        const owned = (await ownersOf(redisUrl, prefix)).find(({ pid }) => pid === main.pid);
        // It was the owner when it died: its leases are there still, and run out.
        if (owned === undefined) continue;
        await until("others own what the victim owned", async () => {
          const owners = (await ownersOf(redisUrl, prefix)).filter(({ pid }) => crew.pids.includes(pid));
          return owners.reduce((sum, { count }) => sum + count, 0) === shards;
        });
        return main.pid;
      }
    },
  };
}

export function mariaDb({ program }: MariaDb): Victim {
  return {
    name: "MariaDB",
    strike: (crew, random) => restart(program, 500 * random(), () => crew.work()),
  };
}

export function redisServer({ program }: RedisServer): Victim {
  return { name: "Redis", strike: (_, random) => restart(program, 500 * random(), async () => {}) };
}

async function restart(
  program: ServerProgram,
  awayMs: number,
  meanwhile: () => Promise<void>,
): Promise<number> {
  const { pid } = program;
  await program.kill();
  await sleep(awayMs);
  await meanwhile();
  await program.start();
  if (program.pid === pid) throw new Error(`process ${pid} was not killed`);
  return pid;
}

interface Owner {
  readonly pid: number;
  /** Shards that it owns. */
  readonly count: number;
}

/** The processes that own shards of the journal now, that of most shards first. */
async function ownersOf(redisUrl: string, prefix: string): Promise<Owner[]> {
  const redis = new Redis(redisUrl);
  try {
    const names = Array.from({ length: shards }, (_, shard) => `${prefix}:{s${shard}}:l`);
    const counts = new Map<number, number>();
    for (const owner of await redis.mget(names)) {
      if (owner === null) continue;
      const pid = Number(owner.split(":")[0]);
      counts.set(pid, (counts.get(pid) ?? 0) + 1);
    }
    return [...counts].map(([pid, count]) => ({ pid, count })).sort((a, b) => b.count - a.count);
  } finally {
    redis.disconnect();
  }
}
