import { describe, expect, test } from "vitest";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { Users } from "../../../runtime/gate/session/users.ts";
import { wire } from "./wire.ts";

function sessionsOf(users: Users, userId: bigint): number[] {
  const numbers: number[] = [];
  for (let session = users.get(userId); session !== undefined; session = session.nextOfUser) {
    numbers.push(session.number);
  }
  return numbers;
}

const make = (number: number) => new GateSession(String(number), number, "test", wire);

describe("users of a gate", () => {
  test("a user has the sessions that are bound to it, the last bind first", () => {
    const users = new Users();
    const [a, b, c] = [make(1), make(2), make(3)];
    users.bind(a, 7n, 1);
    users.bind(b, 7n, 2);
    users.bind(c, 7n, 3);
    expect(sessionsOf(users, 7n)).toEqual([3, 2, 1]);
    expect(users.size).toBe(1);
  });

  test.each([
    [1, [3, 2]],
    [2, [3, 1]],
    [3, [2, 1]],
  ])("session %i leaves the list of its user", (number, left) => {
    const users = new Users();
    const all = [make(1), make(2), make(3)];
    for (const session of all) users.bind(session, 7n, session.number);
    users.release(all[number - 1]!);
    users.release(all[number - 1]!);
    expect(sessionsOf(users, 7n)).toEqual(left);
  });

  test("a session that binds another user leaves the former one", () => {
    const users = new Users();
    const session = make(1);
    users.bind(session, 7n, 1);
    users.bind(session, 8n, 2);
    expect(sessionsOf(users, 7n)).toEqual([]);
    expect(sessionsOf(users, 8n)).toEqual([1]);
    expect([...users.ids()]).toEqual([8n]);
    users.release(session);
    expect(users.size).toBe(0);
  });

  test("the release of a session that was never bound changes nothing", () => {
    const users = new Users();
    users.bind(make(1), 7n, 1);
    users.release(make(2));
    expect(sessionsOf(users, 7n)).toEqual([1]);
  });
});
