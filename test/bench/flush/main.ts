/**
 * `npm run bench -- flush`: changes of single fields are brought to MariaDB. Ours empties a journal; against it one UPDATE
 * of the whole row for each change.
 */
import { parseArgs } from "node:util";
import { Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type Side } from "../tables/compare.ts";
import { startServers } from "../tables/servers.ts";

const { values } = parseArgs({
  options: {
    /** How long UPDATEs are measured in one pair. */
    seconds: { type: "string", default: "1" },
    pairs: { type: "string", default: "3" },
    rows: { type: "string", default: "10000" },
    changes: { type: "string", default: "100000" },
    /** Connections of the UPDATEs; each has one under way. */
    connections: { type: "string", default: "1" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const numbers = [measureMs, pairs, ...[values.rows, values.changes, values.connections].map(Number)];
if (numbers.some((number) => !(number > 0))) {
  console.error("usage: flush [--seconds S] [--pairs N] [--rows N] [--changes N] [--connections N]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "updates"): Promise<Side> {
  const url = new URL("side.ts", import.meta.url);
  const args = [kind, values.rows, values.changes, values.connections, mysqlUrl, redisUrl];
  const { child } = await children.ready(url, ...args);
  return { load: child, servers: [], prepares: kind === "ours" };
}

const baseline = `one UPDATE for each change, ${values.connections} at a time`;
// The rows are ours: they must be there before anybody updates them.
const sides = [await sideOf("ours"), await sideOf("updates")] as const;
const names = { load: `${values.changes} changes`, unit: "changes/s", baseline };
printCases("flush", [await compare(names, sides, { pairs, measureMs })], { pairs });
