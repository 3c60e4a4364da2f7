import { describe, expect, test } from "vitest";
import { Mood } from "../fixtures/server/tables.messages.ts";
import { heroTable, itemTable, maskTable, starTable } from "../fixtures/server/tables.tables.ts";
import { codeOf, collect, type MakePlace, openWorld } from "./world.ts";

export function indexConformance(makePlace: MakePlace): void {
  describe("indexes", () => {
    test("rows are found by a foreign key, in order of their keys", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      for (const slot of [9, 2, 10, 1]) await items.create({ hero: 5n, slot, kind: "rope" });
      await items.create({ hero: 6n, slot: 1, kind: "lamp" });
      expect(await items.keysBy("hero", 5n)).toEqual([1, 2, 9, 10].map((slot) => ({ hero: 5n, slot })));
      expect((await items.rowsBy("hero", 6n)).map(({ kind }) => kind)).toEqual(["lamp"]);
      expect(await items.keysBy("hero", 7n)).toEqual([]);
      expect(await items.rowsBy("hero", 7n)).toEqual([]);
      expect(await items.keysBy("kind", "rope")).toHaveLength(4);
    });

    test("an index follows every change: patch, update, save, delete", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const { id } = await heroes.create({ name: "Ada", guild: 1n, level: 1 });
      const guilds = async () => {
        const found = [1n, 2n, 3n, 4n].map((guild) => heroes.keysBy("guild", guild));
        return (await Promise.all(found)).map((keys) => keys.length);
      };
      expect(await guilds()).toEqual([1, 0, 0, 0]);
      await heroes.patch(id, { guild: 2n });
      expect(await guilds()).toEqual([0, 1, 0, 0]);
      await heroes.update(id, () => ({ guild: 3n }));
      expect(await guilds()).toEqual([0, 0, 1, 0]);
      const hero = (await heroes.load(id))!;
      hero.guild = 4n;
      await hero.save();
      expect(await guilds()).toEqual([0, 0, 0, 1]);
      expect(await heroes.keysBy("guildLevel", { guild: 4n, level: 1 })).toEqual([id]);
      await heroes.increment(id, "level", 1);
      expect(await heroes.keysBy("guildLevel", { guild: 4n, level: 1 })).toEqual([]);
      expect(await heroes.keysBy("guildLevel", { guild: 4n, level: 2 })).toEqual([id]);
      await heroes.delete(id);
      expect(await guilds()).toEqual([0, 0, 0, 0]);
    });

    test("rows without a value are found by undefined", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const free = await heroes.create({ name: "Ada", level: 2 });
      await heroes.create({ name: "Bob", guild: 0n, level: 2 });
      expect(await heroes.keysBy("guild", undefined)).toEqual([free.id]);
      expect(await heroes.keysBy("guildLevel", { guild: undefined, level: 2 })).toEqual([free.id]);
    });

    test("a unique value belongs to one row, and is free again when that row lets go of it", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const ada = await heroes.create({ name: "Ada" });
      const bob = await heroes.create({ name: "Bob" });
      expect(await codeOf(heroes.create({ name: "Ada" }))).toBe("ALREADY_EXISTS");
      expect(await codeOf(heroes.patch(bob.id, { name: "Ada" }))).toBe("ALREADY_EXISTS");
      const entity = (await heroes.load(bob.id))!;
      entity.name = "Ada";
      expect(await codeOf(entity.save())).toBe("ALREADY_EXISTS");
      expect((await heroes.get(bob.id))!.name).toBe("Bob");
      await heroes.patch(ada.id, { name: "Ada" });
      await heroes.patch(ada.id, { name: "Eve" });
      await heroes.patch(bob.id, { name: "Ada" });
      await heroes.delete(ada.id);
      await heroes.create({ name: "Eve" });
      expect((await heroes.rowsBy("name", "Ada")).map(({ id }) => id)).toEqual([bob.id]);
    });

    test("of many who create the same unique value at once, one wins", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const tries = Array.from({ length: 20 }, () => codeOf(heroes.create({ name: "Ada" })));
      const codes = (await Promise.all(tries)).toSorted();
      expect(codes.filter((code) => code === "ALREADY_EXISTS")).toHaveLength(19);
      expect(await heroes.keysBy("name", "Ada")).toHaveLength(1);
    });

    test("texts that differ in case, trailing space or accent are different values", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const names = ["ada", "Ada", "ada ", "ada\0", "adá", "ada\u0301", ""];
      for (const name of names) await heroes.create({ name });
      for (const name of names) {
        expect(
          (await heroes.rowsBy("name", name)).map((hero) => hero.name),
          JSON.stringify(name),
        ).toEqual([name]);
      }
    });

    test("unsigned keys from 2^63 up are found, and come after the others", async () => {
      const stars = (await openWorld(makePlace)).table(starTable);
      const ids = [2n ** 64n - 1n, 0n, 2n ** 63n, 1n, 2n ** 63n - 1n];
      for (const id of ids) await stars.create({ id, cluster: 2n ** 64n - 1n });
      const sorted = [0n, 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
      expect(await stars.keysBy("cluster", 2n ** 64n - 1n)).toEqual(sorted);
      expect((await stars.getMany(ids)).map((star) => star?.id)).toEqual(ids);
      expect((await collect(stars.stream({ pageCount: 2 }))).map(({ id }) => id).toSorted(bySize)).toEqual(
        sorted,
      );
    });

    test("a unique index over several columns that may be null holds where none of them is", async () => {
      const masks = (await openWorld(makePlace)).table(maskTable);
      const seal = new Uint8Array();
      const worn = false;
      await masks.create({ mood: Mood.CALM, shape: "", worn, seal });
      expect(await codeOf(masks.create({ mood: Mood.ANGRY, shape: "", worn, seal }))).toBe("ALREADY_EXISTS");
      await masks.create({ mood: Mood.ANGRY, shape: "", worn });
      await masks.create({ mood: Mood.LOST, shape: "", worn });
      expect(await codeOf(masks.patch(Mood.LOST, { seal }))).toBe("ALREADY_EXISTS");
      await masks.patch(Mood.LOST, { seal, worn: true });
      const by = (value: { worn: boolean; seal: Uint8Array | undefined }) =>
        masks.keysBy("shapeWornSeal", { shape: "", ...value });
      expect(await by({ worn, seal })).toEqual([Mood.CALM]);
      expect(await by({ worn, seal: undefined })).toEqual([Mood.ANGRY]);
      expect(await by({ worn: true, seal })).toEqual([Mood.LOST]);
      expect(await masks.keysBy("worn", false)).toEqual([Mood.CALM, Mood.ANGRY]);
      expect(await masks.keysBy("worn", undefined)).toEqual([]);
    });

    test("a stream whose pages have no sensible length is refused", async () => {
      const stars = (await openWorld(makePlace)).table(starTable);
      for (let id = 0n; id < 3n; id++) await stars.create({ id });
      for (const pageCount of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
        expect(await codeOf(collect(stars.stream({ pageCount }))), `${pageCount}`).toBe("INVALID_ARGUMENT");
      }
    });

    test("a stream gives every row once, while others write", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      for (let slot = 0; slot < 100; slot++) await items.create({ hero: BigInt(slot % 7), slot, kind: "a" });
      const seen: string[] = [];
      for await (const item of items.stream({ pageCount: 9 })) {
        seen.push(`${item.hero}/${item.slot}`);
        // Behind and before the place where the stream is; neither may upset it.
        await items.create({ hero: 100n, slot: seen.length, kind: "b" }).catch(() => undefined);
        await items.patch({ hero: item.hero, slot: item.slot }, { count: 1 });
        if (seen.length > 300) break;
      }
      const first = seen.filter((name) => !name.startsWith("100/"));
      expect(first).toHaveLength(100);
      expect(new Set(seen).size).toBe(seen.length);
      expect(await collect((await openWorld(makePlace)).table(itemTable).stream())).toEqual([]);
    });

    test("reads that accept age come to give what is there, in the same order as others", async () => {
      const items = (await openWorld(makePlace)).table(itemTable);
      for (const slot of [3, 1, 2]) await items.create({ hero: 5n, slot, kind: "rope" });
      await items.create({ hero: 6n, slot: 1, kind: "lamp" });
      const options = { from: "replica" } as const;
      const all = () => collect(items.stream({ ...options, pageCount: 2 }));
      const eventually = (look: () => Promise<unknown>) => expect.poll(look, { timeout: 20_000 });
      await eventually(all).toEqual(await collect(items.stream()));
      await eventually(() => items.keysBy("hero", 5n, options)).toEqual(await items.keysBy("hero", 5n));
      await items.delete({ hero: 5n, slot: 2 });
      await items.patch({ hero: 5n, slot: 3 }, { kind: "lamp" });
      await eventually(() => items.rowsBy("kind", "lamp", options)).toMatchObject([{ slot: 3 }, { slot: 1 }]);
      await eventually(all).toEqual(await collect(items.stream()));
    });
  });
}

function bySize(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
