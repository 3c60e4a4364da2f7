/**
 * `npm run bench -- mass-login`: 10,000 players sign in at a gate, a login node reads three tables for each, and how long the
 * event loops of both are held up is measured: with the tables in Redis before MariaDB, against the embedded store. In the
 * load `cold` MariaDB alone has the rows, as when everybody comes back after a long stop; in `warm` Redis has them.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { Children } from "../harness/children.ts";
import { inPairs } from "../harness/pairs.ts";
import { printCases } from "../harness/result.ts";
import { startServers } from "../tables/servers.ts";
import { lineOf, summaryOf } from "./report.ts";
import { type Measured, measure, openSide, type Side } from "./side.ts";

const { values } = parseArgs({
  options: {
    logins: { type: "string", default: "10000" },
    /** Logins under way at a time. */
    lanes: { type: "string", default: "256" },
    /** The most that begin in a second; 0 for as many as are answered. */
    rate: { type: "string", default: "0" },
    pairs: { type: "string", default: "5" },
    load: { type: "string", default: "cold,warm" },
  },
});
const request = { logins: Number(values.logins), lanes: Number(values.lanes), rate: Number(values.rate) };
const pairs = Number(values.pairs);
const loads = values.load.split(",");
const isRight = request.logins > 0 && request.lanes > 0 && request.rate >= 0 && pairs > 0;
if (!isRight || loads.some((load) => load !== "cold" && load !== "warm")) {
  console.error("usage: mass-login [--logins N] [--lanes N] [--rate N] [--pairs N] [--load cold,warm]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const folder = mkdtempSync(join(tmpdir(), "photinus-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const { mysqlUrl, redisUrl } = servers.places;
const cached = await openSide(children, request.logins, ["cached", mysqlUrl, redisUrl]);
const embedded = await openSide(children, request.logins, ["embedded", join(folder, "tables.sqlite")]);

/** Takes all rows out of Redis; MariaDB has them. */
async function makeCold(): Promise<void> {
  const redis = new Redis(redisUrl);
  for await (const keys of redis.scanStream({ match: "p:{s*}:r:*", count: 1_000 })) {
    if (keys.length > 0) await redis.unlink(keys);
  }
  redis.disconnect();
}

function measuring(side: Side, load: string, results: Measured[]): () => Promise<number> {
  return async () => {
    if (side === cached && load === "cold") await makeCold();
    await pause(200);
    const result = await measure(side, request);
    results.push(result);
    return result.node.p99;
  };
}

const rows = [];
for (const load of loads) {
  const results: [Measured[], Measured[]] = [[], []];
  const runs = [measuring(cached, load, results[0]), measuring(embedded, load, results[1])] as const;
  // Once for nothing, so that both are compiled.
  for (const run of runs) await run();
  for (const each of results) each.length = 0;
  await inPairs(pairs, ...runs);
  const row = { load, ...summaryOf(...results, request.logins) };
  rows.push(row);
  console.log(`${load} cached   ${lineOf(row.ours)}`);
  console.log(`${load} embedded ${lineOf(row.theirs)}`);
  console.log(`${load} ratios of p99: gate ${row.ratios.gate.join(" ")}; node ${row.ratios.node.join(" ")}`);
}
const worstFirst = rows
  .toSorted((a, b) => b.ratio - a.ratio)
  .map(({ load, of, ratio, ours, theirs, ratios }) => ({
    load,
    unit: `ms of event-loop delay, p99: ${of}`,
    ours: ours[of].p99,
    baseline: "the embedded store",
    theirs: theirs[of].p99,
    ratio,
    ratios,
    sides: { ours, theirs },
  }));
printCases("mass-login", worstFirst, { pairs });
