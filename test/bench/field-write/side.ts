/** One way of changing one field of a row, in a process of its own: `ours`, `redis` or `memcached`. */
import { Redis } from "ioredis";
import { pack, unpack } from "msgpackr";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import { loadPeer } from "../harness/peers.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { largeTable, smallTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, inFlight, rowOfTurn } from "../tables/load.ts";
import { dictOf, largeRow, smallRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";

/** What this needs of memjs, which has no types of its own. */
interface Memjs {
  readonly Client: {
    create(place: string): {
      get(key: string): Promise<{ value: Buffer | null }>;
      set(key: string, value: Buffer, options: object): Promise<boolean>;
    };
  };
}

const [kind, fields, lanesText, mysqlUrl, redisUrl, memcached] = process.argv.slice(2);
const isLarge = fields === "200";
const lanes = Number(lanesText);
const count = lanes * (isLarge ? 16 : 64);
const rowOf = isLarge ? largeRow : smallRow;

/** One way of changing rows. */
interface Rows {
  change(id: bigint, value: number): Promise<unknown>;
  read(id: bigint): Promise<object | undefined>;
  /** Row that `read` returns while nobody has changed it. */
  untouched(id: bigint): object;
}

/** Through the generated table: into Redis and the journal, in one step. */
async function throughTable(): Promise<Rows> {
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! }, { writer: false });
  if (isLarge) {
    const rows = new TableHandle(largeTable, store);
    await eachId(count, (id) => rows.create(largeRow(id)));
    return {
      change: (id, value) => rows.patch(id, { trait_003: value }),
      read: (id) => rows.get(id),
      untouched: largeRow,
    };
  }
  const rows = new TableHandle(smallTable, store);
  await eachId(count, (id) => rows.create(smallRow(id)));
  return {
    change: (id, value) => rows.patch(id, { trait_003: value }),
    read: (id) => rows.get(id),
    untouched: smallRow,
  };
}

/** Reads, unpacks, changes, packs and writes the whole row; no other writer may run meanwhile. */
async function wholeDicts(
  get: (key: string) => Promise<Buffer | null>,
  set: (key: string, value: Buffer) => Promise<unknown>,
): Promise<Rows> {
  await eachId(count, (id) => set(`${fields}:${id}`, pack(dictOf(rowOf(id)))));
  const read = async (id: bigint) => unpack((await get(`${fields}:${id}`))!);
  return {
    change: async (id, value) => {
      const dict = await read(id);
      dict.trait_003 = value;
      await set(`${fields}:${id}`, pack(dict));
    },
    read,
    untouched: (id) => dictOf(rowOf(id)),
  };
}

async function openRows(): Promise<Rows> {
  if (kind === "ours") return throughTable();
  if (kind === "redis") {
    const redis = new Redis(redisUrl!, { enableAutoPipelining: true });
    return wholeDicts(
      (key) => redis.getBuffer(key),
      (key, value) => redis.set(key, value),
    );
  }
  const client = loadPeer<Memjs>("memjs").Client.create(memcached!);
  return wholeDicts(
    async (key) => (await client.get(key)).value,
    (key, value) => client.set(key, value, { expires: 0 }),
  );
}

const rows = await openRows();

/** Lanes whose last change is read again. */
const checkedLanes = 8;

serveParent<LoadRequest>(async ({ measureMs }) => {
  const turns: number[] = [];
  const result = await inFlight(lanes, measureMs, (lane, turn) => {
    turns[lane] = turn;
    return rows.change(rowOfTurn(lane, turn, lanes, count), turn);
  });
  for (const [lane, turn] of turns.slice(0, checkedLanes).entries()) {
    const id = rowOfTurn(lane, turn, lanes, count);
    mustBe(`row ${id}`, await rows.read(id), { ...rows.untouched(id), trait_003: turn });
  }
  return result;
});
tellParent({});
