import { expect, test } from "vitest";
import { hash32 } from "./keys.ts";
import { sessionOf, sharesOf } from "./roles.ts";

const keys = Array.from({ length: 10_000 }, (_, n) => hash32(n));

function ofCanary(share: number): Set<number> {
  const role = sharesOf({ "scene-1": undefined, "scene-2": undefined, "scene-9": { share, users: [] } });
  return new Set(keys.filter((key) => role.pools?.owner(key)?.name === "scene-9"));
}

test.each([1, 100, 500, 1_000, 2_500, 5_000, 9_900, 10_000])(
  "a share of %i points takes as many of 10,000 keys, within one percentage point",
  (share) => {
    expect(Math.abs(ofCanary(share).size - share)).toBeLessThanOrEqual(100);
  },
);

test.each([0, 100, 1_000, 5_000, 10_000])(
  "a share of %i points takes as many of 10,000 users and guests, within one percentage point",
  (share) => {
    const { pools } = sharesOf({ "scene-1": undefined, "scene-9": { share, users: [] } });
    const users = keys.filter((_, n) => pools?.takes(sessionOf(BigInt(n + 1))) === true);
    const distant = keys.filter((key) => pools?.takes(sessionOf(BigInt(key) << 31n)) === true);
    const guests = keys.filter((key) => pools?.takes(sessionOf(0n, key.toString(16).padStart(32, "0"))));
    for (const { length } of [users, distant, guests])
      expect(Math.abs(length - share)).toBeLessThanOrEqual(100);
  },
);

test("a larger share keeps all keys of a smaller one", () => {
  let former = ofCanary(0);
  expect(former.size).toBe(0);
  for (const share of [10, 100, 1_000, 4_000, 10_000]) {
    const now = ofCanary(share);
    expect([...former].filter((key) => !now.has(key))).toEqual([]);
    expect(now.size).toBeGreaterThan(former.size);
    former = now;
  }
});

test("keys of each pool spread evenly over its nodes, and stay where they are within the stable pool", () => {
  const canary = { share: 2_000, users: [] };
  const before = sharesOf({ "scene-1": undefined, "scene-2": undefined, "scene-8": { share: 0, users: [] } });
  const { pools } = sharesOf({
    "scene-1": undefined,
    "scene-2": undefined,
    "scene-8": canary,
    "scene-9": canary,
  });
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const now = pools!.owner(key)!;
    counts[now.name] = (counts[now.name] ?? 0) + 1;
    if (now.canary === undefined) expect(before.pools!.owner(key)!.name).toBe(now.name);
  }
  expect(counts["scene-8"]! / (counts["scene-8"]! + counts["scene-9"]!)).toBeCloseTo(0.5, 1);
  expect(counts["scene-1"]! / (counts["scene-1"]! + counts["scene-2"]!)).toBeCloseTo(0.5, 1);
});

test("the largest share of several canary nodes counts, and the users of all, in whatever order they come", () => {
  const a = { share: 300, users: [7n] };
  const b = { share: 2_000, users: [8n, 9n] };
  const one = sharesOf({ "scene-1": undefined, "scene-8": a, "scene-9": b }).pools!;
  const other = sharesOf({ "scene-9": b, "scene-8": a, "scene-1": undefined }).pools!;
  expect(keys.map((key) => one.owner(key)!.name)).toEqual(keys.map((key) => other.owner(key)!.name));
  const taken = keys.filter((key) => one.owner(key)!.canary !== undefined);
  expect(Math.abs(taken.length - 2_000)).toBeLessThanOrEqual(100);
  for (const user of [7n, 8n, 9n]) expect(one.takes(sessionOf(user))).toBe(true);
});

test("a pool without members leaves everything to the other one", () => {
  const all = { share: 100, users: [] };
  const canaries = sharesOf({ "scene-8": all, "scene-9": all }).pools!;
  expect(new Set(keys.map((key) => canaries.owner(key)!.name))).toEqual(new Set(["scene-8", "scene-9"]));
  const idle = { share: 0, users: [] };
  expect(sharesOf({ "scene-8": idle }).pools!.owner(5)!.name).toBe("scene-8");
  expect(sharesOf({ "scene-8": idle, "scene-9": all }).pools!.owner(5)!.name).toBe("scene-9");
  expect(sharesOf({ "scene-1": undefined }).pools).toBeUndefined();
});

test("a node with another share than zero takes part; one that takes nothing owns no key", () => {
  const role = sharesOf({ "scene-1": undefined, "scene-8": { share: 0, users: [] } });
  expect(new Set(keys.map((key) => role.pools!.owner(key)!.name))).toEqual(new Set(["scene-1"]));
});
