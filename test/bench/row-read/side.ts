/** One way of reading a row, in a process of its own: `ours` or `redis`. */
import { Redis } from "ioredis";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { largeTable, smallTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, inFlight, rowOfTurn } from "../tables/load.ts";
import { dictOf, largeRow, smallRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";

const [kind, fields, lanesText, mysqlUrl, redisUrl] = process.argv.slice(2);
const isLarge = fields === "200";
const lanes = Number(lanesText);
const count = lanes * (isLarge ? 16 : 64);

type Read = (id: bigint) => Promise<object | undefined>;

/** A typed row, through the generated table. */
async function throughTable(): Promise<Read> {
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! }, { writer: false });
  if (isLarge) {
    const rows = new TableHandle(largeTable, store);
    await eachId(count, (id) => rows.create(largeRow(id)));
    return (id) => rows.get(id);
  }
  const rows = new TableHandle(smallTable, store);
  await eachId(count, (id) => rows.create(smallRow(id)));
  return (id) => rows.get(id);
}

/** An object of texts, as ioredis gives it: nothing is made a number. */
async function plainHashes(): Promise<Read> {
  const redis = new Redis(redisUrl!, { enableAutoPipelining: true });
  const rowOf = isLarge ? largeRow : smallRow;
  await eachId(count, (id) => redis.hset(`${fields}:${id}`, dictOf(rowOf(id)) as Record<string, string>));
  return (id) => redis.hgetall(`${fields}:${id}`);
}

const read = kind === "ours" ? await throughTable() : await plainHashes();
const size = Object.keys((await read(1n)) ?? {}).length;
if (size !== Number(fields)) throw new Error(`a row of ${size} fields was read`);
serveParent<LoadRequest>(({ measureMs }) =>
  inFlight(lanes, measureMs, (lane, turn) => read(rowOfTurn(lane, turn, lanes, count))),
);
tellParent({});
