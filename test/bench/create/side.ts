/** Creates rows with a unique name, in a process of its own: `ours` through the table, or `mysql2`, each INSERT committed. */
import mysql from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { drained } from "../tables/drained.ts";
import { playerTable } from "../tables/fixtures/server/tables.tables.ts";
import { inFlight, type LoadResult } from "../tables/load.ts";
import { openCached } from "../tables/stores.ts";

const [kind, lanesText, connectionsText, mysqlUrl, redisUrl, writerText] = process.argv.slice(2);
const lanes = Number(lanesText);

type Create = (name: string) => Promise<unknown>;

/** What the journal still holds is brought to MariaDB after the measurement, so that its writer does not hit the other side. */
async function throughTable(): Promise<{ create: Create; settle: () => Promise<void> }> {
  const writer = writerText === "on";
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! }, { writer });
  const players = new TableHandle(playerTable, store);
  return {
    create: (name) => players.create({ name, level: 1, gold: 100n }),
    settle: async () => {
      if (writer) await drained(redisUrl!);
    },
  };
}

async function plainInserts(): Promise<{ create: Create; settle: () => Promise<void> }> {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: Number(connectionsText) });
  await pool.query(
    "CREATE TABLE IF NOT EXISTS `plain_player` (`id` bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, `name` varbinary(128) NOT NULL, `level` int unsigned NOT NULL, `gold` bigint NOT NULL, UNIQUE KEY `name` (`name`)) ENGINE=InnoDB",
  );
  const sql = "INSERT INTO `plain_player` (`name`, `level`, `gold`) VALUES (?, ?, ?)";
  return { create: (name) => pool.execute(sql, [name, 1, 100]), settle: async () => undefined };
}

const { create, settle } = await (kind === "ours" ? throughTable() : plainInserts());
let created = 0;
serveParent<LoadRequest>(async ({ measureMs }): Promise<LoadResult> => {
  const result = await inFlight(lanes, measureMs, () => create(`${process.pid} ${created++}`));
  await settle();
  return result;
});
tellParent({});
