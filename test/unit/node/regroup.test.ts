import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { text } from "../../integration/gate/raw-client.ts";
import { reliable } from "../../integration/gate/schema.ts";
import { twoGates } from "./two-gates.ts";

const push = (session: Session, what: string) => session.pushBytes(reliable.id, text(what));

test("a session changes several groups by one message, in order with its joins, leaves and pushes", async () => {
  const { a, one } = await twoGates();
  one.join("cell:1");
  push(one, "before");
  one.regroup(["cell:2", "cell:3"], ["cell:1"]);
  push(one, "between");
  one.regroup(new Set(["cell:4"]), new Set(["cell:2", "cell:3"]), { whenNodeLost: "leave" });
  one.leave("cell:4");
  expect(await a.all()).toEqual([
    "join 1 cell:1",
    "push before to 1",
    "regroup 1 -cell:1 +cell:2 +cell:3",
    "push between to 1",
    "regroup 1 -cell:2 -cell:3 +cell:4 until lost",
    "leave 1 cell:4",
  ]);
});

test("a change of one group is a join or a leave, and a change of none sends nothing", async () => {
  const { a, one } = await twoGates();
  one.regroup(["cell:1", "cell:1"], []);
  one.regroup(new Set(), ["cell:1"]);
  one.regroup([], []);
  expect(await a.all()).toEqual(["join 1 cell:1", "leave 1 cell:1"]);
});

test("a gate of an older release gets single leaves, then joins", async () => {
  const { a, b, one } = await twoGates({}, { takesRegroup: false });
  await a.move(b, [1, 101]);
  one.regroup(["cell:2", "cell:3"], ["cell:0", "cell:1"], { whenNodeLost: "leave" });
  expect((await b.all()).slice(1)).toEqual([
    "leave 101 cell:0",
    "leave 101 cell:1",
    "join 101 cell:2 until lost",
    "join 101 cell:3 until lost",
  ]);
});

test.each([true, false])(
  "what a session has changed while it may move is repeated at the other gate, which takes it in one message: %s",
  async (takesRegroup) => {
    const { a, b, one } = await twoGates({}, { takesRegroup });
    await a.keepChanges(1);
    one.regroup(["cell:1", "cell:2", "cell:3"], ["cell:0"]);
    one.regroup(["cell:4", "cell:5"], ["cell:1"]);
    one.join("cell:0");
    one.leave("cell:5");
    await a.move(b, [1, 101]);
    const repeated = takesRegroup
      ? ["regroup 101 +cell:2 +cell:3", "regroup 101 -cell:1 +cell:4"]
      : ["join 101 cell:2", "join 101 cell:3", "leave 101 cell:1", "join 101 cell:4"];
    expect((await b.all()).slice(1)).toEqual([...repeated, "join 101 cell:0", "leave 101 cell:5"]);
  },
);

const many = Array.from({ length: 1_025 }, (_, at) => `cell:${at}`);

test.each([
  [
    "add",
    ["cell:1", "cell:2"],
    ["cell:2"],
    "add[1] is a group of remove, too; expected each group in one list",
  ],
  ["add", ["a", ""], [], "add[1] is 0 characters long; expected a group name of 1 to 256 characters"],
  ["remove", [], ["x".repeat(257)], "remove[0] is 257 characters long; expected a group name of 1 to 256"],
  ["add", [7], [], "add[0] is of type number; expected a group name"],
  ["add", many, [], "add has 1025 groups; expected at most 1024"],
  ["remove", [], many, "remove has 1025 groups; expected at most 1024"],
  ["add", "cell:1", [], "invalid add; expected an array or Set of group names"],
  ["remove", [], undefined, "invalid remove; expected an array or Set of group names"],
])("a wrong list %s is refused by session.regroup, and nothing is sent", async (_, add, remove, reason) => {
  const { a, one } = await twoGates();
  const wrong = () => one.regroup(add as string[], remove as string[]);
  expect(wrong).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(wrong).toThrow(/session\.regroup: /);
  expect(wrong).toThrow(reason);
  expect(() => one.regroup([], [], JSON.parse('{"whenNodeLost":"stay"}'))).toThrow(
    /session\.regroup: whenNodeLost/,
  );
  expect(await a.all()).toEqual([]);
});

test("a session that has ended sends no change", async () => {
  const { a, one } = await twoGates();
  a.endSession(1);
  await a.all();
  one.regroup(["cell:1", "cell:2"], []);
  expect(await a.all()).toEqual([]);
});
