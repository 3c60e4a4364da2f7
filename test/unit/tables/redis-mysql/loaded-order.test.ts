import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { systemClock } from "../../../../runtime/clock/clock.ts";
import { KeyNames } from "../../../../runtime/tables/redis-mysql/key-names.ts";
import type { IndexReads } from "../../../../runtime/tables/redis-mysql/rows/index-reads.ts";
import type { NumberedParts } from "../../../../runtime/tables/redis-mysql/rows/numbered-rows.ts";
import type { RowCache } from "../../../../runtime/tables/redis-mysql/rows/row-cache.ts";
import { refusal } from "../../../../runtime/tables/redis-mysql/rows/row-refusal.ts";
import { WriteBehindRows } from "../../../../runtime/tables/redis-mysql/rows/write-behind.ts";
import type { StoreCore } from "../../../../runtime/tables/redis-mysql/store-core.ts";
import { fail } from "../../../../schema/errors.ts";
import { heroes } from "../../../setup/schema-tables.ts";

const table = await heroes();

/** Rows in a Redis that the test plays. It caches a row some time before the load of the row ends. */
function world() {
  const written: string[] = [];
  const cached = new Set<string>();
  const loads: { readonly row: string; end(): void; fail(): void }[] = [];
  const core = {
    options: { clock: systemClock, backlogCount: 100, shards: 1 },
    names: new KeyNames("p", 1),
    redis: {
      async batch(_script: unknown, _common: unknown, [row]: string[], args: string[]) {
        await nextTurn();
        if (!cached.has(row!)) return refusal.miss;
        return written.push(args[1]!);
      },
    },
  } as unknown as StoreCore;
  const cache = {
    ensure: (_: unknown, key: readonly bigint[]) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const { row } = core.names.place(table, key);
      const refused = () => reject(fail("UNAVAILABLE", "MySQL cannot be reached"));
      loads.push({ row, end: resolve, fail: refused });
      return promise;
    },
  } as unknown as RowCache;
  const rows = new WriteBehindRows(core, cache, {} as IndexReads, {} as NumberedParts);
  const write = (id: bigint, value: bigint) => rows.write(table, [id], [{ column: 1, value }]);
  const turns = async () => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };
  return { written, cached, loads, write, turns };
}

test("a change waits for an earlier one whose row is loaded into the cache, and other rows do not", async () => {
  const { written, cached, loads, write, turns } = world();
  const first = write(1n, 10n);
  await turns();
  const [load] = loads;
  cached.add(load!.row);
  const second = write(1n, 11n);
  cached.add(new KeyNames("p", 1).place(table, [2n]).row);
  await write(2n, 20n);
  await turns();
  load!.end();
  await Promise.all([first, second]);
  await write(1n, 12n);
  expect(written).toEqual(["20", "10", "11", "12"]);
  expect(loads.length).toBe(1);
});

test("changes whose rows are loaded by loads of their own are executed in call order", async () => {
  const { written, cached, loads, write, turns } = world();
  const changes = [write(1n, 10n), write(1n, 11n), write(1n, 12n)];
  await turns();
  expect(loads.length).toBe(3);
  cached.add(loads[0]!.row);
  for (const load of loads.toReversed()) load.end();
  await Promise.all(changes);
  expect(written).toEqual(["10", "11", "12"]);
});

test("changes that wait for a load fail with it as not sent, and later ones try again", async () => {
  const { written, cached, loads, write, turns } = world();
  const changes = [write(1n, 10n), write(1n, 11n)];
  await turns();
  const late = write(1n, 12n);
  await turns();
  loads[1]!.fail();
  await turns();
  loads[0]!.fail();
  const failed = { status: "rejected", reason: { code: "UNAVAILABLE", outcome: "not sent" } };
  expect(await Promise.allSettled([...changes, late])).toMatchObject([failed, failed, failed]);
  cached.add(loads[0]!.row);
  await write(1n, 13n);
  expect(written).toEqual(["13"]);
});
