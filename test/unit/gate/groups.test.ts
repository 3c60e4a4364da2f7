import { expect, test } from "vitest";
import { Groups } from "../../../runtime/gate/push/groups.ts";
import { GateSession } from "../../../runtime/gate/session/gate-session.ts";
import { wire } from "./wire.ts";

const session = (id: number) => new GateSession(String(id), id, "test", wire);

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
