import { describe, expect, test } from "vitest";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { Everything, Mood, Place, Tag } from "../fixtures/server/tables.messages.ts";
import {
  blobTable,
  everythingTable,
  heroTable,
  starTable,
  tagTable,
  vaultTable,
} from "../fixtures/server/tables.tables.ts";
import { codeOf, collect, type MakePlace, openWorld } from "./world.ts";

const i64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const u64 = 2n ** 64n - 1n;
/** Numbers that a newer schema may have given names. */
const unknownMoods = [2 ** 31 - 1, -(2 ** 31)] as Mood[];

/** What a store might take for something else. */
const hostileTexts = [
  "",
  "\\'",
  "'; DROP TABLE everything; --",
  '"`[]%_?:@$',
  "a\0b",
  "\0",
  "\u{1f600}\u{10ffff}",
  "\ufeff\ufffd\ufffe",
  "None",
  "NULL",
  "null",
  "undefined",
  "NaN",
  "-1",
  "\r\n\t\u2028",
  " padded ",
  "A",
  "a",
  "{s7}*:?",
  "a|b",
  "a%7Cb",
  "%25",
  "3:a=;,",
  "\u{1f600}".repeat(64),
];
const hostileBytes = [
  [],
  [0],
  [0, 0],
  [0x27, 0x5c],
  [0xff, 0xfe],
  [0x7b, 0x7d],
  new Array<number>(32).fill(0xff),
];

/** For each property, values that must come back as they were. */
const sound: { [P in keyof Everything]?: readonly Everything[P][] } = {
  aDouble: [
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MIN_VALUE,
    0.1,
    1e21,
    123456789.12345679,
    2 ** 53 + 2,
  ],
  aFloat: [
    Math.fround(3.4028234e38),
    -Math.fround(3.4028234e38),
    Math.fround(1e-45),
    Math.fround(0.1),
    -1.5,
    16777217 - 1,
  ],
  anInt32: [-(2 ** 31), 2 ** 31 - 1, -1],
  anInt64: [i64.min, i64.max, -1n, 2n ** 53n + 1n],
  aUint32: [2 ** 32 - 1, 0, 1],
  aUint64: [u64, 0n, 2n ** 63n, 1n],
  aSint32: [-(2 ** 31), 2 ** 31 - 1],
  aSint64: [i64.min, i64.max],
  aFixed32: [2 ** 32 - 1, 0],
  aFixed64: [u64, 0n],
  aSfixed32: [-(2 ** 31), 2 ** 31 - 1],
  aSfixed64: [i64.min, i64.max],
  aBool: [true, false],
  aString: [...hostileTexts, "x".repeat(100_000), "\u{1f600}".repeat(100_000)],
  someBytes: [
    new Uint8Array(),
    Uint8Array.from({ length: 256 }, (_, at) => at),
    new Uint8Array(200_000).fill(0x27),
  ],
  aMood: [Mood.ANGRY, Mood.LOST, ...unknownMoods],
  aNumber: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  aTime: [
    undefined,
    { seconds: 0n, nanos: 0 },
    { seconds: -1n, nanos: 999_999_000 },
    { seconds: 253_402_300_799n, nanos: 1000 },
    { seconds: -62_135_596_800n, nanos: 0 },
  ],
  aPlace: [undefined, Place.create(), Place.create({ x: -1.5, name: "\0'" })],
  someStrings: [[], [""], ["a", "\0", "'"]],
  aMap: [
    new Map(),
    new Map([
      ["", i64.min],
      ["'", i64.max],
    ]),
  ],
  choice: [
    undefined,
    { case: "aWord", value: "" },
    { case: "aWord", value: "None" },
    { case: "anotherPlace", value: Place.create({ y: 2 }) },
  ],
  maybeDouble: [undefined, 0, -0.5, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE],
  maybeInt32: [undefined, 0, -(2 ** 31), 2 ** 31 - 1],
  maybeInt64: [undefined, 0n, i64.min, i64.max],
  maybeBool: [undefined, false, true],
  maybeString: [undefined, "", "None", "NULL"],
  maybeBytes: [undefined, new Uint8Array(), new Uint8Array([0])],
  maybeMood: [undefined, Mood.CALM, Mood.LOST, ...unknownMoods],
  maybeNumber: [undefined, 0, Number.MAX_SAFE_INTEGER],
  select: ["SELECT"],
  key: [-(2 ** 31), 2 ** 31 - 1],
  save: [-(2 ** 31), 2 ** 31 - 1],
};

