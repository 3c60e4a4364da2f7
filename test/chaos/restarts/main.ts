/**
 * `npm run test:restarts`: what clients notice when nodes are replaced and killed under load. Real processes, a gate and two instances
 * of two roles; clients send requests at a steady rate, whether they are answered or not.
 *
 * - rolling: `photinus restart --rolling` replaces all nodes. No request is lost, none is run twice, no client gets an error
 * - gates: `photinus restart --rolling` of a game with two gates replaces these, too. Each session moves to the other gate; clients get
 *   no error and no new session
 * - killed: one node gets `kill -9`. Only requests that are not idempotent and were with that node fail, and each says that it may
 *   have run
 *
 * The last line is one JSON object. The exit code is 1 when a promise was broken.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Workshop } from "../../integration/process/game.ts";
import { ProbeGame } from "../../integration/process/probe-game.ts";
import { type Failed, SteadyLoad } from "../../integration/process/steady-load.ts";

const { values } = parseArgs({
  options: {
    /** Requests in a second. */
    rate: { type: "string", default: "2000" },
    clients: { type: "string", default: "41" },
    /** Time under load before and after each restart, in seconds. */
    seconds: { type: "string", default: "2" },
  },
});
const rate = Number(values.rate);
const clients = Number(values.clients);
const pauseMs = Number(values.seconds) * 1_000;
if (!(rate > 0 && clients > 0 && pauseMs >= 0)) {
  console.error("usage: test:restarts [--rate R] [--clients N] [--seconds S]");
  process.exit(1);
}
const killed = "probe-1";
const problems: string[] = [];

/** Plays one load while `strike` runs, and returns its counts. Notes what must not be. */
async function play(
  name: string,
  gates: readonly string[],
  strike: (workshop: Workshop, game: ProbeGame) => Promise<void>,
  mayFail: (failed: Failed) => boolean,
) {
  const workshop = new Workshop();
  try {
    const game = new ProbeGame(workshop, gates);
    const run = await workshop.start();
    const load = await SteadyLoad.start({ ports: await game.ports(), rate, clients });
    await sleep(pauseMs);
    await strike(workshop, game);
    await sleep(pauseMs);
    await load.stop();
    const retried = await game.count("relay.retried");
    run.signal("SIGTERM");
    if ((await run.ended) !== 0) problems.push(`${name}: the game did not end well:\n${run.errors}`);
    const verdict = load.verdict(game.ran(), name === "killed" ? "idempotent ones" : "none");
    const wrong = load.failed.filter((failed) => !mayFail(failed));
    for (const { text, error } of wrong.slice(0, 10)) {
      problems.push(`${name}: ${text} failed: ${error.message} (${error.outcome ?? "answered"})`);
    }
    if (verdict.lost > 0) problems.push(`${name}: ${verdict.lost} requests were lost`);
    if (verdict.twice > 0) problems.push(`${name}: ${verdict.twice} requests were run twice`);
    if (verdict.answered < rate) problems.push(`${name}: only ${verdict.answered} requests were answered`);
    const { newSessions } = load;
    if (newSessions > 0) problems.push(`${name}: ${newSessions} sessions were not resumed`);
    return { ...verdict, wrong: wrong.length, retried, newSessions };
  } finally {
    workshop.close();
  }
}

async function restartAll(workshop: Workshop): Promise<void> {
  const { code, out, errors } = await workshop.run("restart", "--rolling");
  console.log(out.trimEnd());
  if (code !== 0) problems.push(`the restart failed: ${errors}`);
}

const rolling = await play("rolling", ["gate"], restartAll, () => false);
const gates = await play("gates", ["gate-1", "gate-2"], restartAll, () => false);
const kill = await play(
  "killed",
  ["gate"],
  (_, game) => game.kill(killed),
  ({ idempotent, error }) =>
    !idempotent &&
    error.outcome === "may have run" &&
    error.reason.startsWith(`the node "${killed}" was lost`),
);
if (kill.retried === 0 || kill.errors === 0)
  problems.push("killed: the node did not have requests of both kinds, which shows nothing");
for (const problem of problems) console.log(problem);
console.log(JSON.stringify({ rate, clients, rolling, gates, killed: kill, ok: problems.length === 0 }));
process.exit(problems.length === 0 ? 0 : 1);
