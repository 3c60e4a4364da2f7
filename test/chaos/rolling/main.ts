/**
 * `npm run test:rolling`: a rolling upgrade over three releases under load. Real processes: two gates, three nodes whose scenes are
 * routed by hash, a canary node beside them, two nodes without state, and players of all three releases, who call all the time.
 *
 * - a canary node tries each next release with 5, 25 and 50 percent of the scenes, changed by `photinus canary`; each gate sends it as many
 *   of 10,000 scenes, within one percentage point
 * - then `photinus restart --rolling` deploys release 2, and release 3, nodes and gates
 * - players of releases 2 and 3 get no error at any time; nothing that was answered was lost or run twice
 * - players of release 1 are served until the gates have release 3, which they do not understand; then they get the typed answer
 * - a player of release 3 who comes before the gates have it is asked to come again, and gets in
 * - a command that a gate knows, and the node of its scene does not yet, waits for the node
 * - notifies run at most once: those to a node that is away are dropped, and counted here
 * - no scene is run by two processes at a time, nor to and fro by two within one step
 *
 * The last line is one JSON object. The exit code is 1 when a promise was broken.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Workshop } from "../../integration/process/game.ts";
import { Canary } from "./canary.ts";
import { comeEarly, tradeEarly } from "./early-player.ts";
import { readOwners } from "./owners.ts";
import { PlayerGroup } from "./player-group.ts";
import type { PlayersReport } from "./player-report.ts";
import { type ReleaseNumber, Releases, ranFile, upgradeUrl } from "./releases.ts";

const { values } = parseArgs({
  options: {
    /** Players of each release. */
    players: { type: "string", default: "8" },
    /** Time under load before and after each step, in seconds. */
    seconds: { type: "string", default: "8" },
  },
});
const count = Number(values.players);
const pauseMs = Number(values.seconds) * 1_000;
if (!(count > 0 && pauseMs >= 0)) {
  console.error("usage: test:rolling [--players N] [--seconds S]");
  process.exit(1);
}
const problems: string[] = [];
const began = performance.now();
const workshop = new Workshop();
const groups: PlayerGroup[] = [];

function say(text: string): void {
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
}

/** Restarts all processes with a release. */
async function deploy(releases: Releases, number: ReleaseNumber): Promise<void> {
  say(`deploying release ${number}`);
  releases.point("current", number);
  const run = workshop.spawn(["restart", "--rolling"]);
  run.child.stdout?.on("data", (text: string) => {
    for (const [, name = ""] of text.matchAll(/^(\S+) restarted/gm)) {
      say(`${name} is of release ${number}`);
    }
  });
  const code = await run.ended;
  if (code !== 0) problems.push(`the deployment of release ${number} ended with ${code}: ${run.errors}`);
}

/** Checks what the players of a release have seen, and returns its counts. */
function judge(report: PlayersReport, runs: ReadonlyMap<string, number>) {
  const who = `players of release ${report.release}`;
  const { answered, nudged, errors } = report;
  const lost = answered.filter((mark) => !runs.has(mark)).length;
  const twice = [...runs].filter(
    ([mark, times]) => times > 1 && mark.startsWith(`r${report.release}-`),
  ).length;
  const nudgesLost = nudged.filter((mark) => !runs.has(mark)).length;
  for (const error of errors.slice(0, 10)) problems.push(`${who}: ${error}`);
  if (lost > 0) problems.push(`${who}: ${lost} answered acts were not run`);
  if (twice > 0) problems.push(`${who}: ${twice} acts or nudges were run twice`);
  if (report.newSessions > 0) problems.push(`${who}: ${report.newSessions} sessions were not resumed`);
  const { calls, resumed, slowestMs, upgrades } = report;
  return {
    calls,
    errors: errors.length,
    lost,
    twice,
    notifies: nudged.length,
    notifiesLost: nudgesLost,
    resumed,
    slowestMs,
    upgrades: upgrades.length,
  };
}

