/**
 * `npm run bench -- get-many`: one `getMany` of 1,000, 10,000 and 30,000 rows. In the load `warm` Redis has them, against one
 * pipeline of HGETALL by ioredis; in `cold` MariaDB alone has them, against SELECTs of 256 rows by mysql2. Both baselines give
 * texts as the drivers do.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair, at least: a call is never cut short. */
    seconds: { type: "string", default: "0.7" },
    pairs: { type: "string", default: "5" },
    rows: { type: "string", default: "1000,10000,30000" },
    load: { type: "string", default: "warm,cold" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const counts = values.rows.split(",").map(Number);
const loads = values.load.split(",");
if (
  [measureMs, pairs, ...counts].some((number) => !(number > 0)) ||
  loads.some((load) => load !== "warm" && load !== "cold")
) {
  console.error("usage: get-many [--seconds S] [--pairs N] [--rows 1000,10000,30000] [--load warm,cold]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;
const most = Math.max(...counts);

async function sideOf(kind: "ours" | "plain", load: string, count: number): Promise<Side> {
  const args = [kind, load, count, most, mysqlUrl, redisUrl];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: load === "warm" ? [servers.redis] : [], prepares: true };
}

const unit = "rows/s";
const rows = [];
for (const load of loads) {
  const baseline = load === "warm" ? "ioredis HGETALL" : "mysql2 SELECT";
  for (const count of counts) {
    // Ours first: it makes the rows.
    const sides = [await sideOf("ours", load, count), await sideOf("plain", load, count)] as const;
    rows.push(await compare({ load: `${load} ${count}`, unit, baseline }, sides, { pairs, measureMs }));
  }
}
printCases("get-many", rows, { pairs });
