/** One way of reading a row, in a process of its own: `ours` or `redis`. */
import { Redis } from "ioredis";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
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

/** Rows that are compared with what was stored, before anything is measured. */
const checkedRows = 32;
const rowOf = isLarge ? largeRow : smallRow;

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
  await eachId(count, (id) => redis.hset(`${fields}:${id}`, dictOf(rowOf(id)) as Record<string, string>));
  return (id) => redis.hgetall(`${fields}:${id}`);
}

function textsOf(row: object): object {
  return Object.fromEntries(Object.entries(dictOf(row)).map(([name, value]) => [name, String(value)]));
}

const read = kind === "ours" ? await throughTable() : await plainHashes();
for (let id = 1n; id <= checkedRows; id++) {
  const row = rowOf(id);
  mustBe("the number of fields", Object.keys(row).length, Number(fields));
  mustBe(`row ${id}`, { ...(await read(id)) }, kind === "ours" ? { ...row } : textsOf(row));
}
serveParent<LoadRequest>(({ measureMs }) =>
  inFlight(lanes, measureMs, (lane, turn) => read(rowOfTurn(lane, turn, lanes, count))),
);
tellParent({});
