/** Creates rows with a unique name, in a process of its own: `ours` through the table, or `mysql2`, each INSERT committed. */
import mysql, { type ResultSetHeader, type RowDataPacket } from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { drained } from "../tables/drained.ts";
import { playerTable } from "../tables/fixtures/server/tables.tables.ts";
import { inFlight, type LoadResult } from "../tables/load.ts";
import { openCached } from "../tables/stores.ts";

const [kind, lanesText, connectionsText, mysqlUrl, redisUrl, writerText] = process.argv.slice(2);
const lanes = Number(lanesText);

/** One way of creating rows. */
interface Creates {
  /** Resolves with the new row's id. */
  create(name: string): Promise<bigint>;
  /** The name of a row. */
  nameOf(id: bigint): Promise<string | undefined>;
  /** Brings the changes of the journal to MariaDB, so that its writer does not hit the other side. */
  settle(): Promise<void>;
}

async function throughTable(): Promise<Creates> {
  const writer = writerText === "on";
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! }, { writer });
  const players = new TableHandle(playerTable, store);
  return {
    create: async (name) => (await players.create({ name, level: 1, gold: 100n })).id,
    nameOf: async (id) => (await players.get(id))?.name,
    settle: async () => {
      if (writer) await drained(redisUrl!);
    },
  };
}

async function plainInserts(): Promise<Creates> {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: Number(connectionsText) });
  await pool.query(
    "CREATE TABLE IF NOT EXISTS `plain_player` (`id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, `name` varbinary(128) NOT NULL, `level` int unsigned NOT NULL, `gold` bigint NOT NULL, UNIQUE KEY `name` (`name`)) ENGINE=InnoDB",
  );
  const sql = "INSERT INTO `plain_player` (`name`, `level`, `gold`) VALUES (?, ?, ?)";
  return {
    create: async (name) => {
      const [{ insertId }] = await pool.execute<ResultSetHeader>(sql, [name, 1, 100]);
      return BigInt(insertId);
    },
    nameOf: async (id) => {
      const [rows] = await pool.query<RowDataPacket[]>("SELECT `name` FROM `plain_player` WHERE `id` = ?", [
        id,
      ]);
      return rows[0]?.["name"].toString();
    },
    settle: async () => undefined,
  };
}

const { create, nameOf, settle } = await (kind === "ours" ? throughTable() : plainInserts());
let created = 0;
serveParent<LoadRequest>(async ({ measureMs }): Promise<LoadResult> => {
  /** The last row of each lane. */
  const last: { id: bigint; name: string }[] = [];
  const ids = new Set<bigint>();
  const result = await inFlight(lanes, measureMs, async (lane) => {
    const name = `${process.pid} ${created++}`;
    const id = await create(name);
    ids.add(id);
    last[lane] = { id, name };
  });
  await settle();
  mustBe("the number of ids", ids.size, result.calls);
  for (const { id, name } of last) mustBe(`the name of row ${id}`, await nameOf(id), name);
  return result;
});
tellParent({});
