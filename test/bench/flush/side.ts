/** Brings changes to MariaDB, in a process of its own: `ours` from the journal, or `updates`, one for each change. */
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import mysql, { type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
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

/** Rows whose values in MariaDB are compared after each measurement. */
const checkedRows = 1_000;

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
  const database = mysql.createPool({ uri: mysqlUrl!, connectionLimit: 1, supportBigNumbers: true });
  /** Values of the changes that the journal holds. */
  let written = new Set<number>();
  /** Throws unless MariaDB has the values that the table has, and these are of the last changes. */
  const check = async () => {
    const ids = Array.from({ length: Math.min(rowCount, changeCount, checkedRows) }, (_, at) =>
      BigInt(at + 1),
    );
    const values = (await rows.getMany(ids)).map((row) => row?.trait_003);
    const [stored] = await database.query<RowDataPacket[]>(
      "SELECT `trait_003` FROM `small` WHERE `id` <= ? ORDER BY `id`",
      [ids.length],
    );
    mustBe(
      "what MariaDB has",
      stored.map((row) => row["trait_003"]),
      values,
    );
    mustBe(
      "a value of the last changes",
      values.every((value) => written.has(value!)),
      true,
    );
  };
  await eachId(rowCount, (id) => rows.create(smallRow(id)));
  await emptied();
  return async (request: LoadRequest | PrepareRequest): Promise<LoadResult> => {
    if (request === "prepare") {
      clock.hold();
      // What the writer is about to do is done, and finds nothing.
      await pause(100);
      written = new Set();
      await eachId(changeCount, (at) => {
        const value = Math.floor(Math.random() * 1e9);
        written.add(value);
        return rows.patch((at % BigInt(rowCount)) + 1n, { trait_003: value });
      });
      return { calls: 0, perSecond: 0 };
    }
    if ((await waiting()) !== changeCount) throw new Error("the journal does not hold the changes");
    const begin = performance.now();
    clock.release();
    await emptied();
    const perSecond = (changeCount * 1_000) / (performance.now() - begin);
    await check();
    return { calls: changeCount, perSecond };
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
    const values = [...Object.values(row), id] as (string | number)[];
    const [{ affectedRows }] = await pool.execute<ResultSetHeader>(sql, values);
    mustBe("the number of rows that an UPDATE found", affectedRows, 1);
  };
  return (request: LoadRequest | PrepareRequest): Promise<LoadResult> =>
    request === "prepare"
      ? Promise.resolve({ calls: 0, perSecond: 0 })
      : inFlight(connections, request.measureMs, update);
}

const answer = await (kind === "ours" ? journalSide() : updateSide());
serveParent<LoadRequest | PrepareRequest>(answer);
tellParent({});
