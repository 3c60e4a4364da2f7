/**
 * `npm run chaos -- --minutes N --seed S`: sessions on a hostile network. Plays rounds with the seeds S, S + 1 ... until the time is
 * over, at least one. Three kinds of rounds take turns:
 *
 * - network: a gate and a node in this process; a proxy cuts, resets, silences and slows the connections of the clients, and delivers
 *   openings twice
 * - processes: the gate and two nodes are processes; each is killed and frozen in turn, on a hostile network
 * - partitions: as processes, and the links between network namespaces are taken down. Needs root and `ip`; elsewhere it says so, and
 *   plays a round of processes instead
 *
 * The proxy neither repeats nor reorders bytes inside of a connection: TCP does not let that happen.
 *
 * The last line is one JSON object. The exit code is 1 when an invariant broke; the lines before name the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { networkRound, type RoundResult } from "./network-round.ts";
import { Partitions } from "./partitions.ts";
import { processRound } from "./process-round.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    /** Seed of the first round. */
    seed: { type: "string", default: "1" },
    /** Clients of a round. */
    players: { type: "string", default: "8" },
    /** Length of one round under load, in seconds. */
    seconds: { type: "string", default: "10" },
    /** All clients are the plain client of the protocol's document. */
    plain: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const firstSeed = Number(values.seed);
const players = Number(values.players);
const ms = Number(values.seconds) * 1_000;
if (!(minutes >= 0 && Number.isSafeInteger(firstSeed) && firstSeed >= 0 && players >= 1 && ms >= 1_000)) {
  console.error(
    "usage: chaos [--minutes N] [--seed S] [--players N] [--seconds N of each round, 1 or more] [--plain]",
  );
  process.exit(1);
}
/** Most problems of one round that are printed. */
const shownCount = 10;

async function play(seed: number): Promise<RoundResult> {
  const options = { seed, ms, players, ...(values.plain ? { isPlain: () => true } : {}) };
  if (seed % 3 === 1) return networkRound({ ...options, ms: ms / 2 });
  if (seed % 3 === 2) return processRound(options, "processes");
  const partitions = Partitions.open();
  if (typeof partitions === "string") {
    console.log(`seed ${seed}: SKIPPED partitions: ${partitions}; a round of processes instead`);
    return processRound(options, "processes");
  }
  using open = partitions;
  return await processRound(options, "partitions", open.place);
}

const total = {
  seeds: 0,
  cuts: 0,
  requests: 0,
  answered: 0,
  lost: 0,
  twice: 0,
  pushes: 0,
  gaps: 0,
  reordered: 0,
};
const broken: number[] = [];
const until = performance.now() + minutes * 60_000;
for (let seed = firstSeed; seed === firstSeed || performance.now() < until; seed++) {
  const result = await play(seed);
  const { kind, cuts, duplicates, resumes, refused, requests, answered, pushes, problems } = result;
  console.log(
    `seed ${seed}: ${kind}: ${cuts} cuts, ${duplicates} duplicates, ${resumes} resumes, ${refused} refused, ` +
      `${answered} of ${requests} requests answered, ${pushes} pushes, ${problems.length} problems`,
  );
  for (const problem of problems.slice(0, shownCount)) console.log(`  ${problem}`);
  if (problems.length > 0) {
    broken.push(seed);
    const shape = `--players ${players} --seconds ${values.seconds}${values.plain ? " --plain" : ""}`;
    console.log(`  to repeat: npm run chaos -- --minutes 0 --seed ${seed} ${shape}`);
  }
  total.seeds++;
  for (const name of [
    "cuts",
    "requests",
    "answered",
    "lost",
    "twice",
    "pushes",
    "gaps",
    "reordered",
  ] as const)
    total[name] += result[name];
}
if (broken.length > 0) console.log(`seeds that broke an invariant: ${broken.join(", ")}`);
console.log(JSON.stringify(total));
process.exit(broken.length > 0 || total.answered === 0 ? 1 : 0);
