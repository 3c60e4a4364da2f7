/**
 * `npm run bench -- create`: rows with an auto-increment key and a unique name are created, 64 in flight and one at a time.
 * Ours is a create through the generated table: until it is acknowledged, with no writer of the journal (`flush` measures
 * that), and with one at work in the process, on the cores that everything here shares. Against it an INSERT with a commit
 * each, by mysql2.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "1" },
    pairs: { type: "string", default: "5" },
    /** Creates in flight, each number a load. */
    lanes: { type: "string", default: "64,1" },
    /** Whether the journal's writer is at work meanwhile, each a load. */
    writer: { type: "string", default: "off,on" },
    /** Connections of mysql2 at most; it never has more than there are lanes. */
    connections: { type: "string", default: "16" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const connections = Number(values.connections);
const lanes = values.lanes.split(",").map(Number);
const writers = values.writer.split(",");
if (
  [measureMs, pairs, connections, ...lanes].some((number) => !(number > 0)) ||
  writers.some((writer) => writer !== "on" && writer !== "off")
) {
  console.error("usage: create [--seconds S] [--pairs N] [--lanes 64,1] [--writer off,on] [--connections N]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "mysql2", count: number, writer: string): Promise<Side> {
  const args = [kind, count, Math.min(count, connections), mysqlUrl, redisUrl, writer];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: kind === "ours" ? [servers.redis] : [] };
}

const unit = "rows/s";
const rows = [];
for (const writer of writers) {
  for (const count of lanes) {
    const sides = [await sideOf("ours", count, writer), await sideOf("mysql2", count, writer)] as const;
    const load = `${count} in flight, writer ${writer}`;
    rows.push(await compare({ load, unit, baseline: "mysql2 INSERT" }, sides, { pairs, measureMs }));
  }
}
printCases("create", rows, { pairs });
