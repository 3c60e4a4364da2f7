import { expect, test } from "vitest";
import { Lane, type LaneJob } from "../../../runtime/node/calls/lane.ts";

function lane() {
  const ran: string[] = [];
  let idle = 0;
  const made = new Lane({ laneIdle: () => idle++ });
  /** A job that is done at once, or when `lane.next` is called. */
  const job = (name: string, atOnce: boolean): LaneJob => ({
    run() {
      ran.push(name);
      return atOnce;
    },
  });
  return { lane: made, ran, job, idleCount: () => idle };
}

test("a job that is done at once leaves the lane idle", () => {
  const { lane: one, ran, job, idleCount } = lane();
  expect(one.submit(job("a", true), 0)).toBe(true);
  expect([one.busy, idleCount(), ran]).toEqual([false, 1, ["a"]]);
});

test("jobs wait for the one that runs, and run in order", () => {
  const { lane: one, ran, job, idleCount } = lane();
  one.submit(job("a", false), 9);
  for (const [name, atOnce] of [
    ["b", true],
    ["c", false],
    ["d", true],
  ] as const)
    one.submit(job(name, atOnce), 9);
  expect([ran, one.waiting]).toEqual([["a"], 3]);
  one.next();
  expect(ran).toEqual(["a", "b", "c"]);
  one.next();
  expect([ran, one.busy, idleCount()]).toEqual([["a", "b", "c", "d"], false, 1]);
});

test("a full lane takes no more", () => {
  const { lane: one, job } = lane();
  one.submit(job("a", false), 2);
  expect([1, 2, 3].map(() => one.submit(job("x", true), 2))).toEqual([true, true, false]);
});

test("a job that submits another waits for nothing and is not overtaken", () => {
  const { lane: one, ran, job } = lane();
  one.submit(
    {
      run() {
        ran.push("outer");
        one.submit(job("inner", true), 9);
        ran.push("outer ends");
        return true;
      },
    },
    9,
  );
  expect(ran).toEqual(["outer", "outer ends", "inner"]);
});

test("a lane that is never empty keeps its queue small and its order", () => {
  const { lane: one, ran, job } = lane();
  one.submit(job("0", false), 9);
  for (let n = 1; n < 1_000; n++) {
    one.submit(job(String(n), false), 9);
    one.next();
  }
  expect(ran).toEqual(Array.from({ length: 1_000 }, (_, n) => String(n)));
});
