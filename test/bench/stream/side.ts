/** Reads all rows of a table page by page, in a process of its own: `ours`, or `mysql2` alone. */
import mysql, { type RowDataPacket } from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { drained } from "../tables/drained.ts";
import { purseTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, type LoadResult } from "../tables/load.ts";
import { purseRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";

const [kind, countText, waitingText, mysqlUrl, redisUrl] = process.argv.slice(2);
const count = Number(countText);
const waiting = Number(waitingText);
const places = { mysqlUrl: mysqlUrl!, redisUrl: redisUrl! };
const pageCount = 256;

/** The journal's rows come after those that MariaDB has. */
async function throughTable(): Promise<() => Promise<number>> {
  const filling = await openCached(places);
  const purses = new TableHandle(purseTable, filling);
  if ((await purses.get(1n)) === undefined) await eachId(count, (id) => purses.create(purseRow(id)));
  await drained(redisUrl!);
  await filling.close();
  const store = await openCached(places, { writer: false });
  const rows = new TableHandle(purseTable, store);
  await eachId(waiting, (id) => rows.create(purseRow(BigInt(count) + id)));
  const ids = new Set<bigint>();
  for await (const row of rows.stream({ pageCount })) {
    ids.add(row.id);
    mustBe(`row ${row.id}`, row, purseRow(row.id));
  }
  mustBe("the number of different rows", ids.size, count + waiting);
  return async () => {
    let found = 0;
    for await (const _row of rows.stream({ pageCount })) found++;
    if (found !== count + waiting) throw new Error(`${found} rows of ${count + waiting} were read`);
    return found;
  };
}

async function plainPages(): Promise<() => Promise<number>> {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: 1, supportBigNumbers: true });
  return async () => {
    let found = 0;
    for (let after = 0; ; ) {
      const [page] = await pool.execute<RowDataPacket[]>(
        `SELECT * FROM \`purse\` WHERE \`id\` > ? ORDER BY \`id\` LIMIT ${pageCount}`,
        [after],
      );
      found += page.length;
      const last = page.at(-1);
      if (last === undefined) {
        mustBe("the number of rows", found, count);
        return found;
      }
      after = Number(last["id"]);
    }
  };
}

const read = await (kind === "ours" ? throughTable() : plainPages());
serveParent<LoadRequest>(async ({ measureMs }): Promise<LoadResult> => {
  const begin = performance.now();
  let calls = 0;
  do calls += await read();
  while (performance.now() - begin < measureMs);
  return { calls, perSecond: (calls * 1_000) / (performance.now() - begin) };
});
tellParent({});
