import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { text } from "../../integration/gate/raw-client.ts";
import { commands, methodOf, methods, reliable } from "../../integration/gate/schema.ts";
import { eventually, latch } from "../../integration/gate/world.ts";
import { twoGates } from "./two-gates.ts";

const push = (session: Session, what: string) => session.pushBytes(reliable.id, text(what));

test("a session that moves stays the same object, and all that it sends goes to the other gate", async () => {
  const { a, b, node, one, two, events } = await twoGates();
  await a.move(b, [1, 101, 7, 107]);
  expect([one.gate, one.number, one.ended, one.id]).toEqual(["gate-b", 101, false, "id-1"]);
  expect([two.gate, two.number]).toEqual(["gate-a", 2]);
  expect(node.sessions()).toEqual([two, one]);
  push(one, "bytes");
  one.push(reliable, text("message"));
  one.join("table", { whenNodeLost: "leave" });
  one.leave("table");
  one.assign("probe", "probe-1");
  await one.bind(9n);
  one.kick("enough");
  expect(await b.all()).toEqual([
    "moved 101,107",
    "push bytes to 101",
    "push message to 101",
    "join 101 table until lost",
    "leave 101 table",
    "assign 101 probe-1",
    "bind 101 to 9",
    "kick 101",
  ]);
  expect(await a.all()).toEqual([]);
  expect(one.userId).toBe(9n);
  expect(events).toEqual([]);
  expect(node.counters.get("node.session.moved")).toBe(1);
});

test("pushes before the move go to the former gate, later ones to the other, right behind its notice", async () => {
  const { a, b, node, one, two } = await twoGates();
  const others = node.group("table").except(one);
  const pushAll = (what: string) => {
    push(one, what);
    push(two, what);
    others.pushBytes(reliable.id, text(what));
    node.user(9n).pushBytes(reliable.id, text(what));
    node.everyone().pushBytes(reliable.id, text(what));
  };
  pushAll("early");
  await a.move(b, [1, 101]);
  pushAll("late");
  expect(await a.all()).toEqual([
    "push early to 1",
    "push early to 2",
    "push early to table except 1",
    "push early to user 9",
    "push early to everyone",
    "push late to 2",
    "push late to table",
    "push late to user 9",
    "push late to everyone",
  ]);
  expect(await b.all()).toEqual([
    "push early to table",
    "push early to user 9",
    "push early to everyone",
    "moved 101",
    "push late to 101",
    "push late to table except 101",
    "push late to user 9",
    "push late to everyone",
  ]);
});

test("without a link to the other gate nothing moves, and the gate gets FAILED_PRECONDITION", async () => {
  const { a, b, one } = await twoGates();
  for (const gate of ["gate-c", "", "gate-a"]) {
    await expect(a.move(gate, [1, 101])).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  }
  await b.close();
  await expect.poll(() => a.move(b, [1, 101]).catch(({ code }) => code)).toBe("FAILED_PRECONDITION");
  push(one, "still here");
  expect(one.gate).toBe("gate-a");
  expect(await a.all()).toEqual(["push still here to 1"]);
});

