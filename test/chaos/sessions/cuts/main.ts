/**
 * `npm run test:cuts`: sessions whose socket is cut. Each seed is one session under load, over TCP, over WebSocket, or from one to the
 * other. Its socket is cut at least 200 times during at least 10,000 requests and 10,000 reliable pushes, half-open cuts among them,
 * also inside Hello, inside Welcome, and inside the messages that a resume repeats. Each request must run once and be answered once,
 * each push must arrive once and in order, and the session must survive.
 *
 * The last line is one JSON object. The exit code is 1 when an invariant broke, or when no cut fell into one of the places; the lines
 * before name the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { places } from "../places.ts";
import { type CutsResult, cutsRound } from "./cuts-round.ts";

const { values } = parseArgs({
  options: {
    /** Number of seeds. */
    seeds: { type: "string", default: "20" },
    /** First seed. */
    seed: { type: "string", default: "1" },
    /** Least cuts of a seed. */
    cuts: { type: "string", default: "200" },
    /** Requests of a seed. */
    requests: { type: "string", default: "10000" },
    /** Least reliable pushes of a seed. */
    pushes: { type: "string", default: "10000" },
    /** Seeds that run at a time. */
    parallel: { type: "string", default: "5" },
  },
});
const [seeds, firstSeed, cuts, requests, pushes, parallel] = [
  Number(values.seeds),
  Number(values.seed),
  Number(values.cuts),
  Number(values.requests),
  Number(values.pushes),
  Number(values.parallel),
];
if (![seeds, firstSeed, cuts, requests, pushes, parallel].every((n) => Number.isSafeInteger(n) && n >= 1)) {
  console.error(
    "usage: test:cuts [--seeds N] [--seed FIRST] [--cuts N] [--requests N] [--pushes N] [--parallel N]",
  );
  process.exit(1);
}
/** Most problems of one seed that are printed. */
const shownCount = 10;

const counted = [
  "cuts",
  "halfOpen",
  "requests",
  "answered",
  "lost",
  "twice",
  "pushes",
  "gaps",
  "reordered",
] as const;
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
  halfOpen: 0,
  fell: { hello: 0, welcome: 0, replay: 0, load: 0 },
};
const broken: number[] = [];

function report(result: CutsResult): void {
  const { seed, transports, fell, problems } = result;
  console.log(
    `seed ${seed}: ${transports}: ${result.cuts} cuts (${result.halfOpen} half-open; inside hello ${fell.hello}, welcome ${fell.welcome}, ` +
      `replay ${fell.replay}), ${result.resumes} resumes, ${result.answered} of ${result.requests} requests answered, ` +
      `${result.pushes} pushes, ${problems.length} problems`,
  );
  for (const problem of problems.slice(0, shownCount)) console.log(`  ${problem}`);
  if (problems.length > 0) {
    broken.push(seed);
    const shape = `--cuts ${cuts} --requests ${requests} --pushes ${pushes}`;
    console.log(`  to repeat: npm run test:cuts -- --seeds 1 --seed ${seed} ${shape}`);
  }
  total.seeds++;
  for (const name of counted) total[name] += result[name];
  for (const place of places) total.fell[place] += fell[place];
}

let next = firstSeed;
async function lane(): Promise<void> {
  while (next < firstSeed + seeds) report(await cutsRound({ seed: next++, cuts, requests, pushes }));
}
await Promise.all(Array.from({ length: parallel }, lane));

const missed = places.filter((place) => total.fell[place] === 0);
if (missed.length > 0) console.log(`no cut fell into ${missed.join(", ")}`);
if (broken.length > 0) console.log(`seeds that broke an invariant: ${broken.join(", ")}`);
console.log(JSON.stringify(total));
process.exit(broken.length > 0 || missed.length > 0 ? 1 : 0);
