import { expect, test } from "vitest";
import { systemClock } from "../../../../runtime/clock/clock.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import { IndexReads } from "../../../../runtime/tables/redis-mysql/rows/index-reads.ts";
import type { SqlTables } from "../../../../runtime/tables/redis-mysql/rows/sql-tables.ts";
import type { StoreCore } from "../../../../runtime/tables/redis-mysql/store-core.ts";
import { UniqueLooks } from "../../../../runtime/tables/redis-mysql/unique/unique-looks.ts";
import type { ColumnValue } from "../../../../runtime/tables/table-layout.ts";
import { fail } from "../../../../schema/errors.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";

type Answer = (wanted: readonly (readonly ColumnValue[])[]) => Promise<ColumnValue[][][]>;

/** Looks by name, in a MySQL that the test plays: a name has the key of its length. */
function world(answer: Answer) {
  const queries: number[] = [];
  const limits: number[] = [];
  let now = 500;
  const tables = {
    until: () => now++,
    keysByMany: (_table: unknown, _index: number, wanted: readonly ColumnValue[][], until: number) => {
      queries.push(wanted.length);
      limits.push(until);
      return answer(wanted);
    },
  } as unknown as SqlTables;
  const looks = new UniqueLooks(tables);
  return {
    queries,
    limits,
    look: (name: string) => looks.keysOf(heroTable, 0, [name]),
  };
}

const byLength: Answer = async (wanted) => wanted.map(([name]) => [[BigInt(String(name).length)]]);

test("lookups of one tick are few queries, and each has its own answer", async () => {
  const { queries, look } = world(byLength);
  const names = Array.from({ length: 200 }, (_, at) => "a".repeat(at));
  expect(await Promise.all(names.map((name) => look(name)))).toEqual(
    names.map(({ length }) => [[BigInt(length)]]),
  );
  expect(queries.length).toBeLessThan(8);
});

test("a lookup never joins a query that has begun", async () => {
  const gate = Promise.withResolvers<void>();
  const { queries, look } = world(async (wanted) => {
    await gate.promise;
    return byLength(wanted);
  });
  const first = look("a");
  await new Promise((resolve) => setImmediate(resolve));
  const second = look("bb");
  await new Promise((resolve) => setImmediate(resolve));
  gate.resolve();
  expect([await first, await second]).toEqual([[[1n]], [[2n]]]);
  expect(queries).toEqual([1, 1]);
});

test("a value that MySQL refuses fails alone", async () => {
  const { look } = world(async (wanted) => {
    if (wanted.some(([name]) => name === "bad")) throw fail("INVALID_ARGUMENT", "refused");
    return byLength(wanted);
  });
  const results = await Promise.allSettled(["a", "bad", "ccc"].map((name) => look(name)));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("callers who wait while MySQL is silent hear of it together, after one query's time", async () => {
  const silence = Promise.withResolvers<void>();
  const { queries, limits, look } = world(async () => {
    await silence.promise;
    throw fail("UNAVAILABLE", "MySQL cannot be reached");
  });
  const codes = Array.from({ length: 1_000 }, (_, at) =>
    look(String(at)).then(
      () => "found",
      ({ code }) => code,
    ),
  );
  await new Promise((resolve) => setImmediate(resolve));
  const begun = queries.length;
  silence.resolve();
  expect(new Set(await Promise.all(codes))).toEqual(new Set(["UNAVAILABLE"]));
  expect(queries.length).toBe(begun);
  expect(begun).toBeLessThan(4);
  // The caller that has waited longest.
  expect(limits[0]).toBe(500);
});

test("a caller whose time is over fails alone, also when it asks together with others", async () => {
  const gate = Promise.withResolvers<void>();
  const core = {
    names: new KeyNames("p", 4),
    options: { clock: systemClock },
    // Nothing waits for MySQL.
    redis: { isOneServer: true, batch: async () => [] },
    tables: {
      until: () => systemClock.now() + 10_000,
      keysByMany: async (
        _table: unknown,
        _index: number,
        wanted: readonly ColumnValue[][],
        until: number,
      ) => {
        if (until <= systemClock.now()) throw fail("UNAVAILABLE", "MySQL did not answer in time");
        await gate.promise;
        return byLength(wanted);
      },
    },
  } as unknown as StoreCore;
  const reads = new IndexReads(core);
  const late = reads.holders(heroTable, 0, ["a"], "", systemClock.now() - 1).catch(({ code }) => code);
  const looks = Array.from({ length: 100 }, (_, at) =>
    reads.holders(heroTable, 0, ["b".repeat(at)], "", systemClock.now() + 10_000).then(({ now }) => now),
  );
  expect(await late).toBe("UNAVAILABLE");
  gate.resolve();
  expect(await Promise.all(looks)).toEqual(looks.map((_, at) => [[BigInt(at)]]));
});
