import { describe, expect, test } from "vitest";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { Hero } from "../fixtures/server/tables.messages.ts";
import { everythingTable, heroTable, itemTable, vaultTable } from "../fixtures/server/tables.tables.ts";
import { codeOf, collect, type MakePlace, openWorld } from "./world.ts";

export function changeConformance(makePlace: MakePlace): void {
  describe("changes", () => {
    test("an increment answers with the sum, also of doubles and of 64-bit numbers", async () => {
      const { table } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 2n ** 62n, level: 3, luck: 0.5 });
      expect(await heroes.increment(id, "gold", 7n)).toBe(2n ** 62n + 7n);
      expect(await heroes.increment(id, "gold", -(2n ** 62n))).toBe(7n);
      expect(await heroes.increment(id, "level", -3)).toBe(0);
      expect(await heroes.increment(id, "luck", 0.25)).toBe(0.75);
      const vaults = table(vaultTable);
      await vaults.create({ owner: "a", limit: 10 });
      expect(await vaults.increment("a", "limit", 5)).toBe(15);
      expect(await vaults.get("a")).toMatchObject({ limit: 15 });
    });

    test("an increment that would leave its bounds, or the column's, is refused and changes nothing", async () => {
      const { table } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 10n, level: 0, luck: 1.5 });
      expect(await codeOf(heroes.increment(id, "gold", -11n, { min: 0n }))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "gold", 1n, { max: 10n }))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "gold", 2n ** 63n - 1n))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "level", -1))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "level", 2 ** 32))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "luck", 1, { max: 2 }))).toBe("OUT_OF_RANGE");
      expect(await codeOf(heroes.increment(id, "luck", Number.NaN))).toBe("INVALID_ARGUMENT");
      expect(await codeOf(heroes.increment(id, "level", 0.5))).toBe("INVALID_ARGUMENT");
      expect(await heroes.increment(id, "gold", -10n, { min: 0n, max: 10n })).toBe(0n);
      expect(await heroes.get(id)).toMatchObject({ gold: 0n, level: 0, luck: 1.5 });
      const vaults = table(vaultTable);
      await vaults.create({ owner: "a", limit: Number.MAX_SAFE_INTEGER });
      expect(await codeOf(vaults.increment("a", "limit", 1))).toBe("OUT_OF_RANGE");
    });

    test("a refusal says the same of every store: which table or column, and between which bounds", async () => {
      const { table } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      const low = /hero\.gold .*: at least 0, at most 9\d{18}$/;
      await expect(heroes.increment(id, "gold", -1n, { min: 0n })).rejects.toThrow(low);
      await expect(heroes.increment(id, "level", -1)).rejects.toThrow(
        "hero.level would leave its bounds: at least 0, at most 4294967295",
      );
      await expect(heroes.increment(id, "luck", 3, { max: 2 })).rejects.toThrow(/bounds: at most 2$/);
      const none = "the table hero has no row with this key";
      await expect(heroes.patch(id + 1n, { level: 1 })).rejects.toThrow(none);
      await expect(heroes.increment(id + 1n, "level", 1)).rejects.toThrow(none);
      await expect(heroes.update(id + 1n, () => ({ level: 1 }))).rejects.toThrow(none);
      const vaults = table(vaultTable);
      await expect(vaults.patch("a", { limit: 1 })).rejects.toThrow(
        "the table vault has no row with this key",
      );
      await expect(vaults.increment("a", "limit", 1)).rejects.toThrow(
        "the table vault has no row with this key",
      );
    });

    test("the extremes of 64 bits can be reached, and not passed", async () => {
      const all = (await openWorld(makePlace)).table(everythingTable);
      await all.create({ id: 1n, anInt64: -(2n ** 63n) + 1n, aUint64: 2n ** 64n - 2n });
      expect(await all.increment(1n, "anInt64", -1n)).toBe(-(2n ** 63n));
      expect(await codeOf(all.increment(1n, "anInt64", -1n))).toBe("OUT_OF_RANGE");
      expect(await all.increment(1n, "aUint64", 1n)).toBe(2n ** 64n - 1n);
      expect(await codeOf(all.increment(1n, "aUint64", 1n))).toBe("OUT_OF_RANGE");
      expect(await all.increment(1n, "aUint64", -(2n ** 63n) + 1n)).toBe(2n ** 63n);
    });

    test("an update sees the row and changes what it says", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 4n });
      const after = await heroes.update(id, ({ gold, friends }) => ({
        gold: gold * 2n,
        friends: [...friends, 3n],
      }));
      expect(after).toMatchObject({ name: "Ada", gold: 8n, friends: [3n] });
      expect(await heroes.get(id)).toEqual(after);
      expect(await heroes.update(id, () => undefined)).toEqual(after);
      const refusing = () => {
        throw new Error("not today");
      };
      expect(await codeOf(heroes.update(id, refusing))).toBe("Error: not today");
    });

    test("updates of one row at the same time all count, over two stores", async () => {
      const { table, another } = await openWorld(makePlace);
      const near = table(heroTable);
      const far = new TableHandle(heroTable, await another());
      const { id } = await near.create({ name: "Ada" });
      const add = (handle: typeof near) =>
        handle.update(id, ({ gold }) => ({ gold: gold + 1n }), { attempts: 1_000 });
      await Promise.all(Array.from({ length: 40 }, (_, at) => add(at % 2 === 0 ? near : far)));
      expect(await near.get(id)).toMatchObject({ gold: 40n });
    });

    test("an update that loses every time says ABORTED", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      let runs = 0;
      const outrun = heroes.update(
        id,
        async () => {
          runs++;
          await heroes.increment(id, "level", 1);
          return { gold: 1n };
        },
        { attempts: 3 },
      );
      expect(await codeOf(outrun)).toBe("ABORTED");
      expect(runs).toBe(3);
      expect(await heroes.get(id)).toMatchObject({ gold: 0n, level: 3 });
    });

    test("an entity is a message: create copies its columns, and a row of another table can be made of it", async () => {
      const { table } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 10n });
      const hero = (await heroes.load(id))!;
      expect(Hero.create(hero)).toStrictEqual(await heroes.get(id));
      await heroes.delete(id);
      expect(await heroes.create(hero)).toMatchObject({ id, name: "Ada", gold: 10n });
    });

    test("create refuses what is no row", async () => {
      const { table } = await openWorld(makePlace);
      for (const wrong of [null, 5, "x", []]) {
        expect(await codeOf(table(heroTable).create(wrong as never))).toBe("INVALID_ARGUMENT");
      }
    });

    test("an entity saves what was assigned, and nothing else", async () => {
      const { table, another } = await openWorld(makePlace);
      const heroes = table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 10n });
      const hero = (await heroes.load(id))!;
      expect(hero.isChanged).toBe(false);
      hero.gold -= 5n;
      hero.guild = 3n;
      expect(hero.isChanged).toBe(true);
      await hero.save();
      hero.friends.push(8n);
      hero.changed("friends");
      await hero.save();
      await hero.save();
      const elsewhere = new TableHandle(heroTable, await another());
      expect(await elsewhere.get(id)).toMatchObject({ name: "Ada", gold: 5n, guild: 3n, friends: [8n] });
    });

    test("an entity whose row was changed elsewhere is ABORTED, keeps its changes, and saves after a reload", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada", gold: 10n });
      const hero = (await heroes.load(id))!;
      await heroes.increment(id, "gold", 1n);
      hero.level = 7;
      expect(await codeOf(hero.save())).toBe("ABORTED");
      expect(hero.isChanged).toBe(true);
      expect(await heroes.get(id)).toMatchObject({ gold: 11n, level: 0 });
      await hero.reload();
      expect([hero.gold, hero.level, hero.isChanged]).toEqual([11n, 0, false]);
      hero.level = 7;
      await hero.save();
      expect(await heroes.get(id)).toMatchObject({ gold: 11n, level: 7 });
    });

    test("an entity whose row was removed and made anew is ABORTED: that is another row", async () => {
      const { table } = await openWorld(makePlace);
      const vaults = table(vaultTable);
      const items = table(itemTable);
      const key = { hero: 1n, slot: 1 };
      await vaults.create({ owner: "a", balance: 100n });
      await items.create({ ...key, kind: "lamp" });
      const [vault, item] = [(await vaults.load("a"))!, (await items.load(key))!];
      await vaults.delete("a");
      await items.delete(key);
      await vaults.create({ owner: "a", balance: 1n });
      await items.create({ ...key, kind: "rope" });
      vault.balance -= 5n;
      item.kind = "wick";
      expect([await codeOf(vault.save()), await codeOf(item.save())]).toEqual(["ABORTED", "ABORTED"]);
      expect(await vaults.get("a")).toMatchObject({ balance: 1n });
      expect(await items.get(key)).toMatchObject({ kind: "rope" });
    });

    test("an entity's key cannot be marked as changed", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      const row = await items.create({ hero: 1n, slot: 1, kind: "lamp" });
      const item = (await items.load({ hero: 1n, slot: 1 }))!;
      const mark = async () => {
        (item.row as { slot: number }).slot = 2;
        item.changed("slot");
        await item.save();
      };
      expect(await codeOf(mark())).toBe("INVALID_ARGUMENT");
      expect(await collect(items.stream())).toEqual([row]);
    });

    test("an entity of many columns, some named like what entities have, saves them all", async () => {
      const all = (await openWorld(makePlace)).table(everythingTable);
      await all.create({ id: 1n, aString: "stays" });
      const entity = (await all.load(1n))!;
      entity.aDouble = 0.5;
      entity.select = "SELECT";
      entity.key$ = 7;
      entity.save$ = 8;
      entity.maybeNumber = 9;
      await entity.save();
      const saved = { aString: "stays", aDouble: 0.5, select: "SELECT", key: 7, save: 8, maybeNumber: 9 };
      expect(await all.get(1n)).toMatchObject(saved);
    });

    test("saves of one entity that overlap come one after another", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada" });
      const hero = (await heroes.load(id))!;
      const saves = [];
      for (let level = 1; level <= 5; level++) {
        hero.level = level;
        saves.push(hero.save());
      }
      await Promise.all(saves);
      expect(await heroes.get(id)).toMatchObject({ level: 5 });
      await heroes.delete(id);
      hero.level = 6;
      expect(await codeOf(hero.save())).toBe("NOT_FOUND");
      expect(await codeOf(hero.reload())).toBe("NOT_FOUND");
      expect(await heroes.load(id)).toBeUndefined();
    });
  });
}
