/**
 * `npm run bench -- scale`: processor time that gate and node need for a message, as sessions grow in number, and as groups grow. The
 * rate is the same at each size: of commands, one from each session in turn; of pushes, so many to all members together. The baseline
 * is the smallest size. Each size has new processes in each round; the figure is the median of the rounds.
 */
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ask, Children } from "../harness/children.ts";
import { needDescriptors } from "../harness/descriptors.ts";
import { median } from "../harness/pairs.ts";
import { threadsUs } from "../harness/processor.ts";
import { type Case, type Headline, printCases } from "../harness/result.ts";
import type { ScaleAnswer, ScaleQuestion } from "./load.ts";

const { values } = parseArgs({
  options: {
    /** Numbers of sessions; the smallest first. "" measures none. */
    sessions: { type: "string", default: "100,1000,10000" },
    /** Members of a group; the fewest first. "" measures none. */
    members: { type: "string", default: "10,100,1000,5000" },
    /** Commands a second. */
    rate: { type: "string", default: "4000" },
    /** Pushes a second, to all members together. */
    pushes: { type: "string", default: "20000" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
  },
});
const numbersOf = (text: string) => (text === "" ? [] : text.split(",").map(Number));
const sessionCounts = numbersOf(values.sessions);
const memberCounts = numbersOf(values.members);
const rate = Number(values.rate);
const pushes = Number(values.pushes);
const measureMs = Number(values.seconds) * 1_000;
const rounds = Number(values.rounds);
const counts = [...sessionCounts, ...memberCounts];
if (counts.length === 0 || ![...counts, rate, pushes, measureMs, rounds].every((number) => number > 0)) {
  console.error(
    "usage: scale [--sessions N,N] [--members N,N] [--rate N] [--pushes N] [--seconds S] [--rounds N]",
  );
  process.exit(1);
}
needDescriptors(Math.max(...counts));

type Kind = "command" | "push";

/** A size against the smallest one: processor time of gate and node for an answered command, or for a push to one member. */
interface Row extends Case, Headline {
  readonly kind: Kind;
  /** Sessions, or members of the group. */
  readonly size: number;
  readonly ours: number;
  readonly ratio: number;
  /** Parts of ours, microseconds. */
  readonly gateUs: number;
  readonly nodeUs: number;
}

/** Most pushes a second of one group, so that each one is written by itself. */
const mostTells = 500;

async function measure(kind: Kind, size: number): Promise<{ gateUs: number; nodeUs: number }> {
  const children = new Children();
  try {
    const gate = await children.ready<{ port: number; links: number }>(
      new URL("../game/gate.ts", import.meta.url),
    );
    const node = await children.ready(new URL("../game/node.ts", import.meta.url), gate.first.links);
    const load = await children.ready(new URL("load.ts", import.meta.url), gate.first.port, size);
    const tell = (question: ScaleQuestion) => ask<ScaleAnswer>(load.child, question);
    const perSecond = kind === "command" ? rate : Math.min(mostTells, pushes / size);
    await tell({ send: kind === "command" ? "echo" : "tell", perSecond });
    await pause(measureMs / 2);
    const spent = () => [gate.child, node.child].map((child) => threadsUs([child]) ?? Number.NaN);
    const before = spent();
    const { received: from } = await tell("tell");
    await pause(measureMs);
    const after = spent();
    const { received } = await tell("tell");
    await tell("stop");
    const [gateUs, nodeUs] = after.map((us, n) => (us - before[n]!) / (received - from));
    return { gateUs: gateUs!, nodeUs: nodeUs! };
  } finally {
    await children.end();
  }
}

const sizesOf = { command: "sessions", push: "members" } as const;

/** All sizes in each round, so that what the machine does meanwhile hits all of them. */
async function measureSizes(kind: Kind, sizes: readonly number[]): Promise<readonly Row[]> {
  const taken = sizes.map(() => ({ gateUs: [] as number[], nodeUs: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [n, size] of sizes.entries()) {
      const { gateUs, nodeUs } = await measure(kind, size);
      taken[n]!.gateUs.push(gateUs);
      taken[n]!.nodeUs.push(nodeUs);
    }
  }
  const all = taken.map(({ gateUs, nodeUs }) => median(gateUs.map((us, round) => us + nodeUs[round]!)));
  const of = sizesOf[kind];
  return sizes.map((size, n) => ({
    load: `${kind}, ${size} ${of}`,
    unit: `us a ${kind}`,
    ours: rounded(all[n]!),
    baseline: `${sizes[0]} ${of}`,
    theirs: rounded(all[0]!),
    kind,
    size,
    gateUs: rounded(median(taken[n]!.gateUs)),
    nodeUs: rounded(median(taken[n]!.nodeUs)),
    ratio: Number((all[n]! / all[0]!).toFixed(3)),
  }));
}

function rounded(us: number): number {
  return Number(us.toFixed(2));
}

function lineOf({ kind, size, ours, gateUs, nodeUs, ratio }: Row): string {
  const message = kind === "command" ? "command" : "push to one";
  return `${`${size} ${sizesOf[kind]}`.padEnd(16)} ${ours} us a ${message} (gate ${gateUs}, node ${nodeUs}): ${ratio} of the smallest`;
}

const cases: Row[] = [];
for (const [kind, sizes] of [
  ["command", sessionCounts],
  ["push", memberCounts],
] as const) {
  if (sizes.length === 0) continue;
  const some = await measureSizes(kind, sizes);
  for (const one of some) console.log(lineOf(one));
  // The largest first: the headline is of that.
  cases.push(...some.toReversed());
}
printCases("scale", cases, { rounds });
