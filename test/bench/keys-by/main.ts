/**
 * `npm run bench -- keys-by`: the keys of a guild's eight members are looked up by an index, 64 in flight and one at a time.
 * Against it the SELECT alone, by mysql2.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "0.7" },
    pairs: { type: "string", default: "5" },
    /** Lookups in flight, each number a load. */
    lanes: { type: "string", default: "64,1" },
    /** Connections to MariaDB, of each side. */
    connections: { type: "string", default: "8" },
    guilds: { type: "string", default: "1024" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const lanes = values.lanes.split(",").map(Number);
if (
  [measureMs, pairs, Number(values.connections), Number(values.guilds), ...lanes].some(
    (number) => !(number > 0),
  )
) {
  console.error("usage: keys-by [--seconds S] [--pairs N] [--lanes 64,1] [--connections N] [--guilds N]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "mysql2", count: number): Promise<Side> {
  const args = [kind, count, values.connections, values.guilds, mysqlUrl, redisUrl];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: kind === "ours" ? [servers.redis] : [] };
}

const unit = "lookups/s";
const rows = [];
for (const count of lanes) {
  // Ours first: it makes the rows.
  const sides = [await sideOf("ours", count), await sideOf("mysql2", count)] as const;
  rows.push(
    await compare({ load: `${count} in flight`, unit, baseline: "mysql2 SELECT" }, sides, {
      pairs,
      measureMs,
    }),
  );
}
printCases("keys-by", rows, { pairs });
