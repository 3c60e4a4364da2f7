import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { KeyNames } from "../../../../runtime/cache/cached/names.ts";
import type { StoredRow } from "../../../../runtime/cache/store.ts";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { heroOf, openStore, type StoreSpec } from "../../../conformance/cache/place.ts";
import { type EvictionPolicy, FullRedis } from "../../../setup/servers/full-redis.ts";
import { type MariaDb, startMariaDb } from "../../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../../setup/servers/redis.ts";
import { until } from "../until.ts";
import { frozenOwner, frozenServer, frozenWriter, shortLimits } from "./frozen.ts";
import { historyQuery, historySql, type Stage, stateOfRow } from "./stage.ts";
import { journalOwner, mariaDb, redisServer, writer } from "./victims.ts";

type CachedSpec = Extract<StoreSpec, { kind: "cached" }>;

/** Redis, which writes each change to its file at once, before MariaDB: both of the round's own. */
export async function cachedStage(): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const maria: MariaDb = opened.use(await startMariaDb());
  const redis: RedisServer = opened.use(await startRedis({ appendFsync: "always" }));
  const stage = await stageOn(maria, redis.url);
  const { spec } = stage;
  const servers = opened.move();
  return {
    ...stage,
    victims: [
      writer(redis.url, spec.prefix),
      journalOwner(redis.url, spec.prefix),
      mariaDb(maria),
      redisServer(redis),
    ],
    settle: async (ids) => [...(await settle(spec, ids, true)), ...(await leftovers(spec))],
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

/** Redis before MariaDB, with limits so short that each of them is frozen for longer, and each kind of worker. */
export async function frozenStage(heroes?: "write-through"): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const maria: MariaDb = opened.use(await startMariaDb());
  const redis: RedisServer = opened.use(await startRedis());
  const stage = await stageOn(maria, redis.url, {
    ...(heroes === undefined ? {} : { heroes }),
    options: shortLimits,
  });
  const { spec } = stage;
  const servers = opened.move();
  return {
    ...stage,
    victims: [
      frozenWriter,
      // Nothing is journalled of write-through tables.
      ...(heroes === undefined ? [frozenOwner(redis.url, spec.prefix)] : []),
      frozenServer("MariaDB", maria.program),
      frozenServer("Redis", redis.program),
    ],
    settle: async (ids) => [...(await settle(spec, ids, heroes === undefined)), ...(await leftovers(spec))],
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

/** Redis, which gets full of clean rows of others when the round's own are there, before MariaDB. */
export async function fullStage(policy: EvictionPolicy, heroes?: "write-through"): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const maria: MariaDb = opened.use(await startMariaDb());
  const full = opened.use(await FullRedis.start(policy));
  const takesAny = policy.startsWith("allkeys");
  const stage = await stageOn(maria, full.url, {
    ...(heroes === undefined ? {} : { heroes }),
    options: { allowEviction: takesAny },
  });
  const { spec } = stage;
  const servers = opened.move();
  const killed = [writer(full.url, spec.prefix), journalOwner(full.url, spec.prefix), frozenWriter];
  return {
    ...stage,
    // A mark that was evicted keeps no old row out of the cache when its writer dies: DATA.md says so.
    victims: takesAny ? [] : [...killed, mariaDb(maria, heroes === undefined)],
    async createRows(count) {
      const ids = await stage.createRows(count);
      await full.fill();
      return ids;
    },
    names: async () => {
      const rows = await query(spec.mysqlUrl, "SELECT name, id FROM hero WHERE name LIKE 'taken-%'");
      return new Map(rows.map(([name, id]) => [String(name), String(id)]));
    },
    async settle(ids) {
      const problems: string[] = [];
      const evicted = await full.evictedKeys();
      process.stdout.write(`${policy}: ${evicted} keys evicted, ${full.refused} times no room\n`);
      if (policy === "noeviction" ? full.refused === 0 : evicted === 0) problems.push("Redis was never full");
      await full.empty();
      problems.push(...(await precious(spec)));
      return [...problems, ...(await settle(spec, ids, false))];
    },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

/** What stages of both servers have alike. */
async function stageOn(maria: MariaDb, redisUrl: string, more: Partial<CachedSpec> = {}) {
  const { url } = await maria.createDatabase();
  const spec: CachedSpec = {
    ...{ kind: "cached", mysqlUrl: url, redisUrl, prefix: "crash" },
    ...more,
    options: { flushMs: 20, leaseMs: 600, ...more.options },
  };
  return {
    spec,
    // Of a write-through table MySQL is given each change by itself.
    isEvery: spec.heroes === "write-through",
    createRows: (count: number) => insertRows(spec, count),
    async watch() {
      const columns =
        "n bigint AUTO_INCREMENT PRIMARY KEY, id bigint unsigned, _version bigint unsigned, gold bigint, note text, level int unsigned, luck double";
      for (const statement of historySql("`", columns)) await query(url, statement);
    },
    rows: (ids: readonly string[]) => storedRows(spec, ids),
    history: async () => (await query(url, historyQuery)).map(stateOfRow),
  };
}

/** Rows that were in MySQL all the time: that takes a moment, and a thousand creations take a slow machine half a minute. */
async function insertRows(spec: CachedSpec, count: number): Promise<string[]> {
  const store = await openStore(reading(spec));
  const heroTable = heroOf(spec);
  try {
    // Makes the table.
    await store.page(heroTable, undefined, 1);
    const ids = Array.from({ length: count }, (_, at) => String(at + 1));
    const values = ids.map((id) => `(${id}, 'row ${id}')`).join(", ");
    await query(spec.mysqlUrl, `INSERT INTO hero (id, name) VALUES ${values}`);
    // Rows that are not in the cache cannot be had while MySQL is away.
    await store.read(
      heroTable,
      ids.map((id) => [BigInt(id)]),
    );
    return ids;
  } finally {
    await store.close();
  }
}

/** Keys of the rows that are not in the cache; their shards say which of them went together. */
async function uncachedRows(spec: CachedSpec, ids: readonly string[]): Promise<string[]> {
  const { redisUrl, prefix } = spec;
  const names = new KeyNames(prefix, 16);
  const client = new Redis(redisUrl);
  try {
    const keys = ids.map((id) => names.place(heroOf(spec), [BigInt(id)]).row);
    const isThere = await Promise.all(keys.map((key) => client.exists(key)));
    return keys.filter((_, at) => isThere[at] === 0);
  } finally {
    client.disconnect();
  }
}

/**
 * Lets what is left of the journal be written; then the cache must be what MySQL is, and nothing in it dirty.
 * @param isRoomy whether Redis had room for all rows
 */
async function settle(spec: CachedSpec, ids: readonly string[], isRoomy: boolean): Promise<string[]> {
  const problems: string[] = [];
  const error = (_: object, message: string) => problems.push(`the last store says: ${message}`);
  const store = await openStore(spec, { ...silentLogger, error });
  try {
    // The leases of those that were killed run out first.
    await until("the journal is written", async () => (await store.status()).journalLength === 0);
    const { deadLetters, tables } = await store.status();
    if (deadLetters > 0) problems.push(`${deadLetters} dead letters`);
    const { cachedRows = 0, dirtyRows = 0 } = tables.find(({ name }) => name === "hero") ?? {};
    if (isRoomy && cachedRows !== ids.length) {
      const gone = await uncachedRows(spec, ids);
      problems.push(
        `${cachedRows} of ${ids.length} rows are in the cache, without ${gone.slice(0, 20).join(", ")}`,
      );
    }
    if (dirtyRows > 0) problems.push(`${dirtyRows} rows are dirty`);
  } finally {
    const { remaining } = await store.close();
    if (remaining > 0) problems.push(`${remaining} changes remain in the journal`);
  }
  const stored = await storedRows(spec, ids);
  for (const [at, row] of (await rowsOf(spec, ids)).entries()) {
    const [one, other] = [row, stored[at]].map(textOf);
    if (one !== other) problems.push(`row ${ids[at]} is ${one} in the cache and ${other} in MySQL`);
  }
  return problems;
}

/** For a store that brings nothing to MySQL. */
function reading(spec: CachedSpec): CachedSpec {
  return { ...spec, options: { ...spec.options, writer: false } };
}

/** The rows in MySQL: a store of another prefix has nothing in its cache. */
function storedRows(spec: CachedSpec, ids: readonly string[]): Promise<(StoredRow | undefined)[]> {
  return rowsOf({ ...spec, prefix: `reader-${randomUUID().slice(0, 8)}` }, ids);
}

async function rowsOf(spec: CachedSpec, ids: readonly string[]): Promise<(StoredRow | undefined)[]> {
  const store = await openStore(reading(spec));
  try {
    return await store.read(
      heroOf(spec),
      ids.map((id) => [BigInt(id)]),
    );
  } finally {
    await store.close();
  }
}

/** What stays in Redis for ever though MySQL has it. */
async function leftovers({ redisUrl, prefix }: CachedSpec): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    const rows = await redis.keys(`${prefix}:{s*}:r:*`);
    const times = await Promise.all(rows.map((row) => redis.pttl(row)));
    // A mark of a write-through whose outcome nobody knows stands for a minute, and is swept.
    const marks = await Promise.all(rows.map((row) => redis.hexists(row, "w")));
    const eternal = rows.filter((_, at) => times[at] === -1 && marks[at] === 0);
    const overlays = await redis.keys(`${prefix}:{s*}:i:*`);
    return [
      ...eternal.map((row) => `${row} would never leave the cache`),
      ...overlays.map((overlay) => `${overlay} is still there`),
    ];
  } finally {
    redis.disconnect();
  }
}

/** Keys that Redis may evict though something hangs on them, when nobody changes them any more. */
async function precious({ redisUrl, prefix }: CachedSpec): Promise<string[]> {
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.keys(`${prefix}*`);
    const times = await Promise.all(keys.map((key) => redis.pttl(key)));
    const mortal = keys.filter((_, at) => times[at]! >= 0);
    const areClean = await Promise.all(
      mortal.map(async (key) => {
        if (!key.includes(":r:")) return false;
        const [version, mark, refused] = await redis.hmget(key, "v", "w", "x");
        return !version?.includes("@") && mark === null && refused === null;
      }),
    );
    return mortal.filter((_, at) => !areClean[at]).map((key) => `${key} may be evicted`);
  } finally {
    redis.disconnect();
  }
}

async function query(url: string, statement: string): Promise<unknown[][]> {
  const connection = await mysql.createConnection({ uri: url, rowsAsArray: true });
  try {
    const [rows] = await connection.query(statement);
    return Array.isArray(rows) ? (rows as unknown[][]) : [];
  } finally {
    connection.destroy();
  }
}

function textOf(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}
