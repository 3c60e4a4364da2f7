/**
 * `npm run bench -- command`: a client's request through a gate to a node and back, all policy on, against what Node can do
 * at best: a raw proxy that only re-frames. Each side has three processes of its own, and one side at a time is under load.
 */
import type { ChildProcess } from "node:child_process";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { inPairs } from "../harness/pairs.ts";
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
    seconds: { type: "string", default: "0.6" },
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

async function portOf(name: string, ...args: number[]): Promise<number> {
  return (await children.ready<{ port: number }>(script(name), ...args)).first.port;
}

async function caller(name: string, side: string, port: number): Promise<ChildProcess> {
  return (await children.ready(script(name), side, port)).child;
}

function measure(child: ChildProcess, { unit, ...shape }: Load): () => Promise<number> {
  return async () => {
    const request: LoadRequest = { ...shape, warmUpMs: measureMs / 2, measureMs };
    const { perSecond, p50Us } = await ask<LoadResult>(child, request);
    return unit === "us" ? p50Us : perSecond;
  };
}

const { first: gate } = await children.ready<{ port: number; links: number }>(script("../game/gate.ts"));
await children.ready(script("../game/node.ts"), gate.links);
const ours = await caller("load.ts", "game", gate.port);
const proxy = await portOf("raw-proxy.ts", await portOf("raw-node.ts"));
const theirs = await caller("load.ts", "raw", proxy);

const rows = [];
for (const name of chosen) {
  const load = loads[name]!;
  let sides = [ours, theirs] as const;
  if (load.against === colyseus) {
    const peer = await portOf("sides/colyseus-server.ts");
    sides = [
      await caller("sides/own-client.ts", "photinus", gate.port),
      await caller("sides/own-client.ts", "colyseus", peer),
    ];
  }
  const runs = [measure(sides[0], load), measure(sides[1], load)] as const;
  // Once for nothing, so that both are compiled.
  for (const run of runs) await run();
  const paired = await inPairs(pairs, ...runs);
  const row = {
    load: name,
    unit: load.unit,
    ours: Math.round(paired.ours),
    baseline: load.against,
    theirs: Math.round(paired.theirs),
    ratio: Number(paired.ratio.toFixed(3)),
    ratios: paired.ratios.map((ratio) => Number(ratio.toFixed(2))),
  };
  rows.push(row);
  console.log(
    `${name.padEnd(9)} ${row.ours} ${row.unit} against ${row.theirs} of ${row.baseline}: ${row.ratio} (${row.ratios.join(" ")})`,
  );
}
const { unit, ours: our, baseline, theirs: their, ratio } = rows[0]!;
console.log(
  JSON.stringify({ bench: "command", unit, ours: our, baseline, theirs: their, ratio, pairs, loads: rows }),
);
