import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { heroTable, vaultTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { openStore, type StoreSpec } from "../../conformance/tables/place.ts";
import { startMariaDb } from "../../setup/servers/mariadb.ts";
import type { ServerProgram } from "../../setup/servers/program.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import { within } from "../../setup/within.ts";
import { createRows } from "./fixture/rows.ts";
import { Load, readRows } from "./load.ts";
import { until } from "./until.ts";

/** How long MySQL is away, milliseconds: longer than the limit of a call. */
const awayMs = 20_000;
const timeoutMs = 15_000;
const shards = 16;
/** Entries that a shard's journal takes when its limit is low: less than 20 s of load. */
const lowLimit = 150;

interface Absence {
  readonly manner: string;
  leave(program: ServerProgram): Promise<void>;
  comeBack(program: ServerProgram): Promise<void>;
}

const absences: readonly Absence[] = [
  {
    manner: "killed, so that its port refuses",
    leave: (program) => program.kill(),
    comeBack: (program) => program.start(),
  },
  {
    manner: "frozen, so that its connections stay and say nothing",
    leave: async (program) => program.signal("SIGSTOP"),
    comeBack: async (program) => program.signal("SIGCONT"),
  },
];

describe("MySQL is away for 20 s under load", () => {
  for (const { manner, leave, comeBack } of absences) {
    test.concurrent(`${manner}: no write fails until the limit, then each is refused with a time; what needs MySQL ends in time; later all is there`, {
      timeout: 240_000,
    }, async ({ onTestFinished }) => {
      const opened = new AsyncDisposableStack();
      onTestFinished(() => opened.disposeAsync());
      const maria = opened.use(await startMariaDb());
      const redis = opened.use(await startRedis());
      const begin = async (options: object) => {
        const { url } = await maria.createDatabase();
        const prefix = `away${randomUUID().slice(0, 8)}`;
        const spec = { kind: "cached", mysqlUrl: url, redisUrl: redis.url, prefix, options } as const;
        const ids = (await createRows(spec, 200)).map(BigInt);
        const open = async (more: Partial<StoreSpec>) => {
          const store = await openStore({ ...spec, ...more } as StoreSpec);
          opened.defer(() => store.close().then(() => undefined));
          return store;
        };
        const store = await open({});
        // So that every row is in the cache: those that are not cannot be had without MySQL.
        await readRows(store, ids);
        const vault = new VaultLoad(store);
        const readMySql = async () =>
          readRows(await open({ prefix: `${prefix}-reader`, options: { writer: false } }), ids);
        return { prefix, store, readMySql, vault, load: new Load(store, ids) };
      };
      const roomy = await begin({});
      const tight = await begin({ backlogCount: shards * lowLimit });
      const both = [roomy, tight];
      const onward = async (count: number) => {
        const before = both.map(({ load }) => load.acknowledged);
        await until("changes are acknowledged", () => {
          for (const { load } of both) load.check();
          return both.every(({ load }, at) => load.acknowledged >= before[at]! + count);
        });
      };

      await onward(500);
      expect(tight.load.refusals).toEqual([]);
      await until("write-through changes are acknowledged", () =>
        both.every(({ vault }) => vault.sum >= 20n),
      );
      await leave(maria.program);
      const uncached = within(timeoutMs, roomy.store.read(heroTable, [[1_000_000n]]));
      const found = expect(uncached).rejects.toThrow(/^UNAVAILABLE: /);
      await onward(100);
      // Changes wait in the journal from now on, at the latest.
      const waitingFrom = performance.now();
      await until("the low limit is reached", () => tight.load.refusals.length >= 20);
      const shortage = tight.load.refusedShards(tight.prefix, shards);
      await until("as much waits without the low limit", async () => {
        return (await roomy.store.status()).journalLength > lowLimit;
      });
      await sleep(Math.max(0, waitingFrom + awayMs - performance.now()));
      await found;
      // As much waits as may, where a change was refused; nowhere is more.
      const lengths = await journalLengths(redis.url, shortage.values());
      expect(new Set(lengths)).toEqual(new Set([lowLimit]));
      const status = await roomy.store.status();
      expect(status.journalLagMs).toBeGreaterThan(awayMs / 2);

      await comeBack(maria.program);
      await until("no change is refused any more", async () => {
        const { length } = tight.load.refusals;
        await sleep(500);
        return tight.load.refusals.length === length;
      });
      await onward(500);
      for (const { vault } of both) await vault.stop();
      for (const { store, load, readMySql } of both) {
        const expected = await load.stop();
        await isWritten(store);
        expect(await readMySql()).toEqual(expected);
        expect((await store.status()).deadLetters).toBe(0);
      }
      expect(roomy.load.refusals).toEqual([]);
      expect(tight.load.refusals.every(({ retryAfterMs }) => retryAfterMs > 0)).toBe(true);
    });
  }
});

/** Adds to a row of a write-through table, one change after another, each within the limit. */
class VaultLoad {
  /** What was acknowledged. */
  sum = 0n;
  /** What may have happened besides. */
  #unknown = 0n;
  readonly #store: TableStore;
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(store: TableStore) {
    this.#store = store;
    this.#running = this.#run();
    this.#running.catch(() => undefined);
  }

  /** Throws when something acknowledged is not there, or something else is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    const [row] = await this.#store.read(vaultTable, [["ada"]]);
    const balance = row!.values[1] as bigint;
    expect(balance).toBeGreaterThanOrEqual(this.sum);
    expect(balance).toBeLessThanOrEqual(this.sum + this.#unknown);
  }

  async #run(): Promise<void> {
    await this.#store.create(vaultTable, ["ada", 0n, 0n]);
    while (!this.#isStopped) {
      try {
        await within(timeoutMs, this.#store.increment(vaultTable, ["ada"], { column: 1, delta: 1n }));
        this.sum++;
      } catch (error) {
        const [, outcome] =
          /^UNAVAILABLE: .* \((not sent|may have happened)\)$/.exec((error as Error).message) ?? [];
        if (outcome === undefined) throw error;
        if (outcome === "may have happened") this.#unknown++;
      }
      await sleep(10);
    }
  }
}

async function journalLengths(redisUrl: string, journals: Iterable<string>): Promise<number[]> {
  const redis = new Redis(redisUrl);
  try {
    return await Promise.all([...journals].map((journal) => redis.xlen(journal)));
  } finally {
    redis.disconnect();
  }
}

function isWritten(store: TableStore): Promise<void> {
  return until("the journal is written", async () => (await store.status()).journalLength === 0);
}
