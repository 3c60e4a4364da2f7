/**
 * `npm run bench -- rpc`: typed two-way RPC over one hop, against an envelope written by hand and against pinus-rpc. All
 * sides alternate in one run; each has a server and a client process of its own, and only one of them is under load.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const loads: Record<string, { connections: number; inFlight: number }> = {
  seq: { connections: 1, inFlight: 1 },
  p64: { connections: 1, inFlight: 64 },
  p256: { connections: 1, inFlight: 256 },
  c64: { connections: 64, inFlight: 1 },
};

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one round. */
    seconds: { type: "string", default: "0.6" },
    rounds: { type: "string", default: "5" },
    /** Which loads, separated by commas. */
    loads: { type: "string", default: Object.keys(loads).join(",") },
    /** Which of byHand and pinus to measure against. */
    against: { type: "string", default: "byHand,pinus" },
  },
});
const measureMs = Number(values.seconds) * 1_000;
const rounds = Number(values.rounds);
const chosen = values.loads.split(",");
const unknown = chosen.find((load) => !(load in loads));
if (unknown !== undefined || !(measureMs > 0) || !(rounds > 0)) {
  console.error(
    `usage: rpc [--seconds S] [--rounds N] [--loads ${Object.keys(loads)}] [--against byHand,pinus]`,
  );
  process.exit(1);
}

const children: ChildProcess[] = [];

function start(...args: string[]): ChildProcess {
  const file = fileURLToPath(new URL("child.ts", import.meta.url));
  const child = fork(file, args, { execArgv: ["-C", "photinus-source"], execPath: process.execPath });
  children.push(child);
  return child;
}

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message: T) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

async function open(side: string): Promise<(load: string) => Promise<number>> {
  const { port } = await next<{ port: number }>(start("serve", side));
  const caller = start("call", side, String(port));
  await next(caller);
  return async (load) => {
    caller.send({ ...loads[load], warmUpMs: measureMs / 2, measureMs });
    return (await next<{ perSecond: number }>(caller)).perSecond;
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const names = ["photinus", ...values.against.split(",")];
const pairs: { load: string; baseline: string; ours: number; theirs: number; ratio: number }[] = [];
try {
  const sides = new Map<string, (load: string) => Promise<number>>();
  for (const name of names) sides.set(name, await open(name));
  for (const load of chosen) {
    const rates = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of sides) rates.get(name)!.push(await run(load));
    }
    const ours = rates.get("photinus")!;
    for (const baseline of names.slice(1)) {
      const theirs = rates.get(baseline)!;
      // The ratio of neighbours in time: what the machine does meanwhile hits both.
      const ratio = median(ours.map((rate, round) => rate / theirs[round]!));
      pairs.push({
        load,
        baseline,
        ours: Math.round(median(ours)),
        theirs: Math.round(median(theirs)),
        ratio: Number(ratio.toFixed(3)),
      });
      const pair = pairs.at(-1)!;
      console.log(`${load.padEnd(5)} ${pair.ours} against ${pair.theirs} of ${baseline}: ${pair.ratio}`);
    }
  }
} finally {
  for (const child of children) child.kill();
}
const { ours, theirs, ratio, baseline } =
  pairs.find((pair) => pair.load === "p256" && pair.baseline === "byHand") ?? pairs[0]!;
console.log(JSON.stringify({ bench: "rpc", unit: "calls/s", ours, baseline, theirs, ratio, pairs }));