/** For each property, what must be refused; as text for the test's name, and of any type, as a careless caller may have it. */
const unsound: { [P in keyof Everything]?: readonly unknown[] } = {
  aDouble: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1", 1n, null, undefined],
  aFloat: [Number.NaN, 1e39, Number.NEGATIVE_INFINITY],
  anInt32: [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, "7", 7n, null],
  anInt64: [i64.max + 1n, i64.min - 1n, 7, "7", null],
  aUint32: [-1, 2 ** 32, 1.5],
  aUint64: [-1n, u64 + 1n, 7],
  aSint64: [i64.max + 1n],
  aFixed32: [-1],
  aBool: [0, "true", null],
  aString: ["x".repeat(100_001), "\ud800", "a\udc00b", 7, null, undefined, new Uint8Array()],
  someBytes: [new Uint8Array(200_001), "abc", [1, 2], null],
  aNumber: [2 ** 53, 0.5, 1n],
  aMood: ["ANGRY", 2 ** 31],
  aTime: [{ seconds: 0n, nanos: 1 }, { seconds: 0n, nanos: 1e9 }, { seconds: i64.max, nanos: 0 }, new Date()],
  aPlace: [7, null],
  someStrings: [null, [7]],
  maybeDouble: [Number.NaN, null],
  maybeString: [null, "x".repeat(256)],
  maybeNumber: [-1],
};

/** Takes seconds, and may take many on a slow machine. */
const slow = { timeout: 240_000 };

