import { describe, expect, test } from "vitest";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { heroTable } from "../fixtures/server/tables.tables.ts";
import { runWorker } from "../worker/run.ts";
import { type MakePlace, openWorld } from "./world.ts";

const rounds = 10_000;
/** Takes many seconds, and several times as many on a slow machine. */
const slow = { timeout: 240_000 };

export function processConformance(makePlace: MakePlace): void {
  describe("processes", () => {
    test(
      "two processes each increment a field 10,000 times and patch other fields: nothing is lost",
      slow,
      async () => {
        const { spec, table, another } = await openWorld(makePlace);
        const heroes = table(heroTable);
        const { id } = await heroes.create({ name: "Ada" });
        const count = (field: "level" | "luck") => runWorker(spec, { id: String(id), field, rounds }).done;
        await Promise.all([count("level"), count("luck")]);
        const fresh = new TableHandle(heroTable, await another());
        expect(await fresh.get(id)).toEqual({
          id,
          name: "Ada",
          guild: BigInt(rounds),
          level: rounds,
          gold: BigInt(2 * rounds),
          luck: rounds,
          note: `${rounds}`,
          friends: [],
        });
      },
    );
  });
}
