import { expect } from "vitest";
import { generator, shuffled } from "../../setup/generator.ts";
import { Crew } from "./crew.ts";
import { type RowState, type StoreFixture, stateOf } from "./fixture/fixture.ts";
import { Ledger } from "./ledger.ts";

export interface RoundPlan {
  readonly seed: number;
  readonly workers: number;
  readonly rows: number;
  /** How long rows are changed, milliseconds; longer when what was killed takes its time to come back. */
  readonly ms: number;
  /** Changes that must have been told in the end, so that the round shows something. Default 1,000. */
  readonly leastChanges?: number;
}

/**
 * Kills or freezes everything in turn, in an order of the seed's, while workers change rows. In the end the
 * database holds every acknowledged change, in the order of its row, and beyond those only changes without an answer.
 */
export async function crashRound(fixture: StoreFixture, plan: RoundPlan): Promise<void> {
  const { seed, ms } = plan;
  const ids = await fixture.createRows(plan.rows);
  await fixture.watch();
  const random = generator(seed);
  const ledger = new Ledger();
  const strikes: string[] = [];
  {
    const takes = fixture.names !== undefined;
    await using crew = new Crew(fixture.spec, ids, ledger, { seed, workers: plan.workers, takes });
    await crew.work();
    const start = performance.now();
    const pause = ms / (fixture.victims.length + 1);
    for (const [at, victim] of shuffled(fixture.victims, random).entries()) {
      await crew.work(start + pause * (at + 1));
      const pid = await victim.strike(crew, random);
      strikes.push(`${victim.name} ${pid}`);
    }
    await crew.work(start + ms);
  }
  const problems = [...(await fixture.settle(ids)), ...ledger.problems];
  const history = Map.groupBy(await fixture.history(), ({ id }) => id);
  const rows = await fixture.rows(ids);
  for (const [at, id] of ids.entries()) {
    const row = rows[at];
    if (row === undefined) problems.push(`row ${id} is gone`);
    else problems.push(...ledger.check(stateOf(row), history.get(id) ?? [], fixture.isEvery));
  }
  if (fixture.names !== undefined) problems.push(...ledger.checkNames(await fixture.names()));
  report(seed, strikes, ledger, [...history.values()].flat());
  expect(problems.slice(0, 20), `seed ${seed}: the first of ${problems.length} problems`).toEqual([]);
  expect(ledger.acknowledged).toBeGreaterThan(plan.leastChanges ?? 1_000);
  if (fixture.names !== undefined) expect(ledger.namesTaken).toBeGreaterThan(plan.workers);
  expect(history.size).toBeGreaterThan(Math.min(plan.rows, plan.leastChanges ?? plan.rows) / 2);
}

function report(seed: number, strikes: readonly string[], ledger: Ledger, states: readonly RowState[]): void {
  const counts = `${ledger.acknowledged} changes told, ${ledger.unknown} untold, ${states.length} states written`;
  process.stdout.write(`seed ${seed}: ${counts}; struck: ${strikes.join(", ")}\n`);
}
