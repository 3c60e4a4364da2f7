import { expect, test } from "vitest";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { Groups } from "../../../runtime/gate/session/groups.ts";
import { Users } from "../../../runtime/gate/session/users.ts";
import { wire } from "./wire.ts";

const session = (id: number) => new GateSession(String(id), id, "test", wire);

function users() {
  const evicted: number[] = [];
  return { evicted, users: new Users(({ number }) => evicted.push(number)) };
}

test("the session with the higher generation stays, in whatever order the binds come", () => {
  const { evicted, users: table } = users();
  const [older, newer] = [session(1), session(2)];
  table.bind(newer, 7n, 200);
  expect(() => table.bind(older, 7n, 100)).toThrow(/ABORTED/);
  expect(table.get(7n)).toBe(newer);
  expect(evicted).toEqual([]);
  const newest = session(3);
  table.bind(newest, 7n, 300);
  expect(evicted).toEqual([2]);
  expect(table.get(7n)).toBe(newest);
});

test("a bind elsewhere evicts only an older session", () => {
  const { evicted, users: table } = users();
  table.bind(session(1), 7n, 200);
  table.boundElsewhere(7n, 150);
  table.boundElsewhere(7n, 200);
  table.boundElsewhere(8n, 900);
  expect(evicted).toEqual([]);
  table.boundElsewhere(7n, 201);
  expect(evicted).toEqual([1]);
  expect(table.size).toBe(0);
});

test("the late end of a replaced session leaves its successor bound", () => {
  const { users: table } = users();
  const [first, second] = [session(1), session(2)];
  table.bind(first, 7n, 1);
  table.bind(second, 7n, 2);
  table.release(first);
  expect(table.get(7n)).toBe(second);
  table.release(second);
  expect(table.size).toBe(0);
});

test("a session that is bound to another user gives up the one before; to the same one, it stays", () => {
  const { evicted, users: table } = users();
  const one = session(1);
  table.bind(one, 7n, 1);
  table.bind(one, 7n, 2);
  table.bind(one, 8n, 3);
  expect(table.get(7n)).toBeUndefined();
  expect(table.get(8n)).toBe(one);
  expect(evicted).toEqual([]);
});

test("groups are bounded, and gone with their last member", () => {
  const groups = new Groups({ perSessionCount: 2, count: 3, nameChars: 4 });
  const [a, b] = [session(1), session(2)];
  expect([groups.join(a, "x"), groups.join(a, "x"), groups.join(a, "y"), groups.join(a, "z")]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect([groups.join(b, "x"), groups.join(b, "long name"), groups.join(b, ""), groups.join(b, "z")]).toEqual(
    [true, false, false, true],
  );
  expect(groups.join(session(3), "w")).toBe(false);
  groups.leaveAll(a);
  expect(groups.size).toBe(2);
  groups.leave(b, "x");
  groups.leave(b, "nowhere");
  expect(groups.size).toBe(1);
});
