/**
 * `npm run bench -- mass-login`: 10,000 logins that each read three tables, and how long they hold up the event loop of
 * their process: with the tables in Redis before MariaDB, against the embedded store in the same run.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { inPairs, median } from "../harness/pairs.ts";
import { startServers } from "../tables/servers.ts";
import type { LoginRequest, LoginResult } from "./side.ts";

const { values } = parseArgs({
  options: {
    logins: { type: "string", default: "10000" },
    /** Logins under way at a time. */
    lanes: { type: "string", default: "256" },
    pairs: { type: "string", default: "5" },
  },
});
const pairs = Number(values.pairs);
const request: LoginRequest = { logins: Number(values.logins), lanes: Number(values.lanes) };
if (!(pairs > 0) || !(request.logins > 0) || !(request.lanes > 0)) {
  console.error("usage: mass-login [--logins N] [--lanes N] [--pairs N]");
  process.exit(1);
}

await using servers = await startServers();
using children = new Children();
const folder = mkdtempSync(join(tmpdir(), "photinus-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

async function open(kind: "cached" | "embedded"): Promise<ChildProcess> {
  const { mysqlUrl, redisUrl } = servers.places;
  const args = [kind, request.logins, mysqlUrl, redisUrl, join(folder, "tables.sqlite")];
  return (await children.ready(new URL("side.ts", import.meta.url), ...args)).child;
}

function measure(side: ChildProcess, results: LoginResult[]): () => Promise<number> {
  return async () => {
    const result = await ask<LoginResult>(side, request);
    results.push(result);
    return result.p99;
  };
}

const sides = [await open("cached"), await open("embedded")] as const;
const results: [LoginResult[], LoginResult[]] = [[], []];
const runs = [measure(sides[0], results[0]), measure(sides[1], results[1])] as const;
// Once for nothing, so that both are compiled.
for (const run of runs) await run();
for (const each of results) each.length = 0;
const paired = await inPairs(pairs, ...runs);
const [ours, theirs] = results.map((each) => ({
  perSecond: median(each.map(({ perSecond }) => perSecond)),
  p50: median(each.map(({ p50 }) => p50)),
  most: Math.max(...each.map(({ most }) => most)),
}));
const ratios = paired.ratios.map((ratio) => Number(ratio.toFixed(2)));
for (const [name, p99, side] of [
  ["cached", paired.ours, ours!],
  ["embedded", paired.theirs, theirs!],
] as const) {
  console.log(
    `${name.padEnd(9)} ${side.perSecond} logins/s; event-loop delay p50 ${side.p50} ms, p99 ${p99} ms, most ${side.most} ms`,
  );
}
console.log(`p99 ratios ${ratios.join(" ")}`);
console.log(
  JSON.stringify({
    bench: "mass-login",
    unit: "ms of event-loop delay, p99",
    ours: paired.ours,
    baseline: "the embedded store",
    theirs: paired.theirs,
    ratio: Number(paired.ratio.toFixed(3)),
    pairs,
    ratios,
    logins: { ours, theirs },
  }),
);
