import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { ask, Children } from "../harness/children.ts";
import { threadsUs } from "../harness/processor.ts";
import { percentileMs, sumOf } from "./load/latencies.ts";
import type { LoadAnswer, LoadQuestion } from "./load.ts";
import { type ServerName, serverKinds } from "./servers.ts";

/** Players of a scene. */
export const sceneSize = 50;

/** What is measured at once. */
export interface Plan {
  readonly server: ServerName;
  /** How long a server gathers moves; 0 when it sends them as they come. */
  readonly tickMs: number;
  readonly players: number;
  /** Processes that make the load. */
  readonly generators: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Time between two lines of a player. */
  readonly lineMs: number;
}

export interface Case {
  readonly server: ServerName;
  readonly tickMs: number;
  readonly players: number;
  /** Time from the writing of a move to its reading at another player. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of a core that each process had, with all of its threads. */
  readonly processor: Readonly<Record<string, number>>;
  /** Bytes that a player received in a second. */
  readonly bytesPerPlayer: number;
  readonly playersPerCore: number;
  /** Share of the moves that the others saw: one that was replaced by a newer one on its way was not seen. */
  readonly seenShare: number;
  readonly generators: number;
  /** Share of a core of the busiest load generator. */
  readonly generatorShare: number;
  /** Longest delay of a move behind its plan. */
  readonly lateMs: number;
  readonly faults: readonly string[];
}

export async function measure(plan: Plan): Promise<Case> {
  const children = new Children();
  try {
    return await measureWith(children, plan);
  } finally {
    await children.end();
  }
}

async function measureWith(children: Children, plan: Plan): Promise<Case> {
  const { server, tickMs, players, warmUpMs, measureMs } = plan;
  const running = await serverKinds[server].open(children, tickMs);
  const loads = await openLoads(children, plan, running.port);
  const all = (question: LoadQuestion) =>
    Promise.all(loads.map((load) => askRunning<LoadAnswer>(load, question)));
  await all("play");
  await pause(warmUpMs);
  await all("clear");
  const processes = [...running.processes.map(({ child }) => child), ...loads];
  const from = performance.now();
  const before = processes.map(spentUs);
  await pause(measureMs);
  const seconds = (performance.now() - from) / 1_000;
  const shares = processes.map((child, n) => (spentUs(child) - before[n]!) / 1e6 / seconds);
  const answers = await all("tell");
  const last = await all("stop");
  const ofServers = shares.slice(0, running.processes.length);
  const seen = sumOf(answers.map((answer) => answer.seen));
  const total = (of: (answer: LoadAnswer) => number) => answers.reduce((sum, answer) => sum + of(answer), 0);
  return {
    server,
    tickMs,
    players,
    p50Ms: percentileMs(seen, 0.5),
    p99Ms: percentileMs(seen, 0.99),
    processor: Object.fromEntries(running.processes.map(({ name }, n) => [name, rounded(ofServers[n]!)])),
    bytesPerPlayer: Math.round(total(({ bytes }) => bytes) / players / seconds),
    playersPerCore: Math.round(players / ofServers.reduce((sum, share) => sum + share, 0)),
    seenShare: rounded(
      total(({ movesSeen }) => movesSeen) / total(({ movesSent }) => movesSent) / (sceneSize - 1),
    ),
    generators: loads.length,
    generatorShare: rounded(Math.max(...shares.slice(running.processes.length))),
    lateMs: Math.max(...answers.map(({ lateMs }) => lateMs)),
    faults: [...new Set(last.flatMap(({ faults }) => faults))],
  };
}

/** Starts the load generators; each has whole scenes. */
async function openLoads(
  children: Children,
  { server, players, generators, lineMs }: Plan,
  port: number,
): Promise<readonly ChildProcess[]> {
  const scenes = players / sceneSize;
  const count = Math.min(generators, scenes);
  const firsts = Array.from({ length: count + 1 }, (_, n) => Math.floor((scenes * n) / count));
  const ready = firsts.slice(0, -1).map(async (first, n) => {
    const { wire } = serverKinds[server];
    const own = firsts[n + 1]! - first;
    return (await children.ready(new URL("load.ts", import.meta.url), wire, port, own, first, lineMs)).child;
  });
  return Promise.all(ready);
}

function askRunning<T>(child: ChildProcess, question: LoadQuestion): Promise<T> {
  if (!child.connected) throw new Error("a load generator has ended");
  return ask<T>(child, question);
}

function spentUs(child: ChildProcess): number {
  const us = threadsUs([child]);
  if (us === undefined) throw new Error("this benchmark reads processor times as Linux writes them");
  return us;
}

function rounded(share: number): number {
  return Number(share.toFixed(3));
}
