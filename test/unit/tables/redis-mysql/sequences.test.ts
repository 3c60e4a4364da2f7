import { expect, test } from "vitest";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { Sequences } from "../../../../runtime/tables/redis-mysql/rows/sequences.ts";
import type { StoreCore } from "../../../../runtime/tables/redis-mysql/store-core.ts";
import { fail } from "../../../../schema/errors.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";

test("callers who wait for numbers while MySQL is silent hear of it together, after one call's time", async () => {
  const silence = Promise.withResolvers<void>();
  let grants = 0;
  const core = {
    names: new KeyNames("p", 4),
    options: { prefix: "p" },
    // Redis has no number left.
    redis: { run: async () => null },
    tables: {
      transaction: async () => {
        grants++;
        await silence.promise;
        throw fail("UNAVAILABLE", "MySQL cannot be reached");
      },
    },
  } as unknown as StoreCore;
  const sequences = new Sequences(core);
  const codes = Array.from({ length: 1_000 }, () =>
    sequences.next(heroTable).then(
      () => "given",
      ({ code }) => code,
    ),
  );
  silence.resolve();
  expect(new Set(await Promise.all(codes))).toEqual(new Set(["UNAVAILABLE"]));
  expect(grants).toBe(1);
});
