import { expect, test } from "vitest";
import {
  beginFilter,
  endFilter,
  fillFilter,
  holdValue,
  releaseValues,
} from "../../../../runtime/tables/lua/generated/lua-scripts.ts";
import type { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import type { Text } from "../../../../runtime/tables/redis-mysql/column-text.ts";
import { bitsPerValue } from "../../../../runtime/tables/redis-mysql/unique/bloom-build.ts";
import { pushHashes } from "../../../../runtime/tables/redis-mysql/value-hash.ts";
import { generator } from "../../../setup/generator.ts";
import { luaScript } from "../../../setup/lua-script.ts";
import { codeOf, drained, names, world } from "./ranks.ts";

type World = Awaited<ReturnType<typeof world>>;

function noteOf(head: string, value: Text): Text[] {
  const args: Text[] = [head];
  pushHashes(args, value);
  return args;
}

/** Answers 1 when a value is certainly new. */
const ask = luaScript(`
--#include "parts/note-values.lua"
local isNew = note(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
counted()
return isNew and 1 or 0
`);

test("a create of a value that is certainly new asks MySQL nothing", async () => {
  const { table, open, connection, built } = await world();
  const store = await open({ writer: false });
  await store.create(table, [0n, "first", null]);
  await built();
  const asked = async () => {
    const [rows] = await connection.query("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
    return Number((rows as { Value: string }[])[0]!.Value);
  };
  // The store hears of the filter within a second.
  await expect
    .poll(
      async () => {
        const before = await asked();
        for (let at = 0; at < 3; at++) await store.create(table, [0n, `try ${before} ${at}`, null]);
        return (await asked()) - before;
      },
      { timeout: 30_000 },
    )
    .toBe(0);
  const rows = await Promise.all(
    Array.from({ length: 128 }, (_, at) => store.create(table, [0n, `rank ${at}`, at])),
  );
  const read = await store.read(
    table,
    rows.map(({ values }) => [values[0]!]),
  );
  expect(read.map((row) => row!.values.slice(1))).toEqual(rows.map((_, at) => [`rank ${at}`, at]));
});

/** Where a value is that was there before the filter. */
const places: Record<string, (given: World) => Promise<void>> = {
  "in MySQL": async ({ table, open }) => {
    const store = await open({ notes: false });
    await store.create(table, [0n, "taken", 1]);
    await drained(store);
    await store.close();
  },
  "in the journal": async ({ table, open }) => {
    const store = await open({ writer: false, notes: false });
    await store.create(table, [0n, "taken", 1]);
  },
  "among the dead letters": async ({ table, open, connection }) => {
    const store = await open({ notes: false });
    await store.create(table, [0n, "first", 1]);
    await drained(store);
    await connection.query("ALTER TABLE `rank` ADD CONSTRAINT none CHECK (title <> 'taken')");
    await store.create(table, [0n, "taken", 1]);
    await drained(store);
    expect(await store.deadLetters.list(9)).toHaveLength(1);
    await store.close();
  },
};

test.each(Object.entries(places))(
  "a value that was %s before the filter was built is not taken twice",
  async (_, begin) => {
    const made = await world();
    const { table, open, built, full } = made;
    await begin(made);
    expect(await full()).toBe("");
    const store = await open({ writer: false });
    await store.create(table, [0n, "other", 1]);
    await built();
    for (let round = 0; round < 3; round++) {
      expect(await codeOf(store.create(table, [0n, "taken", 2]))).toBe("ALREADY_EXISTS");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  },
);

test.each([
  ["in MySQL", true],
  ["in the journal", false],
] as const)(
  "values of texts beyond ASCII, bytes and numbers that were %s before the filter was built are in it",
  async (_, writer) => {
    const { other, open, link, otherHead } = await world();
    const before = await open({ writer, notes: false });
    const values = [
      ["Jürgen|€", true, new Uint8Array([0x80, 0xff, 0]), -(2n ** 62n)],
      ["plain", false, new Uint8Array([0x41]), 0n],
      ["", false, new Uint8Array(), 1n],
    ] as const;
    for (const own of values) await before.create(other, [0n, ...own]);
    await before.create(other, [0n, "", false, new Uint8Array(), null]);
    if (writer) await drained(before);
    const store = await open({ writer: false });
    await store.create(other, [0n, "first", true, new Uint8Array(), 2n]);
    await expect.poll(() => link.command("hexists", otherHead, "full"), { timeout: 30_000 }).toBe(1);
    const { name } = other.indexes[0]!;
    for (const own of [...values, ["", false, new Uint8Array(), 9n] as const]) {
      const isNew = await link.run(ask, [otherHead], noteOf(otherHead, names.indexValue(other, name, own)));
      expect(isNew).toBe(own[3] === 9n ? 1 : 0);
      expect(await codeOf(store.create(other, [0n, ...own]))).toBe(isNew === 1 ? "OK" : "ALREADY_EXISTS");
    }
    for (let at = 0; at < 2; at++) await store.create(other, [0n, "", false, new Uint8Array(), null]);
  },
);

test("a value that was held before the filter was built is waited for", async () => {
  const { table, open, link, built } = await world();
  const { holds, value } = names.hold(table, "title", ["taken"]);
  await link.run(holdValue, [holds], [60_000, value, "somebody"]);
  const store = await open();
  await store.create(table, [0n, "other", 1]);
  await built();
  let isCreated = false;
  const created = store.create(table, [0n, "taken", 1]).then(() => {
    isCreated = true;
  });
  for (let at = 0; at < 20; at++) await store.create(table, [0n, `rank ${at}`, 1]);
  expect(isCreated).toBe(false);
  await link.run(releaseValues, [holds], [value, "somebody"]);
  await created;
});

/** What makes a filter worthless. */
const losses: Record<string, (link: RedisClient, head: string, full: string) => Promise<unknown>> = {
  "whose bits have vanished": (link, head, full) => link.command("del", `${head}:${full}`),
  "that no store has kept": (link, head) => link.command("hset", head, "until", "1"),
  "of a former life of the server": (link, head) => link.command("hset", head, "life", "another"),
  "that has vanished": (link, head) => link.command("del", head),
};

test.each(Object.entries(losses))("a filter %s is not believed, and is built anew", async (_, lose) => {
  const { table, open, link, connection, head, full, built } = await world();
  const store = await open();
  await store.create(table, [0n, "first", 1]);
  await built();
  await drained(store);
  const before = await full();
  await connection.query("INSERT INTO `rank` (id, title, level, _version) VALUES (500, 'by hand', 1, 1)");
  await lose(link, head, before);
  expect(await codeOf(store.create(table, [0n, "by hand", 2]))).toBe("ALREADY_EXISTS");
  const isBuilt = async () => ![before, ""].includes(await full());
  await expect.poll(isBuilt, { timeout: 30_000 }).toBe(true);
  const value = names.indexValue(table, "title", ["by hand"]);
  expect(await link.run(ask, [head], noteOf(head, value))).toBe(0);
  await drained(store);
  expect(await store.deadLetters.list(9)).toEqual([]);
});

test("a filter that is nearly full is used until a new one is built in its place", async () => {
  const { table, open, link, head, full, built } = await world();
  const store = await open();
  await store.create(table, [0n, "first", 1]);
  await built();
  const before = await full();
  await link.command("hset", head, "count", "70000");
  const isBuilt = async () => {
    await store.create(table, [0n, `rank ${Math.random()}`.slice(0, 20), 1]);
    return (await full()) !== before;
  };
  await expect.poll(isBuilt, { timeout: 30_000 }).toBe(true);
  expect(await link.command("exists", `${head}:${before}`)).toBe(0);
  expect(Number(await link.command("hget", head, "count"))).toBeLessThan(70_000);
});

test("a filter grows until it has room for the values that MySQL does not have yet", {
  timeout: 120_000,
}, async () => {
  const { table, open, link, head } = await world();
  const store = await open({ writer: false });
  for (let at = 0; at < 66_000; at += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, next) => store.create(table, [0n, `rank ${at + next}`, 1])),
    );
  }
  const free = async () => {
    const [size, count] = (await link.command("hmget", head, "size", "count")) as readonly (Buffer | null)[];
    return Number(size) / bitsPerValue - Number(count);
  };
  await expect.poll(free, { timeout: 60_000 }).toBeGreaterThan(30_000);
});

