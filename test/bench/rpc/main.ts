/**
 * `npm run bench -- rpc`: typed two-way RPC over one hop, against an envelope written by hand and against pinus-rpc, or,
 * with `--before REF`, against an earlier version of the project. Both sides alternate in one run; each has a server and a
 * client process of its own, and only one of them is under load.
 */
import { parseArgs } from "node:util";
import { here, versionBefore } from "../harness/before.ts";
import { ask, Children } from "../harness/children.ts";
import { compareSides, type Side } from "../harness/compare-sides.ts";
import { printCases } from "../harness/result.ts";

const loads: Record<string, { connections: number; inFlight: number }> = {
  p256: { connections: 1, inFlight: 256 },
  p64: { connections: 1, inFlight: 64 },
  c64: { connections: 64, inFlight: 1 },
  seq: { connections: 1, inFlight: 1 },
};

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "0.6" },
    pairs: { type: "string" },
    /** Which loads, separated by commas. */
    loads: { type: "string", default: Object.keys(loads).join(",") },
    /** Which of byHand and pinus to measure against. */
    against: { type: "string", default: "byHand,pinus" },
    /** Measures against this commit of the project instead. Its pairs are 11 unless told. */
    before: { type: "string" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs ?? (values.before === undefined ? 5 : 11));
const chosen = values.loads.split(",");
const unknown = chosen.find((load) => !(load in loads));
if (unknown !== undefined || !(measureMs > 0) || !(pairs > 0)) {
  console.error(
    `usage: rpc [--seconds S] [--pairs N] [--loads ${Object.keys(loads)}] [--against byHand,pinus] [--before REF]`,
  );
  process.exit(1);
}

using children = new Children();

/** Starts both processes of a side, and tells how it is measured under a load. */
async function open(name: string, version: URL): Promise<(load: string) => Side> {
  const child = new URL("test/bench/rpc/child.ts", version);
  const server = await children.ready<{ port: number }>(child, "serve", name);
  const caller = await children.ready(child, "call", name, server.first.port);
  return (load) => ({
    processes: [caller.child, server.child],
    run: async () => {
      const warmUpMs = measureMs / 2;
      const { perSecond } = await ask<{ perSecond: number }>(caller.child, {
        ...loads[load],
        warmUpMs,
        measureMs,
      });
      // The caller counts the calls of the measured time alone; processor time is that of all.
      return { calls: (perSecond * (warmUpMs + measureMs)) / 1_000, value: perSecond };
    },
  });
}

const baselines =
  values.before === undefined
    ? values.against.split(",").map((name) => ({ name, side: name, version: here }))
    : [{ name: values.before, side: "photinus", version: versionBefore(values.before) }];
const ours = await open("photinus", here);
const rows = [];
for (const { name, side, version } of baselines) {
  const theirs = await open(side, version);
  for (const load of chosen) {
    const names = { load, unit: "calls/s", baseline: name };
    rows.push(await compareSides(names, [ours(load), theirs(load)], pairs));
  }
}
printCases("rpc", rows, { pairs });
