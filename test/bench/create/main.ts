/**
 * `npm run bench -- create`: rows with an auto-increment key and a unique name are created, 64 in flight and one at a time.
 * Ours is a create through the generated table, with the journal's writer at work; against it an INSERT with a commit each by
 * mysql2.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "1" },
    pairs: { type: "string", default: "5" },
    /** Creates in flight, each number a load. */
    lanes: { type: "string", default: "64,1" },
    /** Connections of mysql2 at most; it never has more than there are lanes. */
    connections: { type: "string", default: "64" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const connections = Number(values.connections);
const lanes = values.lanes.split(",").map(Number);
if ([measureMs, pairs, connections, ...lanes].some((number) => !(number > 0))) {
  console.error("usage: create [--seconds S] [--pairs N] [--lanes 64,1] [--connections N]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "mysql2", count: number): Promise<Side> {
  const args = [kind, count, Math.min(count, connections), mysqlUrl, redisUrl];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: kind === "ours" ? [servers.redis] : [] };
}

const rows = [];
for (const count of lanes) {
  const sides = [await sideOf("ours", count), await sideOf("mysql2", count)] as const;
  rows.push(await compare(`${count} in flight`, "mysql2 INSERT", sides, { pairs, measureMs }));
}
const { ours, baseline, theirs, ratio } = rows[0]!;
console.log(
  JSON.stringify({ bench: "create", unit: "rows/s", ours, baseline, theirs, ratio, pairs, loads: rows }),
);
