import { describe, expect, test } from "vitest";
import { UserRegistry } from "../../../runtime/gate/users/user-registry.ts";

interface Eviction {
  readonly who: string;
  done(): void;
}

/** A registry whose evictions the test confirms. */
function open(policy: { count?: number; beyond?: "replace" | "refuse" } = {}) {
  const evictions: Eviction[] = [];
  const registry = new UserRegistry({ count: 1, beyond: "replace", ...policy }, (userId, holder) => {
    return new Promise((done) => {
      evictions.push({ who: `${userId} ${holder.gate}/${holder.session}`, done });
    });
  });
  const holders = (userId: bigint) =>
    registry.holders(userId).map(({ gate, session }) => `${gate}/${session}`);
  const claim = (gate: string, session: number, wanted = () => true) =>
    registry.claim(7n, gate, session, wanted);
  return { registry, evictions, holders, claim };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("registry of a user's owner", () => {
  test("a later bind waits until the session before it has ended, and has a higher generation", async () => {
    const { evictions, holders, claim } = open();
    const first = await claim("a", 1);
    const second = claim("b", 1);
    await turn();
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1"]);
    expect(holders(7n)).toEqual(["a/1"]);
    evictions[0]!.done();
    expect(await second).toBeGreaterThan(first);
    expect(holders(7n)).toEqual(["b/1"]);
  });

  test("binds of one user run one after another, and the last one stays", async () => {
    const { evictions, holders, claim } = open();
    const all = [claim("a", 1), claim("b", 2), claim("c", 3)];
    await turn();
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1"]);
    evictions[0]!.done();
    await turn();
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1", "7 b/2"]);
    evictions[1]!.done();
    const generations = await Promise.all(all);
    expect(generations).toEqual([...generations].sort((a, b) => a - b));
    expect(holders(7n)).toEqual(["c/3"]);
  });

  test("a session that is bound already keeps its generation", async () => {
    const { evictions, claim } = open();
    const first = await claim("a", 1);
    expect(await claim("a", 1)).toBe(first);
    expect(evictions).toEqual([]);
  });

  test("the late end of a replaced session leaves its successor", async () => {
    const { registry, evictions, holders, claim } = open();
    const first = await claim("a", 1);
    const second = claim("a", 2);
    await turn();
    evictions[0]!.done();
    await second;
    registry.release(7n, "a", 1, first);
    registry.release(7n, "a", 2, first);
    expect(holders(7n)).toEqual(["a/2"]);
    registry.release(7n, "a", 2, await second);
    expect(registry.size).toBe(0);
  });

  test("a policy of several sessions ends the oldest one beyond its count", async () => {
    const { evictions, holders, claim } = open({ count: 2 });
    await claim("a", 1);
    await claim("b", 2);
    const third = claim("c", 3);
    await turn();
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1"]);
    evictions[0]!.done();
    await third;
    expect(holders(7n)).toEqual(["b/2", "c/3"]);
  });

  test("a policy that refuses leaves the first session, and accepts a bind after its end", async () => {
    const { registry, evictions, claim } = open({ beyond: "refuse" });
    const first = await claim("a", 1);
    await expect(claim("b", 2)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect(evictions).toEqual([]);
    registry.release(7n, "a", 1, first);
    await claim("b", 2);
  });

  test("a bind that nobody waits for is not registered", async () => {
    const { registry, claim } = open();
    await expect(claim("a", 1, () => false)).rejects.toMatchObject({ code: "CANCELLED" });
    expect(registry.size).toBe(0);
  });

  test("at most 16 binds of one user wait", async () => {
    const { evictions, claim } = open();
    await claim("a", 0);
    const waiting = Array.from({ length: 16 }, (_, at) => claim("b", at));
    await expect(claim("b", 99)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    for (let at = 0; at < 16; at++) {
      await turn();
      evictions[at]!.done();
    }
    await Promise.all(waiting);
    const next = claim("b", 99);
    await turn();
    evictions[16]!.done();
    await next;
  });

  test("generations continue above those of an earlier life of the owner", async () => {
    const { registry, claim } = open();
    const before = 5 * 2 ** 32 + 9;
    registry.see(before);
    expect(await claim("a", 1)).toBeGreaterThan(before);
    registry.see(before);
    const next = registry.claim(8n, "a", 2, () => true);
    expect(await next).toBe((await claim("a", 1)) + 1);
  });

  test("of two sessions that gates tell, the one with the higher generation stays", () => {
    const { registry, evictions, holders } = open();
    registry.begin("a");
    registry.tell(7n, "a", 1, 20);
    registry.begin("b");
    registry.tell(7n, "b", 1, 10);
    expect(evictions.map(({ who }) => who)).toEqual(["7 b/1"]);
    expect(holders(7n)).toEqual(["a/1"]);
  });

  test("a bind that two gates tell is at the gate that told it last, and the other session ends", () => {
    const { registry, evictions, holders } = open({ count: 3 });
    registry.begin("a");
    registry.tell(7n, "a", 1, 20);
    registry.begin("b");
    registry.tell(7n, "b", 1, 20);
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1"]);
    expect(holders(7n)).toEqual(["b/1"]);
  });

  test("the notices of two moves may come in any order: the later place stays", async () => {
    const { registry, evictions, holders, claim } = open();
    const generation = await claim("a", 1);
    registry.move(7n, generation, 2, { gate: "b", session: 2 }, { gate: "c", session: 3 });
    registry.move(7n, generation, 1, { gate: "a", session: 1 }, { gate: "b", session: 2 });
    expect(holders(7n)).toEqual(["c/3"]);
    expect(evictions.map(({ who }) => who)).not.toContain("7 c/3");
  });

  test.each([0, 1, 2])(
    "a session whose move has failed stays, when %s notices of the other gate come before its own",
    async (before) => {
      const { registry, evictions, holders, claim } = open();
      const generation = await claim("a", 1);
      const here = { gate: "a", session: 1 };
      const there = { gate: "b", session: 2 };
      const notices = [
        () => registry.move(7n, generation, 1, here, there),
        () => registry.release(7n, "b", 2, generation),
      ];
      notices.splice(before, 0, () => registry.move(7n, generation, 2, here, here));
      for (const notice of notices) notice();
      expect(holders(7n)).toEqual(["a/1"]);
      expect(evictions).toEqual([]);
    },
  );

  test("a list that names a session at its new gate, before the notice of the move, does not end it at the former one", async () => {
    const { registry, evictions, holders, claim } = open();
    const generation = await claim("a", 1);
    registry.begin("b");
    registry.tell(7n, "b", 2, generation, 1);
    expect(holders(7n)).toEqual(["b/2"]);
    expect(evictions).toEqual([]);
  });

  test("a list of a gate replaces what was known of it", async () => {
    const { registry, holders, claim } = open({ count: 3 });
    const kept = await claim("a", 1);
    await claim("a", 2);
    await claim("b", 3);
    registry.begin("a");
    registry.tell(7n, "a", 1, kept);
    registry.told("a");
    expect(holders(7n)).toEqual(["a/1", "b/3"]);
    registry.forget("b");
    expect(holders(7n)).toEqual(["a/1"]);
  });

  test("a session that ends while its eviction is under way is no obstacle", async () => {
    const { registry, evictions, holders, claim } = open();
    const first = await claim("a", 1);
    const second = claim("b", 2);
    await turn();
    registry.release(7n, "a", 1, first);
    evictions[0]!.done();
    await second;
    expect(holders(7n)).toEqual(["b/2"]);
  });

  test("a session that comes from another gate while the bind waits ends too", async () => {
    const { registry, evictions, holders, claim } = open();
    const first = await claim("a", 1);
    const second = claim("b", 2);
    await turn();
    registry.move(7n, first, 1, { gate: "a", session: 1 }, { gate: "c", session: 3 });
    evictions[0]!.done();
    await turn();
    expect(evictions.map(({ who }) => who)).toEqual(["7 a/1", "7 c/3"]);
    evictions[1]!.done();
    await second;
    expect(holders(7n)).toEqual(["b/2"]);
  });

  test("a policy that refuses does so for a session that comes while the bind waits for its turn", async () => {
    const { registry, claim } = open({ beyond: "refuse" });
    const waiting = claim("b", 2);
    registry.begin("a");
    registry.tell(7n, "a", 1, 5);
    await expect(waiting).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
  });

  test("no generation of another gate uses up those to come, in any owner that hears of them", async () => {
    let highest = Number.MAX_SAFE_INTEGER;
    for (let lives = 0; lives < 10; lives++) {
      const { registry, claim } = open();
      registry.see(highest);
      const first = await claim("a", 1);
      registry.release(7n, "a", 1, first);
      highest = await claim("a", 2);
      expect(highest).toBe(first + 1);
    }
    expect(highest).toBeLessThan(2 ** 52 + 2 ** 33);
  });

  test("the sessions of one gate are bounded, and places are free again once they end", async () => {
    const registry = new UserRegistry({ count: 1, beyond: "replace" }, async () => {}, 100);
    for (let user = 1n; user <= 100n; user++) registry.tell(user, "a", 1, 1);
    expect(() => registry.tell(101n, "a", 1, 1)).toThrow(/too many sessions/);
    await expect(registry.claim(101n, "a", 1, () => true)).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
    await registry.claim(101n, "b", 1, () => true);
    expect(registry.size).toBe(101);
    registry.release(9n, "a", 1, 1);
    registry.tell(102n, "a", 1, 1);
    registry.forget("a");
    expect(registry.size).toBe(1);
    for (let user = 1n; user <= 100n; user++) registry.tell(user, "a", 1, 1);
    expect(registry.size).toBe(101);
  });

  test("users of another owner are forgotten", async () => {
    const { registry, claim } = open();
    await claim("a", 1);
    await registry.claim(8n, "a", 2, () => true);
    registry.keep((userId) => userId === 8n);
    expect(registry.holders(7n)).toEqual([]);
    expect(registry.holders(8n)).toHaveLength(1);
  });
});
