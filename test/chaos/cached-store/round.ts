import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, onTestFinished } from "vitest";
import { Database } from "../../../runtime/cache/cached/drivers/mysql.ts";
import { SqlTables } from "../../../runtime/cache/cached/rows/sql.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { heroTable } from "../../conformance/cache/fixtures/server/index.ts";
import { openStore, type StoreSpec } from "../../conformance/cache/place.ts";
import { generator } from "../../conformance/cache/worker/random.ts";
import type { MariaDb } from "../../setup/servers/mariadb.ts";
import type { RedisServer } from "../../setup/servers/redis.ts";
import { Ledger } from "./ledger.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface RoundPlan {
  readonly seed: number;
  readonly workers: number;
  readonly rows: number;
  /** Changes are acknowledged for so long before, between and after the kills, milliseconds. */
  readonly calmMs: number;
}

const victims = ["worker", "journal owner", "MariaDB", "Redis"] as const;

/** Kills everything in turn, in an order of the seed's, while workers change rows; then compares all there is. */
export async function crashRound(maria: MariaDb, redis: RedisServer, plan: RoundPlan): Promise<void> {
  const { seed, rows, workers } = plan;
  const { url } = await maria.createDatabase();
  const spec: StoreSpec = {
    ...{ kind: "cached", mysqlUrl: url, redisUrl: redis.url, prefix: `crash${seed}-${Date.now()}` },
    options: { flushMs: 20, leaseMs: 600 },
  };
  const ids = await createRows(spec, rows);
  const random = generator(seed);
  let lives = 0;
  const begin = () => new WorkerProcess(spec, ids, `w${++lives}`, seed * 1_000 + lives);
  const running = Array.from({ length: workers }, begin);
  const all = [...running];
  const replace = async (at: number) => {
    await running[at]!.kill();
    running[at] = begin();
    all.push(running[at]);
  };
  const calm = () => acknowledgedFor(plan.calmMs, running);

  await calm();
  for (const victim of shuffled(victims, random)) {
    if (victim === "worker") await replace(Math.floor(random() * workers));
    else if (victim === "journal owner") {
      const pid = await ownerOf(spec, random);
      const at = running.findIndex((worker) => worker.pid === pid);
      await replace(Math.max(0, at));
    } else {
      const { program } = victim === "MariaDB" ? maria : redis;
      await program.kill();
      await sleep(100 + 400 * random());
      await program.start();
    }
    await calm();
  }
  await Promise.all(running.map((worker) => worker.kill()));
  const ledger = new Ledger(all.flatMap(({ lines }) => lines));
  await compare(spec, ids, ledger, `seed ${seed}`, all.length);
}

async function createRows(spec: StoreSpec, count: number): Promise<string[]> {
  const store = await openStore(spec);
  try {
    const rows = await Promise.all(
      Array.from({ length: count }, (_, at) =>
        store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: `row ${at}` }))),
      ),
    );
    return rows.map(({ values }) => String(values[0]));
  } finally {
    await store.close({ graceMs: 10_000 });
  }
}

/** The process that owns one of the shards. */
async function ownerOf(spec: StoreSpec, random: () => number): Promise<number> {
  if (spec.kind !== "cached") return 0;
  const redis = new Redis(spec.redisUrl);
  try {
    for (;;) {
      const owner = await redis.get(`${spec.prefix}:{s${Math.floor(random() * 16)}}:l`);
      if (owner !== null) return Number(owner.split(":")[0]);
    }
  } finally {
    redis.disconnect();
  }
}

/** Waits until every worker has been told of changes, and the time is over. */
async function acknowledgedFor(ms: number, workers: readonly WorkerProcess[]): Promise<void> {
  const before = workers.map(({ lines }) => lines.length);
  await sleep(ms);
  const isBusy = ({ lines }: WorkerProcess, at: number) =>
    lines.slice(before[at]).filter((line) => !line.startsWith("lost")).length >= 50;
  while (!workers.every(isBusy)) {
    const failed = workers.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) throw new Error(failed.failure);
    await sleep(20);
  }
}

async function compare(
  spec: StoreSpec,
  ids: readonly string[],
  ledger: Ledger,
  told: string,
  lives: number,
): Promise<void> {
  if (spec.kind !== "cached") return;
  const store = await openStore(spec);
  onTestFinished(() => void store.close());
  // The leases of those that were killed run out first.
  await expect.poll(async () => (await store.status()).journalLength, { timeout: 30_000 }).toBe(0);
  expect((await store.status()).deadLetters).toBe(0);
  const database = await Database.open(spec.mysqlUrl, 2, silentLogger);
  onTestFinished(() => database.close());
  const keys = ids.map((id) => [BigInt(id)]);
  const inMySql = await new SqlTables(database, [], false).rows(heroTable, keys);
  const cached = await store.read(heroTable, keys);
  let untold = 0;
  for (const [at, id] of ids.entries()) {
    const row = inMySql.get(id);
    expect(row, `${told}: row ${id} in the cache and in MySQL`).toEqual(cached[at]);
    untold += ledger.check(id, row!, `${told}, row ${id}`);
  }
  expect(ledger.acknowledged).toBeGreaterThan(1_000);
  expect(untold, `${told}: changes that nobody was told of`).toBeGreaterThanOrEqual(0);
  expect(untold).toBeLessThanOrEqual(ledger.lost + lives * lanesOfWorker);
}

const lanesOfWorker = 8;

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}
