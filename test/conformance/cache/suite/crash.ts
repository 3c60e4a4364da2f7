import { expect } from "vitest";
import { TableHandle } from "../../../../runtime/cache/table/handle.ts";
import { heroTable } from "../fixtures/server/index.ts";
import { generator } from "../worker/random.ts";
import { runWorker, type Worker } from "../worker/run.ts";
import { type MakePlace, openWorld } from "./world.ts";

export interface CrashPlan {
  readonly seed: number;
  readonly workers: number;
  readonly rows: number;
  /** How often a worker is killed, and another takes its place. */
  readonly kills: number;
  /** Acknowledged changes between two kills. */
  readonly changes: number;
}

/**
 * Processes change rows at random and tell each change that was acknowledged; now and then one is killed as `kill -9` does.
 * In the end every acknowledged change is there, no row has half a change, and at most one change for each operation that
 * was under way at a kill is there without having been told.
 */
export async function crashRound(makePlace: MakePlace, plan: CrashPlan): Promise<void> {
  const { spec, table, another } = await openWorld(makePlace);
  const heroes = table(heroTable);
  const rows = Array.from({ length: plan.rows }, (_, at) => heroes.create({ name: `row ${at}` }));
  const ids = (await Promise.all(rows)).map(({ id }) => String(id));
  const random = generator(plan.seed);
  const begin = (worker: number, life: number) =>
    runWorker(spec, { job: "change", ids, worker, seed: plan.seed * 100 + life });

  const all: { worker: number; process: Worker }[] = [];
  const running = Array.from({ length: plan.workers }, (_, worker) => begin(worker, 0));
  for (const [worker, process] of running.entries()) all.push({ worker, process });
  const told = () => all.reduce((sum, { process }) => sum + process.lines.length, 0);
  for (let kill = 1; kill <= plan.kills; kill++) {
    await until(() => told() >= kill * plan.changes, running);
    const victim = Math.floor(random() * plan.workers);
    await running[victim]!.kill();
    const process = begin(victim, kill);
    running[victim] = process;
    all.push({ worker: victim, process });
  }
  await until(() => told() >= (plan.kills + 1) * plan.changes, running);
  await Promise.all(running.map((process) => process.kill()));

  const acknowledged = new Map<string, number>();
  for (const { worker, process } of all) {
    for (const line of process.lines) {
      const [kind = "", id = ""] = line.split(" ");
      const name = kind === "gold" ? `gold ${id}` : `turn ${id} ${worker}`;
      acknowledged.set(name, (acknowledged.get(name) ?? 0) + 1);
    }
  }
  const fresh = new TableHandle(heroTable, await another());
  let untold = 0;
  for (const [at, hero] of (await fresh.getMany(ids.map(BigInt))).entries()) {
    const found = new Map([[`gold ${hero?.id}`, Number(hero?.gold)]]);
    for (let worker = 0; worker < plan.workers; worker++) {
      found.set(`turn ${hero?.id} ${worker}`, Number(hero?.friends[worker] ?? 0n));
    }
    expect(hero?.name).toBe(`row ${at}`);
    expect(hero?.luck, "the two halves of one change").toBe(hero?.level);
    for (const [name, count] of found) {
      const least = acknowledged.get(name) ?? 0;
      expect(count, `${name} (seed ${plan.seed})`).toBeGreaterThanOrEqual(least);
      untold += count - least;
    }
  }
  expect(untold).toBeLessThanOrEqual(all.length * lanesOfWorker);
}

/** Changes that one worker has under way at a time. */
const lanesOfWorker = 8;

/** Waits until it holds; fails when one of the processes ends by itself. */
async function until(holds: () => boolean, processes: readonly Worker[]): Promise<void> {
  let failure: unknown;
  for (const { done } of processes) {
    done.catch((error: unknown) => {
      failure ??= error;
    });
  }
  while (!holds()) {
    if (failure !== undefined && !String(failure).includes("ended with null")) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
