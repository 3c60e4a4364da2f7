/**
 * `npm run bench -- push`: one message from a node to a group of 1,000 sessions at a gate, against a process that writes
 * the same bytes to 1,000 sockets. Sides alternate; each has processes of its own.
 */
import type { ChildProcess } from "node:child_process";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { inPairs, median } from "../harness/pairs.ts";
import { processorUs } from "../harness/processor.ts";
import type { PushRequest, PushResult } from "./load.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "1" },
    pairs: { type: "string", default: "7" },
    sessions: { type: "string", default: "1000" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const sessions = Number(values.sessions);
if (!(measureMs > 0) || !(pairs > 0) || !(sessions > 0)) {
  console.error("usage: push [--seconds S] [--pairs N] [--sessions N]");
  process.exit(1);
}

using children = new Children();

function open<T>(name: string, ...args: (string | number)[]): Promise<{ child: ChildProcess; first: T }> {
  return children.ready<T>(new URL(name, import.meta.url), ...args);
}

function measure(
  load: ChildProcess,
  servers: readonly ChildProcess[],
  costs: number[],
): () => Promise<number> {
  return async () => {
    const request: PushRequest = { sessions, warmUpMs: measureMs / 2, measureMs };
    const before = processorUs(servers);
    const { calls, perSecond } = await ask<PushResult>(load, request);
    const after = processorUs(servers);
    if (before !== undefined && after !== undefined) costs.push((after - before) / calls);
    return perSecond;
  };
}

const gate = await open<{ port: number; links: number }>("../game/gate.ts");
const node = await open("../game/node.ts", gate.first.links);
const writer = await open<{ port: number }>("raw-writer.ts");
const ourLoad = await open("load.ts", "game", gate.first.port);
const rawLoad = await open("load.ts", "raw", writer.first.port);

const costs: [number[], number[]] = [[], []];
const ours = measure(ourLoad.child, [gate.child, node.child], costs[0]);
const theirs = measure(rawLoad.child, [writer.child], costs[1]);
// Once for nothing, so that both are compiled.
await ours();
await theirs();
const paired = await inPairs(pairs, ours, theirs);
const ratios = paired.ratios.map((ratio) => Number(ratio.toFixed(2)));
const cost = costs.map((each) => (each.length > 0 ? Number(median(each).toFixed(2)) : undefined));
console.log(
  `${sessions} sessions: ${Math.round(paired.ours)} pushes/s against ${Math.round(paired.theirs)}` +
    ` (${ratios.join(" ")}); processor of the servers a push ${cost[0]} us against ${cost[1]} us`,
);
console.log(
  JSON.stringify({
    bench: "push",
    unit: "pushes/s",
    ours: Math.round(paired.ours),
    baseline: `the same bytes written to ${sessions} sockets`,
    theirs: Math.round(paired.theirs),
    ratio: Number(paired.ratio.toFixed(3)),
    pairs,
    processorUs: { ours: cost[0], theirs: cost[1] },
  }),
);
