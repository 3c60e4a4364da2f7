import { expect, test } from "vitest";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { retryAborted } from "../../../../runtime/tables/handle/retry-aborted.ts";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { EmbeddedStore } from "../../../../runtime/tables/sqlite/embedded-store.ts";
import type { TableStore } from "../../../../runtime/tables/table-store.ts";
import { fail } from "../../../../schema/errors.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";
import { codeOf } from "../../../conformance/tables/suite/world.ts";

/** A store that counts what is read. */
function counting() {
  const inner = new EmbeddedStore({ file: ":memory:" });
  const reads: number[] = [];
  const store: TableStore = Object.create(inner, {
    read: {
      value: (...[table, keys]: Parameters<TableStore["read"]>) => {
        reads.push(keys.length);
        return inner.read(table, keys);
      },
    },
  });
  for (const name of ["create", "write", "close"] as const) {
    Object.defineProperty(store, name, { value: inner[name].bind(inner) });
  }
  return { store, reads };
}

test("a hundred callers that miss the same row make one read of one row", async () => {
  const { store, reads } = counting();
  const heroes = new TableHandle(heroTable, store);
  const found = await Promise.all(Array.from({ length: 100 }, () => heroes.get(404n)));
  expect(found).toEqual(Array.from({ length: 100 }, () => undefined));
  expect(reads).toEqual([1]);
  await Promise.all([heroes.get(1n), heroes.exists(2n), heroes.load(3n)]);
  expect(reads).toEqual([1, 3]);
});

test("a read that was begun before a change is never joined after it", async () => {
  const { store } = counting();
  const heroes = new TableHandle(heroTable, store);
  const { id } = await heroes.create({ name: "Ada" });
  const before = heroes.get(id);
  await heroes.patch(id, { level: 1 });
  expect(await heroes.get(id)).toMatchObject({ level: 1 });
  expect((await before)?.level).toBeLessThanOrEqual(1);
});

test("a failed read fails all who share it, and no one after", async () => {
  const inner = new EmbeddedStore({ file: ":memory:" });
  let down = true;
  const store: TableStore = Object.create(inner, {
    read: {
      value: (...[table, keys]: Parameters<TableStore["read"]>) =>
        down ? Promise.reject(fail("UNAVAILABLE", "away")) : inner.read(table, keys),
    },
  });
  const heroes = new TableHandle(heroTable, store);
  const codes = await Promise.all([codeOf(heroes.get(1n)), codeOf(heroes.get(1n)), codeOf(heroes.get(2n))]);
  expect(codes).toEqual(["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]);
  down = false;
  expect(await heroes.get(1n)).toBeUndefined();
});

test("tries that lose are spaced out, up to the limit; other errors are not tried again", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const losing = retryAborted(
    clock,
    async () => {
      runs++;
      throw fail("ABORTED", "lost");
    },
    { attempts: 5 },
  );
  const code = codeOf(losing);
  for (let i = 0; i < 40; i++) await Promise.resolve();
  // The second comes at once, the third only with time.
  expect(runs).toBe(2);
  for (let i = 0; i < 40; i++) {
    clock.advance(64);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  expect([runs, await code]).toEqual([5, "ABORTED"]);
  let other = 0;
  const refused = retryAborted(clock, async () => {
    other++;
    throw fail("NOT_FOUND", "gone");
  });
  expect([await codeOf(refused), other]).toEqual(["NOT_FOUND", 1]);
});

test("tries that lose after a long wait each are few", async () => {
  const clock = new FakeClock();
  let runs = 0;
  const losing = retryAborted(clock, async () => {
    runs++;
    clock.advance(6_000);
    throw fail("ABORTED", "a unique value was given up, but MySQL does not have that change yet");
  });
  expect([await codeOf(losing), runs]).toEqual(["ABORTED", 2]);
});

test("increment refuses misspelled bounds and bounds that are no object, and the number stays", async () => {
  const heroes = new TableHandle(heroTable, new EmbeddedStore({ file: ":memory:" }));
  const { id } = await heroes.create({ name: "Ada", gold: 1n });
  const refused = (bounds: unknown, reason: string) =>
    expect(heroes.increment(id, "gold", 5n, bounds as never)).rejects.toThrow(reason);
  await refused({ maxx: 1n }, 'increment of hero.gold: maxx: unknown option "maxx"; did you mean "max"?');
  await refused(null, "increment of hero.gold: found null; expected an object with min, max");
  await refused(3n, "increment of hero.gold: found a bigint; expected an object with min, max");
  await refused({ max: "9" }, 'increment of hero.gold: max: found "9"; expected a finite number or a bigint');
  await refused({ max: 9 }, "invalid maximum of hero.gold; expected a bigint");
  expect(await heroes.get(id)).toMatchObject({ gold: 1n });
  expect(await heroes.increment(id, "gold", 5n, { min: undefined, max: 6n } as never)).toBe(6n);
});
