/**
 * `npm run test:flood`: what a well-behaved client feels of hostile ones. A gate, a node, a client and a flooder have a process
 * each. For each kind of flood the client's round trips are measured in three ways, in turns:
 *
 * - without: nobody floods
 * - flood: the flooder floods the gate
 * - control: the flooder sends as much to a process that reads and throws away, so that this is what its mere traffic costs on a
 *   machine whose processors it shares
 *
 * What is judged is the 99th percentile with the flood, divided by the one without: all of it, also what the control explains.
 * Nothing is rounded up to a floor. It must stay below `--most`, in one of three tries: a busy machine delays single rounds.
 *
 * The flood sends 5 MB/s by default, hundreds of thousands of frames in a second. `--unpaced` sends as fast as the system takes
 * it, 20 to 130 MB/s on loopback: then the kernel's work for the flooder, such as throwing megabytes away that were sent to a
 * connection which the gate has closed, counts as the gate's.
 *
 * The last line is one JSON object, whose `ok` is what the exit code says.
 */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { smallFrames } from "../bench/flood/attacks.ts";
import type { FloodReport, FloodSwitch } from "../bench/flood/flooder.ts";
import { ask, Children } from "../bench/harness/children.ts";
import { median } from "../bench/harness/pairs.ts";
import type { SampleResult } from "./client.ts";
import type { SinkPace } from "./sink.ts";

const { values } = parseArgs({
  options: {
    /** Which floods, separated by commas. */
    kind: { type: "string", default: Object.keys(smallFrames).join(",") },
    /** Round trips of one measurement. */
    samples: { type: "string", default: "1500" },
    /** Hostile connections. */
    connections: { type: "string", default: "1" },
    /** What all of them send together, in MB/s. */
    pace: { type: "string", default: "5" },
    /** They send as fast as the system takes it. */
    unpaced: { type: "boolean", default: false },
    /** The ratio that is too much. */
    most: { type: "string", default: "5" },
    tries: { type: "string", default: "3" },
  },
});
const kinds = values.kind.split(",");
const samples = Number(values.samples);
const pace = values.unpaced ? Infinity : Number(values.pace);
const most = Number(values.most);
const tries = Number(values.tries);
if (
  kinds.some((kind) => !(kind in smallFrames)) ||
  !(samples >= 100) ||
  !(pace > 0) ||
  !(most > 0) ||
  !(tries > 0)
) {
  console.error(
    `usage: test:flood [--kind ${Object.keys(smallFrames)}] [--samples N] [--connections N] [--pace MB | --unpaced] [--most RATIO] [--tries N]`,
  );
  process.exit(1);
}
const rounds = 5;
const settleMs = 50;

/** What a flooder did in some time. */
interface Load extends FloodReport {
  readonly ms: number;
}

/** One kind of flood; 99th percentiles of the client's round trips. */
interface Row {
  readonly kind: string;
  readonly p99_without_ms: number;
  readonly p99_control_ms: number;
  readonly p99_flood_ms: number;
  /** With the flood, divided by without: what the exit code goes by. */
  readonly ratio: number;
  /** With the flood, divided by the control. */
  readonly over_control: number;
  readonly mb_per_s: number;
  readonly connections_per_s: number;
}

using children = new Children();
const gate = await children.ready<{ port: number; links: number }>(
  new URL("../bench/game/gate.ts", import.meta.url),
);
await children.ready(new URL("../bench/game/node.ts", import.meta.url), gate.first.links);
const sink = await children.ready<{ port: number }>(new URL("sink.ts", import.meta.url));
const client = await children.ready(new URL("client.ts", import.meta.url), gate.first.port);

async function p99(): Promise<number> {
  const { times } = await ask<SampleResult>(client.child, { samples: Math.ceil(samples / rounds) });
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1]!;
}

/** All three in turns, so that what the machine does meanwhile hits each; the median of each. */
async function measure(kind: string): Promise<Row> {
  const { child } = await children.ready(
    new URL("../bench/flood/flooder.ts", import.meta.url),
    kind,
    "--connections",
    values.connections,
    "--pace",
    pace * 1e6,
  );
  const flooded = async (port: number): Promise<{ time: number; load: Load }> => {
    const from = performance.now();
    await ask<FloodReport>(child, { port } satisfies FloodSwitch);
    const time = await p99();
    const report = await ask<FloodReport>(child, {} satisfies FloodSwitch);
    const load = { ...report, ms: performance.now() - from };
    await pause(settleMs);
    return { time, load };
  };
  const target = smallFrames[kind]?.target === "links" ? gate.first.links : gate.first.port;
  const without: number[] = [];
  const flood: number[] = [];
  const control: number[] = [];
  const loads: Load[] = [];
  for (let round = 0; round < rounds; round++) {
    without.push(await p99());
    const { time, load } = await flooded(target);
    flood.push(time);
    loads.push(load);
    await ask(sink.child, paceOf(load));
    control.push((await flooded(sink.first.port)).time);
  }
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  await gone;
  const before = median(without);
  const beside = median(control);
  const after = median(flood);
  return {
    kind,
    p99_without_ms: rounded(before, 3),
    p99_control_ms: rounded(beside, 3),
    p99_flood_ms: rounded(after, 3),
    ratio: rounded(after / before, 2),
    over_control: rounded(after / beside, 2),
    mb_per_s: rounded(sum(loads, "bytes") / sum(loads, "ms") / 1e3, 1),
    connections_per_s: rounded((sum(loads, "connections") * 1e3) / sum(loads, "ms"), 0),
  };
}

/** What the sink has to take so that it has what the gate had. */
function paceOf({ bytes, connections, ms }: Load): SinkPace {
  // For a connection that the end of the round cut, it is unknown how much would have been taken.
  const isClosed = connections > Number(values.connections);
  return {
    bytesPerMs: bytes / ms,
    bytesPerConnection: isClosed ? bytes / connections : Number.MAX_SAFE_INTEGER,
  };
}

function sum(loads: readonly Load[], of: keyof Load): number {
  return loads.reduce((total, load) => total + load[of], 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function show(row: Row): void {
  const { p99_without_ms, p99_control_ms, p99_flood_ms, ratio, over_control } = row;
  console.log(
    `${row.kind.padEnd(31)} p99 ${p99_without_ms.toFixed(2)} ms without, ${p99_control_ms.toFixed(2)} ms control, ` +
      `${p99_flood_ms.toFixed(2)} ms with the flood: ${ratio.toFixed(2)} (${over_control.toFixed(2)} of the control; ` +
      `${row.mb_per_s} MB/s, ${row.connections_per_s} connections/s)`,
  );
}

// Once for nothing, so that everything is compiled.
await p99();
const rows: Row[] = [];
for (const kind of kinds) {
  let best = await measure(kind);
  show(best);
  for (let n = 1; n < tries && best.ratio >= most; n++) {
    const again = await measure(kind);
    show(again);
    if (again.ratio < best.ratio) best = again;
  }
  rows.push(best);
}
const ok = rows.every(({ ratio }) => ratio < most);
process.exitCode = ok ? 0 : 1;
console.log(JSON.stringify({ flood: rows, pace: values.unpaced ? "unpaced" : pace, most, ok }));
