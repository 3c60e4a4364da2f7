/** Brings changes to MariaDB, in a process of its own: `ours` from the journal, or `updates`, one for each change. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import type { LoadRequest, PrepareRequest } from "../tables/compare.ts";
import { smallTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, inFlight, type LoadResult } from "../tables/load.ts";
import { dictOf, smallRow } from "../tables/rows.ts";
import { openCached, shards } from "../tables/stores.ts";
import { HeldClock } from "./held-clock.ts";

const [kind, rowsText, changesText, connectionsText, mysqlUrl, redisUrl] = process.argv.slice(2);
const rowCount = Number(rowsText);
const changeCount = Number(changesText);
const connections = Number(connectionsText);
const places = { mysqlUrl: mysqlUrl!, redisUrl: redisUrl! };

/** A journal is filled while its writer is held back; how it then empties is measured. */
async function journalSide() {
  const clock = new HeldClock();
  const store = await openCached(places, { clock, flushMs: 10, leaseMs: 120_000 });
  const rows = new TableHandle(smallTable, store);
  const redis = new Redis(redisUrl!, { enableAutoPipelining: true });
  const waiting = async () => {
    const journals = Array.from({ length: shards }, (_, shard) => redis.xlen(`p:{s${shard}}:j`));
    return (await Promise.all(journals)).reduce((sum, length) => sum + length, 0);
  };
  const emptied = async () => {
    while ((await waiting()) > 0) await pause(10);
  };
  await eachId(rowCount, (id) => rows.create(smallRow(id)));
  await emptied();
  return async (request: LoadRequest | PrepareRequest): Promise<LoadResult> => {
    if (request === "prepare") {
      clock.hold();
      // What the writer is about to do is done, and finds nothing.
      await pause(100);
      await eachId(changeCount, (at) =>
        rows.patch((at % BigInt(rowCount)) + 1n, { trait_003: Math.floor(Math.random() * 1e9) }),
      );
      return { calls: 0, perSecond: 0 };
    }
    if ((await waiting()) !== changeCount) throw new Error("the journal does not hold the changes");
    const begin = performance.now();
    clock.release();
    await emptied();
    return { calls: changeCount, perSecond: (changeCount * 1_000) / (performance.now() - begin) };
  };
}

/** Writes the whole row for each change, as it comes. */
async function updateSide() {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: connections });
  const [key, ...others] = smallTable.columns.map(({ name }) => name);
  const sql = `UPDATE \`small\` SET ${others.map((name) => `\`${name}\` = ?`).join(", ")} WHERE \`${key}\` = ?`;
  const update = async () => {
    const { id, ...row } = dictOf(smallRow(BigInt(1 + Math.floor(Math.random() * rowCount))));
    row["trait_003"] = Math.floor(Math.random() * 1e9);
    await pool.execute(sql, [...Object.values(row), id] as (string | number)[]);
  };
  return (request: LoadRequest | PrepareRequest): Promise<LoadResult> =>
    request === "prepare"
      ? Promise.resolve({ calls: 0, perSecond: 0 })
      : inFlight(connections, request.measureMs, update);
}

const answer = await (kind === "ours" ? journalSide() : updateSide());
serveParent<LoadRequest | PrepareRequest>(answer);
tellParent({});
