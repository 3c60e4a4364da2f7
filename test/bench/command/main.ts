/**
 * `npm run bench -- command`: a client's request through a gate to a node and back, all policy on, against what Node can do
 * at best: a raw proxy that only re-frames. Each side has three processes of its own, and one side at a time is under load.
 */
import type { ChildProcess } from "node:child_process";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { inPairs, median } from "../harness/pairs.ts";
import { processorUs } from "../harness/processor.ts";
import type { LoadRequest, LoadResult } from "./load.ts";

type Shape = Pick<LoadRequest, "over" | "command" | "connections" | "inFlight">;

const raw = "raw re-framing proxy";
const colyseus = "colyseus 0.18 room echo, one hop";

interface Load extends Shape {
  readonly against: typeof raw | typeof colyseus;
  readonly unit: "calls/s" | "us";
}

const tcp = {
  over: "tcp",
  command: "echo",
  connections: 1,
  inFlight: 1,
  against: raw,
  unit: "calls/s",
} as const;
const loads: Record<string, Load> = {
  p256: { ...tcp, inFlight: 256 },
  p64: { ...tcp, inFlight: 64 },
  c64: { ...tcp, connections: 64 },
  seq: { ...tcp, unit: "us" },
  /** Typed, and in order on the session's lane. */
  step: { ...tcp, command: "step", inFlight: 256 },
  /** Both by the client library that comes with the server. */
  websocket: { ...tcp, over: "websocket", inFlight: 64, against: colyseus },
};

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "0.3" },
    pairs: { type: "string", default: "5" },
    /** Which loads, separated by commas. */
    load: { type: "string", default: Object.keys(loads).join(",") },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const pairs = Number(values.pairs);
const chosen = values.load.split(",");
if (chosen.some((load) => !(load in loads)) || !(measureMs > 0) || !(pairs > 0)) {
  console.error(`usage: command [--seconds S] [--pairs N] [--load ${Object.keys(loads)}]`);
  process.exit(1);
}

using children = new Children();

function script(name: string): URL {
  return new URL(name, import.meta.url);
}

/** One side: its processes, the one that makes the load first. */
type Side = readonly [ChildProcess, ...ChildProcess[]];

async function open<T>(
  name: string,
  ...args: (string | number)[]
): Promise<{ child: ChildProcess; first: T }> {
  return await children.ready<T>(script(name), ...args);
}

const gate = await open<{ port: number; links: number }>("../game/gate.ts");
const node = await open("../game/node.ts", gate.first.links);
const rawNode = await open<{ port: number }>("raw-node.ts");
const rawProxy = await open<{ port: number }>("raw-proxy.ts", rawNode.first.port);

async function rawSides(): Promise<[Side, Side]> {
  const ours = await open("load.ts", "game", gate.first.port);
  const theirs = await open("load.ts", "raw", rawProxy.first.port);
  return [
    [ours.child, gate.child, node.child],
    [theirs.child, rawProxy.child, rawNode.child],
  ];
}

async function ownClientSides(): Promise<[Side, Side]> {
  const server = await open<{ port: number }>("sides/colyseus-server.ts");
  const ours = await open("sides/own-client.ts", "photinus", gate.first.port);
  const theirs = await open("sides/own-client.ts", "colyseus", server.first.port);
  return [
    [ours.child, gate.child, node.child],
    [theirs.child, server.child],
  ];
}

/** Measures a side under a load. The costs are processor time a call, of all its processes, in microseconds. */
function measure(side: Side, { unit, against: _, ...shape }: Load, costs: number[]): () => Promise<number> {
  return async () => {
    const request: LoadRequest = { ...shape, warmUpMs: measureMs / 2, measureMs };
    const before = processorUs(side);
    const { calls, perSecond, p50Us } = await ask<LoadResult>(side[0], request);
    const after = processorUs(side);
    if (before !== undefined && after !== undefined) costs.push((after - before) / calls);
    return unit === "us" ? p50Us : perSecond;
  };
}

const rows = [];
for (const name of chosen) {
  const load = loads[name]!;
  const [ours, theirs] = await (load.against === colyseus ? ownClientSides() : rawSides());
  const costs: [number[], number[]] = [[], []];
  const runs = [measure(ours, load, costs[0]), measure(theirs, load, costs[1])] as const;
  // Once for nothing, so that both are compiled.
  for (const run of runs) await run();
  const paired = await inPairs(pairs, ...runs);
  const cost = costs.map((each) => (each.length > 0 ? Number(median(each).toFixed(2)) : undefined));
  const row = {
    load: name,
    unit: load.unit,
    ours: Math.round(paired.ours),
    baseline: load.against,
    theirs: Math.round(paired.theirs),
    ratio: Number(paired.ratio.toFixed(3)),
    processorUs: { ours: cost[0], theirs: cost[1] },
    ratios: paired.ratios.map((ratio) => Number(ratio.toFixed(2))),
  };
  rows.push(row);
  console.log(
    `${name.padEnd(9)} ${row.ours} ${row.unit} against ${row.theirs} of ${row.baseline}: ${row.ratio}` +
      ` (${row.ratios.join(" ")}); processor a call ${cost[0]} us against ${cost[1]} us`,
  );
}
const { unit, ours: our, baseline, theirs: their, ratio } = rows[0]!;
console.log(
  JSON.stringify({ bench: "command", unit, ours: our, baseline, theirs: their, ratio, pairs, loads: rows }),
);
