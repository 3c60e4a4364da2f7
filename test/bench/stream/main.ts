/**
 * `npm run bench -- stream`: all rows of a table are read, page by page: when the journal is empty, and while it holds changes
 * that MariaDB does not have. Against it pages by mysql2, by the key of the last row.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair, at least: a stream is never cut short. */
    seconds: { type: "string", default: "0.7" },
    pairs: { type: "string", default: "5" },
    rows: { type: "string", default: "10000" },
    /** Rows that the journal holds; each number is a load. */
    waiting: { type: "string", default: "0,10000" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const count = Number(values.rows);
const loads = values.waiting.split(",").map(Number);
if (!(measureMs > 0) || !(pairs > 0) || !(count > 0) || loads.some((load) => !(load >= 0))) {
  console.error("usage: stream [--seconds S] [--pairs N] [--rows N] [--waiting 0,10000]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "mysql2", waiting: number): Promise<Side> {
  const args = [kind, count, waiting, mysqlUrl, redisUrl];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: kind === "ours" ? [servers.redis] : [] };
}

const unit = "rows/s";
const rows = [];
for (const waiting of loads) {
  const sides = [await sideOf("ours", waiting), await sideOf("mysql2", waiting)] as const;
  rows.push(
    await compare({ load: `${waiting} wait`, unit, baseline: "mysql2 pages" }, sides, { pairs, measureMs }),
  );
}
printCases("stream", rows, { pairs });
