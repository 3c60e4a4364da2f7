/** Reads many rows at once, in a process of its own: `ours`, or `plain`, by a driver alone. */
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import type { LoadRequest, PrepareRequest } from "../tables/compare.ts";
import { drained } from "../tables/drained.ts";
import { purseTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, type LoadResult } from "../tables/load.ts";
import { dictOf, purseRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";

const [kind, load, countText, mostText, mysqlUrl, redisUrl] = process.argv.slice(2);
const count = Number(countText);
const most = Number(mostText);
const redis = new Redis(redisUrl!, { enableAutoPipelining: true });
const keys = Array.from({ length: count }, (_, at) => BigInt(at + 1));

/** Rows that are compared with what was stored, before anything is measured. */
const checkedRows = 256;

interface Reads {
  /** How many rows were there, each at the place of its key. */
  read(): Promise<number>;
  /** Before each read, not measured. */
  prepare(): Promise<void>;
}

async function throughTable(): Promise<Reads> {
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! });
  const purses = new TableHandle(purseTable, store);
  const there = await purses.get(BigInt(most));
  if (there === undefined) await eachId(most, (id) => purses.create(purseRow(id)));
  await drained(redisUrl!);
  const some = keys.slice(0, checkedRows);
  mustBe("what was read", await purses.getMany(some), some.map(purseRow));
  return {
    read: async () => (await purses.getMany(keys)).filter((row, at) => row?.id === keys[at]).length,
    prepare: async () => (load === "cold" ? dropRows() : void (await purses.getMany(keys))),
  };
}

/** Takes all rows out of Redis; MariaDB has them. */
async function dropRows(): Promise<void> {
  for await (const names of redis.scanStream({ match: "p:{s*}:r:*", count: 10_000 })) {
    if (names.length > 0) await redis.del(names);
  }
}

/** A hash of names and texts for each row. */
async function hashes(): Promise<Reads> {
  await eachId(count, (id) => redis.hset(`plain:${id}`, dictOf(purseRow(id)) as Record<string, string>));
  const first = Object.entries(dictOf(purseRow(1n))).map(([name, value]) => [name, String(value)]);
  mustBe("the first hash", { ...(await redis.hgetall("plain:1")) }, Object.fromEntries(first));
  const read = async () => {
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.hgetall(`plain:${key}`);
    return (await pipeline.exec())!.filter(([error, row]) => error === null && row !== null).length;
  };
  return { read, prepare: async () => undefined };
}

const selectCount = 256;

async function selects(): Promise<Reads> {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: 1, supportBigNumbers: true });
  const read = async () => {
    let found = 0;
    for (let at = 0; at < count; at += selectCount) {
      const some = keys.slice(at, at + selectCount).map(Number);
      const marks = some.map(() => "?").join(", ");
      const [rows] = await pool.execute(`SELECT * FROM \`purse\` WHERE \`id\` IN (${marks})`, some);
      found += (rows as unknown[]).length;
    }
    return found;
  };
  return { read, prepare: async () => undefined };
}

const { read, prepare } = await (kind === "ours" ? throughTable() : load === "warm" ? hashes() : selects());
serveParent<LoadRequest | PrepareRequest>(async (request): Promise<LoadResult> => {
  if (request === "prepare") {
    await prepare();
    return { calls: 0, perSecond: 0 };
  }
  let calls = 0;
  let ms = 0;
  do {
    const begin = performance.now();
    const found = await read();
    ms += performance.now() - begin;
    calls += found;
    if (found !== count) throw new Error(`${found} rows of ${count} were read`);
    if (load === "cold") await prepare();
  } while (ms < request.measureMs);
  return { calls, perSecond: (calls * 1_000) / ms };
});
tellParent({});