/** Checks that all players of release 1 got the typed answer, and only once a gate had release 3. */
function judgeUpgrades({ upgrades }: PlayersReport, sinceNs: bigint): void {
  const who = "players of release 1";
  if (upgrades.length !== count)
    problems.push(`${who}: ${upgrades.length} of ${count} got the upgrade answer`);
  const early = upgrades.filter(({ atNs }) => BigInt(atNs) < sinceNs).length;
  if (early > 0) problems.push(`${who}: ${early} were refused before a gate had release 3`);
  for (const one of upgrades) {
    const { tooNew, minRelease, serverRelease, url, state } = one;
    const isRight =
      !tooNew && minRelease === 2 && serverRelease === 3 && url === upgradeUrl && state === "closed";
    if (!isRight || !one.change.includes("Wave")) problems.push(`${who}: got ${JSON.stringify(one)}`);
  }
}

/** Tries a release with a growing share of the scenes. The canary keeps the last one. */
async function tryOut(canary: Canary, number: ReleaseNumber): Promise<void> {
  await canary.restart(number);
  for (const percent of [5, 25, 50]) {
    await canary.take(percent, number);
    say(`the canary of release ${number} takes ${percent} %: ${canary.shares.at(-1)?.taken} of 10000 scenes`);
    await sleep(pauseMs / 4);
  }
}

async function play() {
  const releases = await Releases.make(workshop);
  const run = await workshop.start();
  const { processes } = await workshop.status();
  const ports = processes.flatMap(({ gate }) =>
    gate === undefined ? [] : [(gate["address"] as { port: number }).port],
  );
  const come = async (number: ReleaseNumber): Promise<void> => {
    groups.push(await PlayerGroup.join(releases.folder(number), number, count, ports));
    say(`${count} players of release ${number}`);
    await sleep(pauseMs);
  };
  const canary = new Canary(releases, ports);
  await come(1);
  await tryOut(canary, 2);
  await deploy(releases, 2);
  await canary.take(0, 2);
  await come(2);
  await tryOut(canary, 3);
  const coming = comeEarly(releases.folder(3), ports.at(-1)!);
  // One gate first: the other way round than the recipe, so that a gate knows a command that no node knows.
  releases.point("current", 3);
  const sinceNs = process.hrtime.bigint();
  const { code, errors } = await workshop.run("restart", "gate-1");
  if (code !== 0) problems.push(`gate-1 did not restart: ${errors}`);
  say("gate-1 alone is of release 3");
  const trading = tradeEarly(releases.folder(3), ports[0]!);
  await deploy(releases, 3);
  const untraded = await trading;
  problems.push(...untraded.map((text) => `a trade before the nodes knew it: ${text}`));
  const early = await coming;
  say(`a player of release 3 got in after ${early.refusals} refusals`);
  if (early.refusals === 0) problems.push("the early player met no older gate, which shows nothing");
  problems.push(...early.wrong.map((text) => `the early player got ${text}`));
  await canary.take(0, 3);
  problems.push(...canary.problems);
  await come(3);
  const reports = await Promise.all(groups.map((group) => group.leave()));
  run.signal("SIGTERM");
  if ((await run.ended) !== 0) problems.push(`the game did not end well:\n${run.errors}`);
  const owners = readOwners(readFileSync(join(workshop.folder, ranFile), "utf8"));
  problems.push(...owners.problems);
  const [first] = reports;
  judgeUpgrades(first!, sinceNs);
  if (owners.handedOver === 0) problems.push("no scene was handed over, which shows nothing");
  return {
    handlers: owners.begun,
    scenesHandedOver: owners.handedOver,
    twoOwners: owners.problems.length,
    canary: canary.shares,
    earlyRefusals: early.refusals,
    earlyTradesFailed: untraded.length,
    players: Object.fromEntries(reports.map((report) => [report.release, judge(report, owners.runs)])),
  };
}

let measured = {};
try {
  measured = await play();
} catch (error) {
  problems.push(`the play ended early: ${error instanceof Error ? error.stack : String(error)}`);
} finally {
  for (const group of groups) group.kill();
  workshop.close();
}
for (const problem of problems) console.log(problem);
const seconds = Math.round((performance.now() - began) / 1_000);
console.log(JSON.stringify({ seconds, ...measured, ok: problems.length === 0 }));
process.exit(problems.length === 0 ? 0 : 1);
