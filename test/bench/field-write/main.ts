/**
 * `npm run bench -- field-write`: one field of a cached row is changed, 64 in flight. Ours is a journalled write through a
 * generated table; against it the whole row as a dict: read, unpacked, changed, packed, written, and journalled nowhere.
 */
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { ask, Children } from "../harness/children.ts";
import { printCases } from "../harness/result.ts";
import { compare, type LoadRequest, type Side } from "../tables/compare.ts";
import type { LoadResult } from "../tables/load.ts";
import { startMemcached, startServers } from "../tables/servers.ts";

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
  console.error("usage: field-write [--seconds S] [--pairs N] [--lanes N] [--fields 20,200]");
  process.exit(1);
}

await using servers = await startServers();
await using memcached = await startMemcached();
using children = new Children();
const { mysqlUrl, redisUrl } = servers.places;
const redis = new Redis(redisUrl);

async function sideOf(kind: "ours" | "redis" | "memcached", fields: string): Promise<Side> {
  const args = [kind, fields, lanes, mysqlUrl, redisUrl, memcached?.place ?? ""];
  const { child } = await children.ready(new URL("side.ts", import.meta.url), ...args);
  return { load: child, servers: kind === "memcached" ? [] : [servers.redis] };
}

/** Bytes that go to Redis and come from it for one change. */
async function bytesOf({ load }: Side): Promise<{ sent: number; received: number }> {
  const before = await moved();
  const request: LoadRequest = { measureMs: 200 };
  const { calls } = await ask<LoadResult>(load, request);
  const after = await moved();
  return { sent: (after.sent - before.sent) / calls, received: (after.received - before.received) / calls };
}

async function moved(): Promise<{ sent: number; received: number }> {
  const info = await redis.info("stats");
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)![1]);
  return { sent: figure("total_net_input_bytes"), received: figure("total_net_output_bytes") };
}

const unit = "changes/s";
const rows = [];
for (const fields of sizes) {
  const ours = await sideOf("ours", fields);
  const dicts = await sideOf("redis", fields);
  const shape = { pairs, measureMs };
  const load = `${fields} fields`;
  const row = await compare({ load, unit, baseline: "whole dict on Redis" }, [ours, dicts], shape);
  const [our, their] = [await bytesOf(ours), await bytesOf(dicts)];
  const bytes = {
    ours: Math.round(our.sent),
    theirs: Math.round(their.sent),
    sentRatio: Number((our.sent / their.sent).toFixed(4)),
    movedRatio: Number(((our.sent + our.received) / (their.sent + their.received)).toFixed(4)),
  };
  console.log(
    `           sent to Redis for a change: ${bytes.ours} bytes against ${bytes.theirs}, ` +
      `${(bytes.sentRatio * 100).toFixed(1)} %; both ways ${(bytes.movedRatio * 100).toFixed(1)} %`,
  );
  rows.push({ ...row, bytes });
  if (memcached === undefined) continue;
  const other = await sideOf("memcached", fields);
  rows.push(await compare({ load, unit, baseline: "whole dict on memcached" }, [ours, other], shape));
}
redis.disconnect();
printCases("field-write", rows, { pairs });
