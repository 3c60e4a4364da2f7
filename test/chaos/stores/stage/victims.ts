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
      const main = mainOf(await ownersOf(redisUrl, prefix));
      const others = crew.pids.filter((pid) => pid !== main);
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
        const main = mainOf(await ownersOf(redisUrl, prefix));
        if (main === undefined || !crew.pids.includes(main)) {
          await sleep(20);
          continue;
        }
        await crew.replace(main);
        const left = new Set<number>();
        for (const [shard, pid] of await ownersOf(redisUrl, prefix)) if (pid === main) left.add(shard);
        // It was the owner when it died: its leases are there still, and will run out.
        if (left.size === 0) continue;
        await until(`others own what ${main} owned`, async () => {
          const { pids } = crew;
          for (const [shard, pid] of await ownersOf(redisUrl, prefix))
            if (pids.includes(pid)) left.delete(shard);
          return left.size === 0;
        });
        return main;
      }
    },
  };
}

/** @param goesOn whether changes are acknowledged meanwhile */
export function mariaDb({ program }: MariaDb, goesOn = true): Victim {
  return {
    name: "MariaDB",
    strike: (crew, random) =>
      restart(program, 500 * random(), async () => (goesOn ? crew.work() : undefined)),
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

/** The process that owns each shard of the journal now; shards that nobody owns are left out. */
export async function ownersOf(redisUrl: string, prefix: string): Promise<[shard: number, pid: number][]> {
  const redis = new Redis(redisUrl);
  try {
    const names = Array.from({ length: shards }, (_, shard) => `${prefix}:{s${shard}}:l`);
    const leases = await redis.mget(names);
    return leases.flatMap((lease, shard) => {
      const [, pid, end] = /^(\d+):.*@(\d+)$/.exec(lease ?? "") ?? [];
      return Number(end) > Date.now() ? [[shard, Number(pid)]] : [];
    });
  } finally {
    redis.disconnect();
  }
}

/** The process that owns most. */
export function mainOf(owners: readonly [shard: number, pid: number][]): number | undefined {
  const groups = [...Map.groupBy(owners, ([, pid]) => pid)];
  return groups.sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
