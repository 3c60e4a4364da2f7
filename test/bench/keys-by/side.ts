/** Looks keys up by an index value, in a process of its own: `ours`, or `mysql2` alone. */
import mysql from "mysql2/promise";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import type { LoadRequest } from "../tables/compare.ts";
import { drained } from "../tables/drained.ts";
import { memberTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId, inFlight } from "../tables/load.ts";
import { openCached } from "../tables/stores.ts";

const [kind, lanesText, connectionsText, guildsText, mysqlUrl, redisUrl] = process.argv.slice(2);
const lanes = Number(lanesText);
const connections = Number(connectionsText);
const guilds = Number(guildsText);
const membersOfEach = 8;
/** Guilds whose keys are compared with what was stored, before anything is measured. */
const checkedGuilds = Math.min(guilds, 32);

/** The keys of a guild's members, as bigints or as rows. */
type Look = (guild: bigint) => Promise<readonly unknown[]>;

async function throughTable(): Promise<Look> {
  const store = await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! }, { connections });
  const members = new TableHandle(memberTable, store);
  if ((await members.get(1n)) === undefined) {
    await eachId(guilds * membersOfEach, (id) =>
      members.create({ id, guild: id % BigInt(guilds), rank: 1, title: "scout" }),
    );
  }
  await drained(redisUrl!);
  return (guild) => members.keysBy("guild", guild);
}

async function plainSelects(): Promise<Look> {
  const pool = mysql.createPool({ uri: mysqlUrl!, connectionLimit: connections, supportBigNumbers: true });
  return async (guild) => {
    const sql = "SELECT `id` FROM `member` WHERE `guild` = ? ORDER BY `id`";
    const [rows] = await pool.execute(sql, [Number(guild)]);
    return rows as unknown[];
  };
}

const look = await (kind === "ours" ? throughTable() : plainSelects());
for (let guild = 0; guild < checkedGuilds; guild++) {
  const found = (await look(BigInt(guild))).map((each) =>
    typeof each === "bigint" ? each : BigInt((each as { id: number }).id),
  );
  const expected = Array.from({ length: membersOfEach }, (_, at) =>
    BigInt(guild + (guild === 0 ? at + 1 : at) * guilds),
  );
  mustBe(
    `guild ${guild}`,
    found.toSorted((a, b) => Number(a - b)),
    expected,
  );
}
serveParent<LoadRequest>(({ measureMs }) =>
  inFlight(lanes, measureMs, async (lane, turn) => {
    const found = await look(BigInt((lane * 31 + turn * 7) % guilds));
    if (found.length !== membersOfEach) throw new Error(`a guild of ${found.length} members was found`);
  }),
);
tellParent({});