test("a builder that has died is followed by another, and does nothing when it comes back", async () => {
  const { table, open, link, head, full, built } = await world();
  expect(await link.run(beginFilter, [head], ["first", 1_000_000, 60_000])).toBe(1);
  const store = await open();
  await store.create(table, [0n, "taken", 1]);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(await full()).toBe("");
  await link.command("hset", head, "builderUntil", "1");
  await built();
  const after = await full();
  expect(await link.run(fillFilter, [head], ["first", 60_000, 1, 2])).toBe(0);
  expect(await link.run(endFilter, [head], ["first", 60_000])).toBe(0);
  expect(await full()).toBe(after);
  expect(await link.command("exists", `${head}:first`)).toBe(0);
});

test("bits that vanish while a filter is built are not believed", async () => {
  const { link, head, full } = await world();
  await link.run(beginFilter, [head], ["builder", 1_000_000, 60_000]);
  await link.run(fillFilter, [head], ["builder", 60_000, 1, 2]);
  await link.command("del", `${head}:builder`);
  await link.run(fillFilter, [head], ["builder", 60_000, 3, 4]);
  expect(await link.run(endFilter, [head], ["builder", 60_000])).toBe(0);
  expect(await full()).toBe("");
});

test("a filter is kept while another is built, whose builder finds nothing for long and is not taken for dead", async () => {
  const { table, other, open, link, head, otherHead, built } = await world();
  const going = Promise.withResolvers<void>();
  // biome-ignore lint/correctness/useYield: finds nothing
  const keys = async function* (pattern: string) {
    if (pattern.includes(":guild:")) await going.promise;
  };
  const store = await open({ keys });
  await store.create(table, [0n, "first", 1]);
  await built();
  await store.create(other, [0n, "first", true, new Uint8Array(), null]);
  await store.create(other, [0n, "second", true, new Uint8Array(), 1n]);
  await expect.poll(() => link.command("hexists", otherHead, "next"), { timeout: 30_000 }).toBe(1);
  for (const [key, field] of [
    [head, "until"],
    [otherHead, "builderUntil"],
  ] as const) {
    const value = async () => Number(await link.command("hget", key, field));
    const before = await value();
    await expect.poll(value, { timeout: 30_000 }).toBeGreaterThan(before);
  }
  going.resolve();
  await expect.poll(() => link.command("hexists", otherHead, "full"), { timeout: 30_000 }).toBe(1);
});

