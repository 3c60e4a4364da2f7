import { writeSync } from "node:fs";
import type { TableStore } from "../../../../runtime/cache/store.ts";
import { TableHandle } from "../../../../runtime/cache/table/handle.ts";
import { type HeroTable, heroTable } from "../fixtures/server/index.ts";
import { generator } from "./random.ts";

/** What a worker can be asked to do. */
export type Job =
  /** Increments `gold` and the field so often, and patches another field each time. */
  | { readonly job: "count"; readonly id: string; readonly field: "level" | "luck"; readonly rounds: number }
  /** Changes rows at random, and prints each change when it was acknowledged, until it is killed. */
  | {
      readonly job: "change";
      readonly ids: readonly string[];
      readonly worker: number;
      readonly seed: number;
    };

/** Operations at a time. */
const inFlight = 64;

export async function doJob(store: TableStore, job: Job): Promise<void> {
  const heroes = new TableHandle(heroTable, store);
  if (job.job === "count") await count(heroes, BigInt(job.id), job.field, job.rounds);
  else await change(heroes, job.ids.map(BigInt), job.worker, job.seed);
}

type Heroes = TableHandle<HeroTable>;

async function count(heroes: Heroes, id: bigint, field: "level" | "luck", rounds: number): Promise<void> {
  let begun = 0;
  const lane = async () => {
    while (begun < rounds) {
      const round = ++begun;
      await heroes.increment(id, "gold", 1n);
      await heroes.increment(id, field, 1);
      // Each process has a field of its own to patch; patches of one process may overtake each other but for the last.
      if (round === rounds) continue;
      await heroes.patch(id, field === "level" ? { note: `${round}` } : { guild: BigInt(round) });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  await heroes.patch(id, field === "level" ? { note: `${rounds}` } : { guild: BigInt(rounds) });
}

/**
 * Every worker increments `gold` of rows at random; what it has added to each row by acknowledged changes goes to its output.
 * `level` and `luck` are written together with the same number, so that half a change would show.
 */
async function change(heroes: Heroes, ids: readonly bigint[], worker: number, seed: number): Promise<void> {
  const random = generator(seed * 1_000 + worker);
  let serial = 0;
  const lane = async () => {
    for (;;) {
      const id = ids[Math.floor(random() * ids.length)]!;
      const mark = ++serial;
      if (random() < 0.5) {
        await heroes.increment(id, "gold", 1n);
        say(`gold ${id}`);
      } else {
        await heroes.update(
          id,
          ({ friends }) => {
            const last = Number(friends[worker] ?? 0n) + 1;
            const next = [...friends];
            while (next.length <= worker) next.push(0n);
            next[worker] = BigInt(last);
            return { friends: next, level: mark, luck: mark };
          },
          { attempts: 10_000 },
        );
        say(`turn ${id}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

/** At once, so that what was acknowledged is told even if the process is killed right after. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}
