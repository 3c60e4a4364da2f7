/**
 * `npm run test:flood`: what a well-behaved client feels of hostile ones. A gate, a node and a client have a process each; the
 * client's round trips are measured without a flood and then with one, in turns, for each kind of flood. The last line is
 * one JSON object; the exit code is 1 when the 99th percentile rose to `--most` times what it was, in each of three tries.
 */
import { parseArgs } from "node:util";
import { ask, Children } from "../bench/harness/children.ts";
import { median, pause } from "../bench/harness/pairs.ts";
import type { SampleResult } from "./client.ts";
import type { FloodReport } from "./flooder.ts";
import { floods } from "./kinds.ts";

const { values } = parseArgs({
  options: {
    /** Which floods, separated by commas. */
    kind: { type: "string", default: Object.keys(floods).join(",") },
    /** Round trips of one measurement. */
    samples: { type: "string", default: "1250" },
    /** Hostile connections. */
    connections: { type: "string", default: "1" },
    /** The ratio that is too much. */
    most: { type: "string", default: "5" },
    tries: { type: "string", default: "3" },
  },
});
const kinds = values.kind.split(",");
const samples = Number(values.samples);
const most = Number(values.most);
const tries = Number(values.tries);
if (kinds.some((kind) => !(kind in floods)) || !(samples >= 100) || !(most > 0) || !(tries > 0)) {
  console.error(
    `usage: test:flood [--kind ${Object.keys(floods)}] [--samples N] [--connections N] [--most RATIO]`,
  );
  process.exit(1);
}
const rounds = 5;
const settleMs = 50;
/** A percentile below this is as good as this: the timers of the machine are no finer when it has other work. */
const floorMs = 1;

interface Row {
  readonly kind: string;
  readonly p99_before_ms: number;
  readonly p99_during_ms: number;
  /** As measured. */
  readonly ratio: number;
  /** With a percentile before that is below the floor taken as the floor: what the exit code goes by. */
  readonly judged: number;
}

using children = new Children();
const gate = await children.ready<{ port: number; links: number }>(
  new URL("../bench/game/gate.ts", import.meta.url),
);
await children.ready(new URL("../bench/game/node.ts", import.meta.url), gate.first.links);
const { port } = gate.first;
const client = await children.ready(new URL("client.ts", import.meta.url), port);

async function p99(): Promise<number> {
  const { times } = await ask<SampleResult>(client.child, { samples: Math.ceil(samples / rounds) });
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1]!;
}

/** Without and with the flood in turns, so that what the machine does meanwhile hits both; the median of each. */
async function measure(kind: string): Promise<Row> {
  const { child } = await children.ready(
    new URL("flooder.ts", import.meta.url),
    kind,
    floods[kind]?.links === true ? gate.first.links : port,
    values.connections,
  );
  const without: number[] = [];
  const during: number[] = [];
  const sum = { bytes: 0, connections: 0, ms: 0 };
  for (let round = 0; round < rounds; round++) {
    without.push(await p99());
    const from = performance.now();
    await ask<FloodReport>(child, { on: true });
    during.push(await p99());
    const { bytes, connections } = await ask<FloodReport>(child, { on: false });
    sum.bytes += bytes;
    sum.connections += connections;
    sum.ms += performance.now() - from;
    await pause(settleMs);
  }
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  await gone;
  const before = median(without);
  const after = median(during);
  const ratio = after / before;
  const judged = after / Math.max(before, floorMs);
  const sent = `${(sum.bytes / sum.ms / 1e3).toFixed(1)} MB/s, ${Math.round((sum.connections * 1e3) / sum.ms)} connections/s`;
  console.log(
    `${kind.padEnd(31)} p99 ${before.toFixed(2)} ms without, ${after.toFixed(2)} ms with the flood: ` +
      `${ratio.toFixed(2)}, judged ${judged.toFixed(2)} (${sent})`,
  );
  return {
    kind,
    p99_before_ms: Number(before.toFixed(3)),
    p99_during_ms: Number(after.toFixed(3)),
    ratio: Number(ratio.toFixed(2)),
    judged: Number(judged.toFixed(2)),
  };
}

// Once for nothing, so that everything is compiled.
await p99();
const rows: Row[] = [];
for (const kind of kinds) {
  let best = await measure(kind);
  for (let n = 1; n < tries && best.judged >= most; n++) {
    const again = await measure(kind);
    if (again.judged < best.judged) best = again;
  }
  rows.push(best);
}
const ok = rows.every(({ judged }) => judged < most);
process.exitCode = ok ? 0 : 1;
console.log(JSON.stringify({ flood: rows, floor_ms: floorMs, ok }));