test.each([
  ["of no pairs", [1, 101, 2]],
  ["that moves one session twice", [1, 101, 1, 102]],
  ["that moves two sessions to one number", [1, 101, 2, 101]],
  ["that takes the number of a session of the other gate", [1, 101, 2, 50]],
])("a list %s is refused, and changes nothing", async (_, numbers) => {
  const { a, b, one, two } = await twoGates();
  b.openSession(50);
  await b.all();
  await expect(a.move(b, numbers)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect([one.gate, two.gate]).toEqual(["gate-a", "gate-a"]);
  expect(await b.all()).toEqual([]);
});

test("a move of sessions that the node does not know still sends the notice to the other gate", async () => {
  const { a, b } = await twoGates();
  await a.move(b, [8, 108, 9, 109]);
  expect(await b.all()).toEqual(["moved 108,109"]);
});

test("a handler that runs during two moves answers the gate that its command came from, and pushes to the newest", async () => {
  const pauses = [latch(), latch()];
  const { a, b, one } = await twoGates({
    async sticky(body, { session }) {
      push(session, "first");
      for (const { passed } of pauses) {
        await passed;
        push(session, "next");
        session.join("table");
      }
      return body;
    },
  });
  const answer = a.relay(1, commands.sticky.id, text("done"));
  await a.move(b, [1, 101]);
  pauses[0]!.open();
  await eventually(() => b.heard.length === 3);
  await b.move(a, [101, 3]);
  pauses[1]!.open();
  await eventually(() => answer.answers.length === 1);
  expect(new TextDecoder().decode(answer.answers[0])).toBe("done");
  expect(await b.all()).toEqual(["moved 101", "push next to 101", "join 101 table"]);
  expect(await a.all()).toEqual(["push first to 1", "moved 3", "push next to 3", "join 3 table"]);
  expect([one.gate, one.number]).toEqual(["gate-a", 3]);
});

test("a command over the new gate waits for those of its lane that came over the former one", async () => {
  const slow = latch();
  const ran: string[] = [];
  const { a, b } = await twoGates({
    async sticky(body) {
      ran.push(`begin ${body}`);
      if (body.length === 1) await slow.passed;
      ran.push(`end ${body}`);
      return body;
    },
  });
  const first = a.relay(1, commands.sticky.id, Uint8Array.of(1));
  const second = a.relay(1, commands.sticky.id, Uint8Array.of(2, 2));
  await a.move(b, [1, 101]);
  const third = b.relay(101, commands.sticky.id, Uint8Array.of(3, 3));
  await b.all();
  expect(ran).toEqual(["begin 1"]);
  slow.open();
  await eventually(() => third.answers.length === 1);
  await eventually(() => first.answers.length + second.answers.length === 2);
  expect(ran).toEqual(["begin 1", "end 1", "begin 2,2", "end 2,2", "begin 3,3", "end 3,3"]);
});

test("a command under the former number finds no session", async () => {
  const { a, b } = await twoGates({ sticky: (body) => body });
  await a.move(b, [1, 101]);
  const late = a.relay(1, commands.sticky.id, text("late"));
  await a.all();
  expect(late.failures).toMatchObject([{ code: errorCodes.UNAVAILABLE }]);
});

test("calls that a handler makes after the move go through the gate of its session", async () => {
  const moved = latch();
  const { a, b } = await twoGates({
    async sticky(body, ctx) {
      await moved.passed;
      await ctx.call(methodOf(methods.double), body);
      return body;
    },
  });
  const answer = a.relay(1, commands.sticky.id, text("x"));
  await a.move(b, [1, 101]);
  moved.open();
  await eventually(() => answer.answers.length === 1);
  expect([a.heard, b.heard]).toEqual([[], ["moved 101", `call ${methods.double.id}`]]);
});

test("new calls to other nodes avoid a gate whose sessions move", async () => {
  const { a, b, node } = await twoGates();
  await a.announceMove();
  for (let n = 0; n < 4; n++) await node.call(methodOf(methods.double), text("x"));
  expect([a.heard.length, b.heard.length]).toEqual([0, 4]);
  await b.close();
  await eventually(() => node.status().gates.filter(({ name }) => name !== "").length === 1);
  await node.call(methodOf(methods.double), text("x"));
  expect(a.heard).toHaveLength(1);
});

test("the end of the former gate ends the sessions that it still has; the end of the new one the moved sessions", async () => {
  const { a, b, one, two, events } = await twoGates();
  await a.move(b, [1, 101]);
  await a.close();
  await eventually(() => two.ended);
  expect([one.ended, events]).toEqual([false, ["id-2 ended"]]);
  await b.close();
  await eventually(() => one.ended);
  expect(events).toEqual(["id-2 ended", "id-1 ended"]);
});

test("notices of the former gate find nothing, those of the new one reach the session", async () => {
  const { a, b, one, events } = await twoGates();
  await a.move(b, [1, 101]);
  a.setState(1, true);
  a.setUser(1, 5n);
  a.endSession(1);
  await a.all();
  expect([one.suspended, one.userId, one.ended, events]).toEqual([false, 0n, false, []]);
  b.setState(101, true, "10.0.0.3:3");
  b.setUser(101, 6n);
  await b.all();
  expect([one.suspended, one.remote, one.userId, one.auth]).toEqual([true, "10.0.0.3:3", 6n, "user"]);
  b.endSession(101);
  await b.all();
  expect(one.ended).toBe(true);
  expect(events).toEqual(["id-1 suspended", "id-1 ended"]);
});

test("the new gate's announcement of a session that has moved updates it, and makes no new one", async () => {
  const { a, b, node, one, two, events } = await twoGates();
  a.setState(1, true);
  await a.move(b, [1, 101]);
  b.openSession(101, { id: "id-1", userId: 4n, auth: 2, remote: "10.0.0.9:9", suspended: false });
  await b.all();
  expect(node.sessions()).toEqual([two, one]);
  expect([one.userId, one.auth, one.remote]).toEqual([4n, "admin", "10.0.0.9:9"]);
  expect(events).toEqual(["id-1 suspended", "id-1 resumed"]);
});

test("an announcement of another session under a number ends the former one", async () => {
  const { a, node, one, events } = await twoGates();
  a.openSession(1, { id: "another" });
  await a.all();
  expect([one.ended, events]).toEqual([true, ["id-1 ended"]]);
  expect(node.sessions().map(({ id }) => id)).toEqual(["id-2", "another"]);
});

test("a session that is known at the new gate before its move continues as the object that was first", async () => {
  const { a, b, node, one, two, events } = await twoGates();
  b.openSession(101, { id: "id-1", userId: 4n, auth: 1 });
  await b.all();
  await a.move(b, [1, 101]);
  expect(node.sessions()).toEqual([two, one]);
  expect([one.gate, one.userId, events]).toEqual(["gate-b", 4n, []]);
});

test("joins and leaves after the announcement of the move are repeated at the other gate, once each group", async () => {
  const { a, b, one } = await twoGates();
  one.join("before");
  await a.announceMove();
  one.join("table");
  one.join("room");
  one.leave("table");
  one.join("scene", { whenNodeLost: "leave" });
  await a.move(b, [1, 101]);
  one.leave("room");
  expect((await a.all()).slice(1)).toEqual([
    "join 1 table",
    "join 1 room",
    "leave 1 table",
    "join 1 scene until lost",
  ]);
  expect(await b.all()).toEqual([
    "moved 101",
    "join 101 room",
    "leave 101 table",
    "join 101 scene until lost",
    "leave 101 room",
  ]);
});

test("a bind that the former gate refuses because the session moves is made at the other gate", async () => {
  const { a, b, one } = await twoGates();
  a.onBind = (reply) => {
    void a.move(b, [1, 101]);
    reply.failure(errorCodes.UNAVAILABLE, "the session moves", 0);
  };
  await one.bind(9n);
  expect([a.heard, await b.all()]).toEqual([["bind 1 to 9"], ["moved 101", "bind 101 to 9"]]);
  expect(one.userId).toBe(9n);
  b.onBind = (reply) => reply.failure(errorCodes.UNAVAILABLE, "the session has ended", 0);
  await expect(one.bind(9n)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(b.heard).toHaveLength(3);
});

test("a session that may move alone repeats its joins and leaves there, until its client is back; others repeat none", async () => {
  const { a, b, one, two } = await twoGates();
  one.join("before");
  await a.keepChanges(1, 7);
  for (const session of [one, two]) session.join("table");
  one.leave("before");
  await a.move(b, [1, 101, 2, 102]);
  expect(await b.all()).toEqual(["moved 101,102", "join 101 table", "leave 101 before"]);
  b.heard.length = 0;
  b.setState(101, true);
  await b.keepChanges(101);
  one.join("gone");
  b.setState(101, false);
  await b.all();
  one.join("later");
  b.heard.length = 0;
  a.heard.length = 0;
  await b.move(a, [101, 1]);
  expect(await a.all()).toEqual(["moved 1"]);
});
