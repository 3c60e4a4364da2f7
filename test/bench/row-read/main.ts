/**
 * `npm run bench -- row-read`: a cached row is read, 64 in flight. Ours gives a typed row; against it `hgetall` of ioredis
 * with pipelining by itself, which gives an object of texts.
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
    lanes: { type: "string", default: "64" },
    fields: { type: "string", default: "20,200" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const lanes = Number(values.lanes);
const sizes = values.fields.split(",");
if (
  !(measureMs > 0) ||
  !(pairs > 0) ||
  !(lanes > 0) ||
  sizes.some((size) => size !== "20" && size !== "200")
) {
  console.error("usage: row-read [--seconds S] [--pairs N] [--lanes N] [--fields 20,200]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;

async function sideOf(kind: "ours" | "redis", fields: string): Promise<Side> {
  const url = new URL("side.ts", import.meta.url);
  const { child } = await children.ready(url, kind, fields, lanes, mysqlUrl, redisUrl);
  return { load: child, servers: [servers.redis] };
}

const unit = "rows/s";
const rows = [];
for (const fields of sizes) {
  const sides = [await sideOf("ours", fields), await sideOf("redis", fields)] as const;
  rows.push(
    await compare({ load: `${fields} fields`, unit, baseline: "ioredis hgetall" }, sides, {
      pairs,
      measureMs,
    }),
  );
}
printCases("row-read", rows, { pairs });
