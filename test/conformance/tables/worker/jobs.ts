import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import type { TableStore } from "../../../../runtime/tables/table-store.ts";
import { heroTable } from "../fixtures/server/tables.tables.ts";

/** What a worker can be asked to do: to increment `gold` and the field so often, and to patch another field each time. */
export interface Job {
  readonly id: string;
  readonly field: "level" | "luck";
  readonly rounds: number;
}

/** Operations at a time. */
const inFlight = 64;

export async function doJob(store: TableStore, job: Job): Promise<void> {
  const heroes = new TableHandle(heroTable, store);
  const { field, rounds } = job;
  const id = BigInt(job.id);
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
