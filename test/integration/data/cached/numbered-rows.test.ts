import { expect, test } from "vitest";
import { codeOf, names, shards, world } from "./ranks.ts";

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
