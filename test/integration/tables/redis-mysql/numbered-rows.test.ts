import { expect, test } from "vitest";
import { codeOf, drained, names, shards, world } from "./ranks.ts";

test("a numbered row that somebody has looked for before it was there stays in Redis until MySQL has it", async () => {
  const { table, open, link, built } = await world();
  const store = await open({ writer: false });
  const { values } = await store.create(table, [0n, "first", 1]);
  await built();
  for (let round = 0; round < 3; round++) {
    const next = (values[0] as bigint) + 1n + BigInt(round);
    expect(await store.read(table, [[next]])).toEqual([undefined]);
    const row = await store.create(table, [0n, `rank ${round}`, null]);
    expect(row.values[0]).toBe(next);
    expect(await link.command("pttl", names.place(table, [next]).row)).toBe(-1);
    expect((await store.read(table, [[next]]))[0]?.values).toEqual([next, `rank ${round}`, null]);
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
});

test("a numbered row is not created over one that was inserted by hand and read", async () => {
  const { table, open, connection, built } = await world();
  const store = await open();
  const { values } = await store.create(table, [0n, "first", 1]);
  await built();
  const ids: bigint[] = [];
  for (let round = 0; round < 4; round++) {
    const next = ((ids.at(-1) ?? values[0]) as bigint) + 1n;
    await connection.query("INSERT INTO `rank` VALUES (?, ?, 1, 1)", [next, `by hand ${round}`]);
    expect((await store.read(table, [[next]]))[0]?.values[1]).toBe(`by hand ${round}`);
    ids.push((await store.create(table, [0n, `rank ${round}`, 1])).values[0] as bigint);
    expect((await store.read(table, [[next]]))[0]?.values[1]).toBe(`by hand ${round}`);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  expect(ids).not.toContain(values[0]);
});

test("numbered rows of other shards are created while a shard has no room", async () => {
  const { table, open, link, built } = await world();
  const store = await open({ writer: false, backlogCount: shards });
  const { values } = await store.create(table, [0n, "first", 1]);
  await built();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const next = (values[0] as bigint) + 1n;
  await link.command("xadd", names.journal(names.place(table, [next]).shard), "*", "entry", "");
  const codes = [];
  for (let at = 0; at < 40; at++) codes.push(await codeOf(store.create(table, [0n, `rank ${at}`, 1])));
  expect(codes.filter((code) => code === "OK")).toHaveLength(shards - 2);
});

test("numbered rows of a Redis that is killed again and again have numbers and titles of their own, and none is lost", {
  timeout: 120_000,
}, async () => {
  const { redis, table, open, connection, full, built } = await world({ appendFsync: "always" });
  const stores = [await open(), await open({ writer: false })];
  await stores[0]!.create(table, [0n, "first", 1]);
  await built();
  const told = new Map<string, bigint[]>();
  let isOver = false;
  // Each title is asked for by all lanes at about one time.
  const lane = async (number: number) => {
    for (let turn = 0; !isOver; turn++) {
      const title = `title ${number % 2} ${turn}`;
      try {
        const { values } = await stores[(number + turn) % 2]!.create(table, [0n, title, number]);
        told.set(title, [...(told.get(title) ?? []), values[0] as bigint]);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const lanes = Array.from({ length: 8 }, (_, number) => lane(number));
  for (let round = 0; round < 3; round++) {
    const before = await full();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await redis.program.kill();
    await redis.program.start();
    await expect.poll(full, { timeout: 30_000 }).not.toBe(before);
    await built();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  isOver = true;
  await Promise.all(lanes);
  await drained(stores[0]!);
  expect(await stores[0]!.deadLetters.list(9)).toEqual([]);
  const [rows] = await connection.query("SELECT title, id FROM `rank`");
  const stored = new Map(
    (rows as { title: Buffer; id: number }[]).map(({ title, id }) => [String(title), BigInt(id)]),
  );
  expect([...told].filter(([title, ids]) => ids.length > 1 || stored.get(title) !== ids[0])).toEqual([]);
  expect(told.size).toBeGreaterThan(50);
});
