/**
 * `npm run bench -- soak`: a gate and a node at full rate for a minute. One connection keeps 256 commands in flight, as in `command`
 * p256, and each push to a group follows the last one at once, as in `push`. All sessions can be resumed. The resident memory of gate
 * and node at the end may be at most 10 % above that after ten seconds, and their heaps after a garbage collection at most 50 %; otherwise
 * the exit code is 1. V8's space for young objects belongs to the resident memory, and grows in steps. A leak of 10 bytes a call would
 * triple the heap.
 */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { LoadRequest, LoadResult } from "../command/load.ts";
import { ask, Children } from "../harness/children.ts";
import type { Memory } from "../harness/memory.ts";
import { median } from "../harness/pairs.ts";
import { printCases } from "../harness/result.ts";
import type { PushRequest, PushResult } from "../push/load.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    /** When the memory is measured for the first time, in seconds. */
    after: { type: "string", default: "10" },
    /** Members of the group. */
    sessions: { type: "string", default: "100" },
    /** Most growth of the memory, in percent. */
    growth: { type: "string", default: "10" },
  },
});
const ms = Number(values.seconds) * 1_000;
const afterMs = Number(values.after) * 1_000;
const sessions = Number(values.sessions);
const mostGrowth = Number(values.growth);
/** Most growth of the heap after a collection, in percent: calls in flight are a part of so small a heap. */
const mostHeapGrowth = Math.max(mostGrowth, 50);
/** One figure is the median of this time, since memory goes up and down with each garbage collection. */
const windowMs = 2_000;
if (!(afterMs >= windowMs) || !(ms >= afterMs + windowMs) || !(sessions > 0) || !(mostGrowth >= 0)) {
  console.error(
    "usage: soak [--seconds S] [--after S, 2 or more, and S - 2 at most] [--sessions N] [--growth PERCENT]",
  );
  process.exit(1);
}

using children = new Children();
/** Users from here on are in the group. */
const firstListener = 2_000_000;
const gate = await children.ready<{ port: number; links: number }>(
  new URL("../game/gate.ts", import.meta.url),
);
const node = await children.ready(new URL("node.ts", import.meta.url), gate.first.links, firstListener);
const { port } = gate.first;
const commands = await children.ready(new URL("../command/load.ts", import.meta.url), "resume", port);
const pushes = await children.ready(
  new URL("../push/load.ts", import.meta.url),
  "resume",
  port,
  firstListener,
);
const shape = { over: "tcp", command: "echo", connections: 1, inFlight: 256 } as const;
const measured = { warmUpMs: 0, measureMs: ms };
const from = performance.now();
const running = Promise.all([
  ask<LoadResult>(commands.child, { ...shape, ...measured } satisfies LoadRequest),
  ask<PushResult>(pushes.child, { sessions, ...measured } satisfies PushRequest),
]);

/** Resident memory of the processes, in bytes, at one moment after the other. */
const samples: { readonly atMs: number; readonly gate: number; readonly node: number }[] = [];
const sampleMs = 100;
/** Memory after a garbage collection, of gate and node: after the first seconds, and before the end. */
const collected: Record<"gate" | "node", number>[] = [];
const collectAtMs = [afterMs, ms - windowMs];
while (performance.now() - from < ms) {
  const atMs = performance.now() - from;
  if (atMs >= (collectAtMs[collected.length] ?? Number.POSITIVE_INFINITY))
    collected.push({ gate: await heapBytes(gate.child), node: await heapBytes(node.child) });
  samples.push({ atMs, gate: residentBytes(gate.child), node: residentBytes(node.child) });
  await pause(sampleMs);
}
const [called, pushed] = await running;
if (collected.length < collectAtMs.length)
  throw new Error("soak: the processes were too busy to tell their heaps");

function residentBytes({ pid }: ChildProcess): number {
  const [, resident = ""] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(resident) * 1_024;
}

async function heapBytes(child: ChildProcess): Promise<number> {
  const { heapBytes: heap } = await ask<Memory>(child, "heap");
  return heap;
}

function medianOf(name: "gate" | "node", untilMs: number): number {
  const some = samples.filter(({ atMs }) => atMs > untilMs - windowMs && atMs <= untilMs);
  return median(some.map((sample) => sample[name]));
}

const mib = 2 ** 20;
const names = ["gate", "node"] as const;
const cases = [
  ...names.map((name) => caseOf(name, "MiB resident", medianOf(name, afterMs), medianOf(name, ms))),
  ...names.map((name) =>
    caseOf(
      `${name} heap`,
      "MiB after collection",
      collected[0]![name],
      collected.at(-1)![name],
      mostHeapGrowth,
    ),
  ),
];

function caseOf(load: string, unit: string, first: number, last: number, growth = mostGrowth) {
  const ratio = last / first;
  return {
    load,
    unit,
    ours: Number((last / mib).toFixed(1)),
    baseline: `after ${values.after} s`,
    theirs: Number((first / mib).toFixed(1)),
    ratio: Number(ratio.toFixed(3)),
    demand: { what: "ratio", most: 1 + growth / 100 },
    reached: ratio <= 1 + growth / 100,
  };
}
for (const { load: name, ours, baseline, theirs, ratio, demand, reached } of cases) {
  const asked = `at most ${demand.most.toFixed(2)}: ${reached ? "reached" : "NOT reached"}`;
  console.log(
    `${name.padEnd(9)} ${ours} MiB after ${values.seconds} s against ${theirs} MiB ${baseline}: ${ratio}; ${asked}`,
  );
}
const rates = {
  commandsPerSecond: Math.round(called.perSecond),
  pushesPerSecond: Math.round(pushed.perSecond),
};
console.log(
  `${rates.commandsPerSecond} commands/s, ${rates.pushesPerSecond} pushes/s to ${sessions} sessions`,
);
printCases("soak", cases, { seconds: ms / 1_000, ...rates });
if (!cases.every(({ reached }) => reached)) process.exitCode = 1;
