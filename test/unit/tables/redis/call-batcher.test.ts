import { expect, test } from "vitest";
import { CallBatcher } from "../../../../runtime/tables/redis/call-batcher.ts";
import { Redirects } from "../../../../runtime/tables/redis/cluster-redirects.ts";
import { SingleCalls } from "../../../../runtime/tables/redis/single-calls.ts";
import { luaScript } from "../../../setup/lua-script.ts";

class ReplyError extends Error {
  override readonly name = "ReplyError";
}

const split = () => new ReplyError("TRYAGAIN Multiple keys request during rehashing of slot");
const work = luaScript("return 0");
const common = ["100"];

/** A server that answers when the test says so. */
function world() {
  const calls: { rows: string[]; answer(replies: unknown[]): void; refuse(error: Error): void }[] = [];
  const run = (_: unknown, keys: readonly unknown[]) =>
    new Promise<never>((resolve, reject) => {
      const rows = keys.filter((_, at) => at % 2 === 0) as string[];
      calls.push({ rows, answer: (replies) => resolve(replies as never), refuse: reject });
    });
  const redirects = { whileMoving: Redirects.prototype.whileMoving, patience: () => 1 };
  const route = { current: "one server" };
  const attempts = { routeOf: () => route.current, send: run };
  const batcher = new CallBatcher(attempts, run, new SingleCalls(run, redirects as never));
  const add = (row: string) => batcher.add(work, common, [row, "journal"], ["x"]);
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  return { calls, batcher, add, tick, route };
}

test("a call of many that is refused while their slot moves goes on as one for each", async () => {
  const { calls, add, tick } = world();
  const replies = [add("a"), add("b")];
  await tick();
  expect(calls.map(({ rows }) => rows)).toEqual([["a", "b"]]);
  calls[0]!.refuse(split());
  await tick();
  expect(calls.slice(1).map(({ rows }) => rows)).toEqual([["a"], ["b"]]);
  calls[1]!.answer([1]);
  calls[2]!.answer([2]);
  expect(await Promise.all(replies)).toEqual([1, 2]);
});

test("calls of a row wait for those before it that are tried again, and others do not", async () => {
  const { calls, add, tick } = world();
  const replies = [add("a"), add("b"), add("a")];
  await tick();
  const later = [add("a"), add("c")];
  calls[0]!.refuse(split());
  await tick();
  expect(calls.slice(1).map(({ rows }) => rows)).toEqual([["a"], ["b"], ["c"]]);
  for (const [at, reply] of [10, 20, 30].entries()) calls[at + 1]!.answer([reply]);
  await tick();
  expect(calls.slice(4).map(({ rows }) => rows)).toEqual([["a"]]);
  calls[4]!.answer([11]);
  await tick();
  expect(calls.slice(5).map(({ rows }) => rows)).toEqual([["a"]]);
  calls[5]!.answer([12]);
  expect(await Promise.all([...replies, ...later])).toEqual([10, 20, 11, 12, 30]);
});

test("what was refused is not made good when a later call of its row was sent meanwhile", async () => {
  const { calls, batcher, add, tick } = world();
  const first = [add("a"), add("b")];
  batcher.flush();
  const second = add("a");
  batcher.flush();
  calls[1]!.answer([2]);
  expect(await second).toBe(2);
  calls[0]!.refuse(split());
  await expect(first[0]).rejects.toThrow("TRYAGAIN");
  await tick();
  expect(calls.slice(2).map(({ rows }) => rows)).toEqual([["b"]]);
  calls[2]!.answer([1]);
  expect(await first[1]).toBe(1);
});

test("a row that alone is refused goes on by itself, unless a later call of it was done with it", async () => {
  const { calls, add, tick } = world();
  const far = () => new ReplyError("ERR Script attempted to access a non local key in a cluster node");
  const replies = [add("a"), add("a"), add("b"), add("c")];
  await tick();
  calls[0]!.answer([far(), 2, far(), new ReplyError("WRONGTYPE")]);
  await expect(replies[0]).rejects.toThrow("non local");
  await expect(replies[3]).rejects.toThrow("WRONGTYPE");
  expect(await replies[1]).toBe(2);
  await tick();
  expect(calls.slice(1).map(({ rows }) => rows)).toEqual([["b"]]);
  calls[1]!.answer([3]);
  expect(await replies[2]).toBe(3);
});

test("calls for another server wait for those in flight, and calls for the same one do not", async () => {
  const { calls, batcher, add, tick, route } = world();
  const sent = () => calls.map(({ rows }) => rows);
  const replies = [add("a")];
  batcher.flush();
  replies.push(add("b"));
  batcher.flush();
  route.current = "another server";
  replies.push(add("a"), add("c"));
  batcher.flush();
  replies.push(add("d"));
  batcher.flush();
  expect(sent()).toEqual([["a"], ["b"]]);
  calls[1]!.answer([2]);
  await tick();
  expect(sent()).toEqual([["a"], ["b"]]);
  calls[0]!.answer([1]);
  await tick();
  expect(sent()).toEqual([["a"], ["b"], ["a", "c"], ["d"]]);
  calls[2]!.answer([3, 4]);
  calls[3]!.answer([5]);
  expect(await Promise.all(replies)).toEqual([1, 2, 3, 4, 5]);
});

test.each(["MOVED 1 127.0.0.1:7000", "NOSCRIPT No matching script"])(
  "calls refused by %s are sent again together and in order, when none is in flight, and before later ones",
  async (refusal) => {
    const { calls, batcher, add, tick } = world();
    const replies = [add("a"), add("b")];
    batcher.flush();
    replies.push(add("a"));
    batcher.flush();
    calls[0]!.refuse(new ReplyError(refusal));
    await tick();
    replies.push(add("a"));
    batcher.flush();
    await tick();
    expect(calls.length).toBe(2);
    calls[1]!.refuse(new ReplyError(refusal));
    for (const [at, answer] of [[1, 2], [3], [4]].entries()) {
      await tick();
      expect(calls.slice(2).map(({ rows }) => rows)).toEqual([["a", "b"], ["a"], ["a"]].slice(0, at + 1));
      calls[2 + at]!.answer(answer);
    }
    expect(await Promise.all(replies)).toEqual([1, 2, 3, 4]);
  },
);
