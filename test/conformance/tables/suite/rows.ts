import { describe, expect, test } from "vitest";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { Mood } from "../fixtures/server/tables.messages.ts";
import {
  heroTable,
  itemTable,
  markTable,
  ticketTable,
  vaultTable,
} from "../fixtures/server/tables.tables.ts";
import { codeOf, collect, type MakePlace, openWorld } from "./world.ts";

export function rowConformance(makePlace: MakePlace): void {
  describe("rows", () => {
    test("a row is given back as it was created, with defaults for what was left out", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const created = await heroes.create({ name: "Ada", gold: 5n, friends: [1n, 2n] });
      expect(created).toEqual({
        id: created.id,
        name: "Ada",
        guild: undefined,
        level: 0,
        gold: 5n,
        luck: 0,
        note: "",
        friends: [1n, 2n],
      });
      expect(created.id).toBeGreaterThan(0n);
      expect(await heroes.get(created.id)).toEqual(created);
      expect(await heroes.exists(created.id)).toBe(true);
    });

    test("a row that is not there is undefined, also after it was asked for, and is seen once it is created", async () => {
      const vaults = (await openWorld(makePlace)).table(vaultTable);
      expect(await vaults.get("nobody")).toBeUndefined();
      expect(await vaults.exists("nobody")).toBe(false);
      await vaults.create({ owner: "nobody", balance: 1n });
      expect(await vaults.get("nobody")).toEqual({ owner: "nobody", balance: 1n, limit: 0 });
    });

    test("numbers of new rows go up, skip those that were given, and never come back after a row is removed", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const first = await heroes.create({ name: "1" });
      const given = await heroes.create({ id: first.id + 3n, name: "2" });
      const after = [];
      for (let i = 0; i < 6; i++) after.push((await heroes.create({ name: `n${i}` })).id);
      const all = [first.id, given.id, ...after];
      expect(new Set(all).size).toBe(all.length);
      expect(after).toEqual(after.toSorted((a, b) => (a < b ? -1 : 1)));
      const last = after.at(-1)!;
      await heroes.delete(last);
      expect((await heroes.create({ name: "next" })).id).toBeGreaterThan(last);
    });

    test("a number that was given far above the others is left alone, and none is given behind it", async () => {
      const { table } = await openWorld(makePlace);
      const tickets = table(ticketTable);
      const heroes = table(heroTable);
      await tickets.create({ id: Number.MAX_SAFE_INTEGER });
      await tickets.create({ id: -5 });
      await heroes.create({ id: 2n ** 64n - 1n, name: "last" });
      const numbers = [(await tickets.create({})).id, (await tickets.create({})).id];
      expect(numbers.every((id) => id > 0 && id < 1_000_000)).toBe(true);
      expect(new Set(numbers).size).toBe(2);
      expect(await tickets.getMany([...numbers, Number.MAX_SAFE_INTEGER, -5])).not.toContain(undefined);
      expect((await heroes.create({ name: "next" })).id).toBeLessThan(1_000_000n);
    });

    test("rows may be nothing but a key, of yes or no, of names and of bytes", async () => {
      const { table, cold } = await openWorld(makePlace);
      const marks = table(markTable);
      const rows = [false, true].flatMap((group) =>
        [Mood.LOST, Mood.CALM, Mood.ANGRY].flatMap((mood) =>
          [[], [0], [0, 0], [0x7c], [0xff]].map((where) => ({ group, mood, where: new Uint8Array(where) })),
        ),
      );
      for (const row of rows.toReversed()) expect(await marks.create(row)).toEqual(row);
      expect(await codeOf(marks.create(rows[3]!))).toBe("ALREADY_EXISTS");
      await marks.patch(rows[3]!, {});
      expect(await marks.getMany(rows)).toEqual(rows);
      expect(await collect(marks.stream({ pageCount: 4 }))).toEqual(rows);
      const lost = rows.filter(({ mood }) => mood === Mood.LOST);
      expect(await marks.rowsBy("mood", Mood.LOST)).toEqual(lost);
      for (const row of lost) expect(await marks.delete(row)).toBe(true);
      const kept = rows.filter(({ mood }) => mood !== Mood.LOST);
      expect(await collect(marks.stream())).toEqual(kept);
      expect(await collect(new TableHandle(markTable, await cold()).stream({ pageCount: 7 }))).toEqual(kept);
    });

    test("bytes that the caller writes into after the call are kept as they were", async () => {
      const tickets = (await openWorld(makePlace)).table(ticketTable);
      const stamp = new Uint8Array([1, 2]);
      const creating = tickets.create({ id: 7, stamp });
      stamp.fill(9);
      expect(await creating).toEqual({ id: 7, stamp: new Uint8Array([1, 2]) });
      const patching = tickets.patch(7, { stamp });
      stamp.fill(0);
      await patching;
      expect(await tickets.get(7)).toEqual({ id: 7, stamp: new Uint8Array([9, 9]) });
    });

    test("a second row of one key is refused, and the first stays as it was", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      await items.create({ hero: 1n, slot: 2, kind: "lamp" });
      expect(await codeOf(items.create({ hero: 1n, slot: 2, kind: "rope" }))).toBe("ALREADY_EXISTS");
      expect(await items.get({ hero: 1n, slot: 2 })).toMatchObject({ kind: "lamp" });
      expect(await items.get({ hero: 2n, slot: 1 })).toBeUndefined();
    });

    test("of many who want a row to be there, one creates it and all get it", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      const wanted = (count: number) => items.getOrCreate({ hero: 1n, slot: 1, kind: "lamp", count });
      const rows = await Promise.all(Array.from({ length: 10 }, (_, at) => wanted(at)));
      expect(new Set(rows.map(({ count }) => count)).size).toBe(1);
      expect(await wanted(99)).toEqual(rows[0]);
    });

    test("many rows come in the order asked, with gaps and repetitions", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      for (let slot = 0; slot < 20; slot++) await items.create({ hero: 1n, slot, kind: `k${slot}` });
      const slots = [7, 99, 3, 7, 19, 0];
      const rows = await items.getMany(slots.map((slot) => ({ hero: 1n, slot })));
      expect(rows.map((row) => row?.slot)).toEqual([7, undefined, 3, 7, 19, 0]);
      expect(await items.getMany([])).toEqual([]);
    });

    test("what a read gives is the caller's own: changing it changes no other", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada", friends: [1n] });
      const [one, other] = await Promise.all([heroes.get(id), heroes.get(id)]);
      one!.friends.push(2n);
      one!.gold = 99n;
      expect(other).toMatchObject({ friends: [1n], gold: 0n });
      expect(await heroes.get(id)).toMatchObject({ friends: [1n], gold: 0n });
    });

    test("a patch changes what it names and nothing else", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 5n, guild: 7n, level: 3 });
      await heroes.patch(id, { level: 4, guild: undefined });
      expect(await heroes.get(id)).toMatchObject({ name: "Ada", gold: 5n, level: 4, guild: undefined });
      await heroes.patch(id, {});
    });

    test("a change of a row that is not there is NOT_FOUND, and makes none", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      expect(await codeOf(heroes.patch(404n, { level: 1 }))).toBe("NOT_FOUND");
      expect(await codeOf(heroes.patch(404n, {}))).toBe("NOT_FOUND");
      expect(await codeOf(heroes.increment(404n, "gold", 1n))).toBe("NOT_FOUND");
      expect(await codeOf(heroes.update(404n, () => ({ level: 1 })))).toBe("NOT_FOUND");
      expect(await heroes.delete(404n)).toBe(false);
      expect(await heroes.get(404n)).toBeUndefined();
    });

    test("a removed row is gone, and can be created anew", async () => {
      const { table, another } = await openWorld(makePlace);
      const vaults = table(vaultTable);
      await vaults.create({ owner: "a", balance: 9n });
      expect(await vaults.delete("a")).toBe(true);
      expect(await vaults.get("a")).toBeUndefined();
      expect(await vaults.delete("a")).toBe(false);
      await vaults.create({ owner: "a" });
      expect(await vaults.get("a")).toMatchObject({ balance: 0n });
      await another();
    });

    test("the key never changes", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      const sneaky = { id: 9n } as object;
      expect(await codeOf(heroes.patch(id, sneaky))).toBe("INVALID_ARGUMENT");
      expect(await codeOf(heroes.patch(id, { wings: 2 } as object))).toBe("INVALID_ARGUMENT");
    });

    test("touching and warming rows do them no harm", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      await heroes.touch(id);
      expect(await heroes.warm([id, 404n])).toBe(1);
      expect(await heroes.warm()).toBe(1);
      expect(await heroes.get(id)).toMatchObject({ name: "Ada" });
    });

    test("a store that is closed refuses, and closing again is harmless", async () => {
      const { store, table } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      expect(await store.close()).toEqual({ remaining: 0 });
      expect(await store.close()).toEqual({ remaining: 0 });
      expect(await codeOf(heroes.get(1n))).toBe("UNAVAILABLE");
      const changes = [
        heroes.create({ name: "Bob" }),
        heroes.patch(id, { level: 1 }),
        heroes.increment(id, "gold", 1n),
        heroes.delete(id),
      ];
      for (const { reason } of (await Promise.allSettled(changes)) as PromiseRejectedResult[])
        expect(reason).toMatchObject({ code: "UNAVAILABLE", outcome: "not sent" });
    });

    test("the status says what is kept, and how", async () => {
      const { store, table } = await openWorld(makePlace);
      await table(heroTable).create({ name: "Ada" });
      const status = await store.status();
      expect(status.durability).not.toBe("");
      expect(status.tables.map(({ name }) => name)).toContain("hero");
      expect(status.deadLetters).toBe(0);
    });
  });
}