test("a value that a write-through store has given is not taken by a write-behind store", async () => {
  const { table, open, link, head, built, full } = await world();
  const store = await open();
  await store.create(table, [0n, "first", 1]);
  await built();
  const through = await open({ writer: false });
  const row = await through.create({ ...table, durability: "write-through" }, [0n, "both", 1]);
  expect(await codeOf(store.create(table, [0n, "both", 2]))).toBe("ALREADY_EXISTS");
  expect(await full()).toBe("");
  expect(await link.run(beginFilter, [head], ["builder", 1_000_000, 60_000])).toBe(0);
  expect((await store.read(table, [[row.values[0]!]]))[0]?.values[1]).toBe("both");
  await drained(store);
  expect(await store.deadLetters.list(9)).toEqual([]);
});

test("values that rows get while a filter is built are in it", async () => {
  const { table, open, link, head } = await world();
  await link.run(beginFilter, [head], ["builder", 1_000_000, 60_000]);
  const store = await open();
  const row = await store.create(table, [0n, "created", 1]);
  await store.write(table, [row.values[0]!], [{ column: 1, value: "changed" }]);
  await link.run(endFilter, [head], ["builder", 60_000]);
  const isNew = (title: string) =>
    link.run(ask, [head], noteOf(head, names.indexValue(table, "title", [title])));
  expect([await isNew("created"), await isNew("changed"), await isNew("never")]).toEqual([0, 0, 1]);
});

test("few of the values that are new are taken for known ones, however they are alike", async () => {
  const { link, head } = await world();
  await link.run(beginFilter, [head], ["builder", 16 * 5_000, 60_000]);
  await link.run(endFilter, [head], ["builder", 60_000]);
  let known = 0;
  for (let at = 0; at < 5_000; at++) {
    if ((await link.run(ask, [head], noteOf(head, `rank:title:8:hero${1_000 + at}`))) === 0) known++;
  }
  expect(known).toBeLessThan(50);
  for (let at = 0; at < 5_000; at += 7) {
    expect(await link.run(ask, [head], noteOf(head, `rank:title:8:hero${1_000 + at}`))).toBe(0);
  }
});

test("no title is given twice, whatever becomes of the filter meanwhile", { timeout: 120_000 }, async () => {
  const { table, open, link, head, full, built } = await world();
  const stores = [await open(), await open({ writer: false })];
  await stores[0]!.create(table, [0n, "first", 1]);
  await built();
  const titles = Array.from({ length: 40 }, (_, at) => `title ${at}`);
  let isOver = false;
  const disturbing = (async () => {
    const random = generator(1);
    const all = Object.values(losses);
    while (!isOver) {
      await all[Math.floor(random() * all.length)]!(link, head, await full());
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * 900));
    }
  })();
  const lane = async (seed: number) => {
    const random = generator(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const own: bigint[] = [];
    const codes = new Set<string>();
    for (let turn = 0; turn < 150; turn++) {
      const store = pick(stores);
      const title = pick(titles);
      const id = pick(own);
      const kind = random();
      const call =
        id === undefined || kind < 0.5
          ? store.create(table, [0n, title, turn]).then(({ values }) => void own.push(values[0] as bigint))
          : kind < 0.8
            ? store.remove(table, [id]).then(() => void own.splice(own.indexOf(id), 1))
            : store.write(table, [id], [{ column: 1, value: title }]);
      codes.add(await codeOf(call));
    }
    return codes;
  };
  const codes = await Promise.all(Array.from({ length: 8 }, (_, at) => lane(at + 2)));
  isOver = true;
  await disturbing;
  expect(new Set(codes.flatMap((some) => [...some]))).toEqual(new Set(["OK", "ALREADY_EXISTS"]));
  await drained(stores[0]!);
  expect(await stores[0]!.deadLetters.list(9)).toEqual([]);
});