export function valueConformance(makePlace: MakePlace): void {
  describe("values", () => {
    test(
      "every value that a column holds comes back as it was, whether created or patched",
      slow,
      async () => {
        const { table, cold } = await openWorld(makePlace);
        const all = table(everythingTable);
        let id = 0n;
        const expected: Everything[] = [];
        await all.create({ id: -1n });
        for (const [property, values] of Object.entries(sound)) {
          for (const value of values) {
            const row = Everything.create({ id: ++id, [property]: value });
            expect(await all.create(row), property).toEqual(row);
            await all.patch(-1n, { [property]: value });
            expect(await all.get(-1n), property).toMatchObject({ [property]: value });
            expected.push(row);
          }
        }
        expect(expected.length).toBeGreaterThan(120);
        const keys = expected.map((row) => row.id);
        expect(await all.getMany(keys)).toEqual(expected);
        await all.delete(-1n);
        expect(await new TableHandle(everythingTable, await cold()).getMany(keys)).toEqual(expected);
        const streamed = await collect(all.stream());
        expect(streamed.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
      },
    );

    test("fields that a newer node has put into a message column outlive an older node's change of it", async () => {
      const { table, cold } = await openWorld(makePlace);
      const all = table(everythingTable);
      // Fields 15 and 16, which this schema's Place does not have.
      const bytes = Uint8Array.of(0x78, 7, 0x82, 0x01, 1, 0x61);
      const $unknown = { type: Place.name, bytes };
      const aPlace: Place = { x: 1, y: 2, name: "a", $unknown };
      await all.create({ id: 1n, aPlace, choice: { case: "anotherPlace", value: aPlace } });
      await all.update(1n, ({ aPlace }) => ({ aPlace: aPlace && { ...aPlace, x: 9 } }));
      const entity = await all.load(1n);
      if (entity?.choice?.case !== "anotherPlace") throw new Error("the choice is lost");
      entity.choice.value.x = 9;
      entity.changed("choice");
      await entity.save();
      const expected = { ...aPlace, x: 9 };
      for (const handle of [all, new TableHandle(everythingTable, await cold())]) {
        expect(await handle.get(1n)).toMatchObject({
          aPlace: expected,
          choice: { case: "anotherPlace", value: expected },
        });
      }
    });

    test("negative zero becomes zero, and a float is rounded to one", async () => {
      const all = (await openWorld(makePlace)).table(everythingTable);
      await all.create({ id: 1n, aDouble: -0, aFloat: 0.1, anInt32: -0 });
      const row = await all.get(1n);
      expect([row?.aDouble, row?.aFloat, row?.anInt32]).toEqual([0, Math.fround(0.1), 0]);
    });

    test("every value that a column cannot hold is refused as INVALID_ARGUMENT, and changes nothing", async () => {
      const all = (await openWorld(makePlace)).table(everythingTable);
      const row = await all.create({ id: 1n, aString: "as it was" });
      let tried = 0;
      for (const [property, values] of Object.entries(unsound)) {
        for (const value of values) {
          const name = `${property} ${String(value).slice(0, 40)}`;
          const change = { [property]: value } as Partial<Everything>;
          expect(await codeOf(all.patch(1n, change)), name).toBe("INVALID_ARGUMENT");
          tried++;
          // A new row is partial: undefined, and absent fields of a nested message, have their defaults.
          if (value === undefined || value instanceof Date) continue;
          expect(await codeOf(all.create({ ...change, id: 2n })), name).toBe("INVALID_ARGUMENT");
        }
      }
      expect(tried).toBeGreaterThan(50);
      expect(await all.get(1n)).toEqual(row);
      expect(await all.get(2n)).toBeUndefined();
    });

    test("undefined means the default in a new row; a patch refuses it, but clears an optional column with it", async () => {
      const all = (await openWorld(makePlace)).table(everythingTable);
      const absent = { aDouble: undefined, aString: undefined } as object as Partial<Everything>;
      const row = await all.create({ ...absent, id: 1n, maybeInt32: undefined });
      expect(row).toMatchObject({ aDouble: 0, aString: "" });
      expect(row.maybeInt32).toBeUndefined();
      expect(await all.get(1n)).toEqual(row);
      for (const property of Object.keys(absent)) {
        const patched = { [property]: undefined, maybeInt32: 7 } as Partial<Everything>;
        expect(await codeOf(all.patch(1n, patched))).toBe("INVALID_ARGUMENT");
        expect(await codeOf(all.update(1n, () => patched))).toBe("INVALID_ARGUMENT");
      }
      expect(await all.get(1n)).toEqual(row);
      await all.patch(1n, { maybeInt32: 7 });
      await all.patch(1n, { maybeInt32: undefined });
      expect((await all.get(1n))?.maybeInt32).toBeUndefined();
    });

    test("keys may be any text and any bytes, of write-through tables too", async () => {
      const { table, cold } = await openWorld(makePlace);
      const vaults = table(vaultTable);
      for (const [at, owner] of hostileTexts.entries()) await vaults.create({ owner, balance: BigInt(at) });
      for (const [at, owner] of hostileTexts.entries()) {
        expect(await vaults.increment(owner, "balance", 100n), owner).toBe(BigInt(at) + 100n);
      }
      const blobs = table(blobTable);
      const ids = hostileBytes.map((bytes) => new Uint8Array(bytes));
      for (const id of ids) await blobs.create({ id, text: String(id) });
      const from = await cold();
      for (const handle of [vaults, new TableHandle(vaultTable, from)]) {
        expect((await handle.getMany(hostileTexts)).map((vault) => vault?.owner)).toEqual(hostileTexts);
      }
      for (const handle of [blobs, new TableHandle(blobTable, from)]) {
        expect((await handle.getMany(ids)).map((blob) => blob?.text)).toEqual(ids.map(String));
        expect((await Promise.all(ids.map((id) => handle.get(id)))).map((blob) => blob?.id)).toEqual(ids);
      }
    });

    test("index values and keys of several texts may be any text and any bytes", async () => {
      const { table, cold } = await openWorld(makePlace);
      const tags = table(tagTable);
      const rows = hostileTexts.flatMap((color, at) => {
        const seal = new Uint8Array(hostileBytes[at % hostileBytes.length]!);
        // Pairs that are easily taken for each other when they are joined.
        return [
          Tag.create({ realm: color, name: "b|c", color, seal }),
          Tag.create({ realm: `${color.slice(0, 50)}|b`, name: "c", color, seal }),
          Tag.create({ realm: "", name: color, color, seal }),
        ];
      });
      for (const row of rows) await tags.create(row);
      for (const { realm, name } of rows) await tags.increment({ realm, name }, "uses", 1n);
      const expected = rows.map((row) => ({ ...row, uses: 1n }));
      const keys = rows.map(({ realm, name }) => ({ realm, name }));
      const nameOf = ({ realm, name }: { realm: string; name: string }) => JSON.stringify([realm, name]);
      for (const handle of [tags, new TableHandle(tagTable, await cold())]) {
        expect(await handle.getMany(keys)).toEqual(expected);
        for (const color of hostileTexts) {
          const found = (await handle.keysBy("color", color)).map(nameOf).toSorted();
          const same = rows.filter((row) => row.color === color);
          expect(found, JSON.stringify(color)).toEqual(same.map(nameOf).toSorted());
        }
        for (const bytes of hostileBytes) {
          const seal = new Uint8Array(bytes);
          const same = expected.filter((row) => Buffer.compare(row.seal, seal) === 0);
          expect((await handle.rowsBy("seal", seal)).map(nameOf).toSorted()).toEqual(
            same.map(nameOf).toSorted(),
          );
        }
        expect((await collect(handle.stream({ pageCount: 7 }))).map(nameOf).toSorted()).toEqual(
          rows.map(nameOf).toSorted(),
        );
      }
      for (const key of keys) expect(await tags.delete(key), nameOf(key)).toBe(true);
      expect(await collect(new TableHandle(tagTable, await cold()).stream())).toEqual([]);
    });

    test("keys may be the least and the most of their type", async () => {
      const { table, cold } = await openWorld(makePlace);
      const signed = [i64.min, -1n, 0n, i64.max];
      const unsigned = [0n, 2n ** 63n - 1n, 2n ** 63n, u64];
      for (const id of signed) await table(everythingTable).create({ id, anInt64: id });
      for (const id of unsigned) await table(starTable).create({ id, cluster: id });
      const from = await cold();
      for (const handle of [table(everythingTable), new TableHandle(everythingTable, from)]) {
        expect((await handle.getMany(signed)).map((row) => row?.anInt64)).toEqual(signed);
      }
      for (const handle of [table(starTable), new TableHandle(starTable, from)]) {
        expect((await handle.getMany(unsigned)).map((row) => row?.cluster)).toEqual(unsigned);
        for (const id of unsigned) expect(await handle.keysBy("cluster", id)).toEqual([id]);
      }
    });

    test("keys and index values that their columns cannot hold are refused as INVALID_ARGUMENT", async () => {
      const { table } = await openWorld(makePlace);
      const vaults = table(vaultTable);
      const tags = table(tagTable);
      const stars = table(starTable);
      for (const text of [
        "x".repeat(65),
        "\u{1f600}".repeat(65),
        "\ud800",
        7,
        7n,
        null,
        undefined,
        Number.NaN,
      ]) {
        const wrong = text as string;
        const told = `${typeof text} ${String(text).slice(0, 9)}`;
        expect(await codeOf(vaults.get(wrong)), told).toBe("INVALID_ARGUMENT");
        expect(await codeOf(tags.get({ realm: wrong, name: "" })), told).toBe("INVALID_ARGUMENT");
        expect(await codeOf(tags.keysBy("color", wrong)), told).toBe("INVALID_ARGUMENT");
      }
      for (const bytes of [new Uint8Array(33), "", [1], null]) {
        const wrong = bytes as Uint8Array;
        expect(await codeOf(table(blobTable).get(wrong))).toBe("INVALID_ARGUMENT");
        expect(await codeOf(tags.keysBy("seal", wrong))).toBe("INVALID_ARGUMENT");
      }
      for (const number of [-1n, u64 + 1n, 1, "1", null, Number.NaN]) {
        const wrong = number as bigint;
        expect(await codeOf(stars.get(wrong)), String(number)).toBe("INVALID_ARGUMENT");
        expect(await codeOf(stars.keysBy("cluster", wrong)), String(number)).toBe("INVALID_ARGUMENT");
      }
    });

    test("a text is measured in characters, not in units of JavaScript", async () => {
      const heroes = (await openWorld(makePlace)).table(heroTable);
      const name = "\u{1f600}".repeat(40);
      const { id } = await heroes.create({ name });
      expect(await heroes.get(id)).toMatchObject({ name });
      expect(await codeOf(heroes.create({ name: `${name}x` }))).toBe("INVALID_ARGUMENT");
    });
  });
}
