import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import { type RawClient, text } from "./raw-client.ts";
import { type CommandHandlers, commands, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

/** Binds the session to the user whose number is the body; "admin 7" as an administrator. */
const login: CommandHandlers = {
  async login(body, ctx) {
    const [, admin, user] = /^(admin )?(\d+)$/.exec(decoder.decode(body)) ?? [];
    await ctx.session.bind(BigInt(user ?? 0), { auth: admin ? "admin" : "user" });
    return text(String(ctx.userId));
  },
  act: (_, ctx) => text(`user ${ctx.userId}`),
  rule: () => text("ruled"),
  echo: (body) => body,
};

test("what a session may do follows what it has proved", async () => {
  await world.gate();
  await world.node("probe-1", login);
  const client = await world.client();
  expect(await client.ask(commands.act.id)).toBe(`error ${errorCodes.UNAUTHENTICATED}`);
  expect(await client.ask(commands.login.id, "7")).toBe("7");
  expect(await client.ask(commands.act.id)).toBe("user 7");
  expect(await client.ask(commands.rule.id)).toBe(`error ${errorCodes.PERMISSION_DENIED}`);
  expect(await client.ask(commands.login.id, "admin 7")).toBe("7");
  expect(await client.ask(commands.rule.id)).toBe("ruled");
});

test("a user id that is none is refused", async () => {
  await world.gate();
  await world.node("probe-1", login);
  const client = await world.client();
  expect(await client.ask(commands.login.id, "0")).toBe(`error ${errorCodes.INVALID_ARGUMENT}`);
});

test("other nodes that serve the session hear of its user", async () => {
  await world.gate();
  await world.node("probe-1", login);
  await world.node("other-1", { other: (_, ctx) => text(`user ${ctx.userId}`) });
  const client = await world.client();
  expect(await client.ask(commands.other.id)).toBe("user 0");
  await client.ask(commands.login.id, "9");
  expect(await client.ask(commands.other.id)).toBe("user 9");
});

test("a second login of a user at the same gate kicks the first", async () => {
  await world.gate();
  const node = await world.node("probe-1", login);
  const [first, second] = [await world.client(), await world.client()];
  await first.ask(commands.login.id, "7");
  await second.ask(commands.login.id, "7");
  await first.closed;
  expect(first.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
  node.user(7n).push(reliable, text("hello"));
  await second.until(() => second.pushes.length === 1);
  expect(await second.ask(commands.act.id)).toBe("user 7");
});

test("a second login at another gate kicks the first, and pushes find the user there", async () => {
  const [one, two] = [await world.gate(), await world.gate()];
  const node = await world.node("probe-1", login);
  const [first, second] = [await world.client(one), await world.client(two)];
  await first.ask(commands.login.id, "7");
  node.user(7n).push(reliable, text("one"));
  await first.until(() => first.pushes.length === 1);
  await second.ask(commands.login.id, "7");
  await first.closed;
  expect(first.kicked?.code).toBe(errorCodes.ALREADY_EXISTS);
  node.user(7n).push(reliable, text("two"));
  await second.until(() => second.pushes.length === 1);
  expect(first.pushes.length).toBe(1);
});

test("the late end of a replaced connection takes nothing from its successor", async () => {
  await world.gate();
  const node = await world.node("probe-1", login);
  const [first, second] = [await world.client(), await world.client()];
  await first.ask(commands.login.id, "7");
  first.transport.pause(); // the old client does not even see that it is replaced
  await second.ask(commands.login.id, "7");
  first.transport.destroy();
  await eventually(() => world.gates[0]!.status().connections === 1);
  node.user(7n).push(reliable, text("still me"));
  await second.until(() => second.pushes.length === 1);
  expect(world.gates[0]!.status().users).toBe(1);
});

test("a node is told when a session ends, once its last command is done", async () => {
  await world.gate();
  const ended: Session[] = [];
  const node = await world.node("probe-1", { ...login, note: () => {} });
  node.onSessionEnd((session) => ended.push(session));
  const client = await world.client();
  await client.ask(commands.login.id, "7");
  client.transport.destroy();
  await eventually(() => ended.length === 1);
  expect(ended[0]).toMatchObject({ ended: true, userId: 7n });
  expect(world.gates[0]!.status()).toMatchObject({ sessions: 0, users: 0, connections: 0 });
});

test("a kick tells the client why and comes after what was pushed before", async () => {
  await world.gate();
  await world.node("probe-1", {
    free(_, ctx) {
      ctx.session.push(reliable, text("last words"));
      ctx.session.kick("you cheat", { code: "ABORTED" });
      return text("");
    },
  });
  const client = await world.client();
  void client.ask(commands.free.id);
  await client.closed;
  expect(client.pushes.map(({ body }) => decoder.decode(body))).toEqual(["last words"]);
  expect(client.kicked).toMatchObject({ code: errorCodes.ABORTED, reason: "you cheat" });
});

test.each(["PERMISION_DENIED", "toString", 7])(
  "a kick with the code %j is refused, and kicks nobody",
  async (code) => {
    await world.gate();
    await world.node("probe-1", {
      free(_, ctx) {
        try {
          // What untyped code gives.
          ctx.session.kick("you cheat", { code: code as "ABORTED" });
        } catch (error) {
          return text(String(error));
        }
        return text("kicked");
      },
    });
    const client = await world.client();
    const refusal = await client.ask(commands.free.id);
    expect(refusal).toMatch(/^PhotinusError: INVALID_ARGUMENT: session\.kick: code: .*"PERMISSION_DENIED"/);
    expect(refusal).toContain(String(code));
    expect(client.kicked).toBeUndefined();
  },
);

test("a group reaches its members on all gates, except the one left out", async () => {
  const [one, two] = [await world.gate(), await world.gate()];
  const group: CommandHandlers = {
    free(body, ctx) {
      const said = decoder.decode(body);
      if (said === "join") ctx.session.join("meadow");
      else if (said === "leave") ctx.session.leave("meadow");
      else if (said === "others") ctx.group("meadow").except(ctx.session).push(reliable, body);
      else if (said === "everyone") ctx.everyone().push(reliable, body);
      else ctx.group("meadow").push(reliable, body);
      return body;
    },
  };
  await world.node("probe-1", group);
  const clients = [await world.client(one), await world.client(one), await world.client(two)];
  const [a, b, c] = clients as [RawClient, RawClient, RawClient];
  for (const client of clients) await client.ask(commands.free.id, "join");
  await a.ask(commands.free.id, "all");
  await a.ask(commands.free.id, "others");
  await b.ask(commands.free.id, "leave");
  await a.ask(commands.free.id, "rest");
  await c.ask(commands.free.id, "everyone");
  await Promise.all([
    a.until(() => a.pushes.length === 3),
    b.until(() => b.pushes.length === 3),
    c.until(() => c.pushes.length === 4),
  ]);
  const heard = (client: RawClient) => client.pushes.map(({ body }) => decoder.decode(body));
  expect(heard(a)).toEqual(["all", "rest", "everyone"]);
  expect(heard(b)).toEqual(["all", "others", "everyone"]);
  expect(heard(c)).toEqual(["all", "others", "rest", "everyone"]);
  expect(c.pushes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
});

test("a thrown handler is INTERNAL, its own error keeps its code, and neither breaks the lane", async () => {
  await world.gate();
  await world.node("probe-1", {
    sticky(body) {
      if (body.length === 0) throw new Error("the secret cause");
      throw fail("NOT_FOUND", "no such thing", { retryAfterMs: 5 });
    },
    login: () => text("fine"),
  });
  const client = await world.client();
  const [broken, own, next] = await Promise.all([
    client.request(commands.sticky.id, text("")),
    client.request(commands.sticky.id, text("x")),
    client.ask(commands.login.id),
  ]);
  expect(broken).toMatchObject({ code: errorCodes.INTERNAL });
  expect(JSON.stringify(broken)).not.toContain("secret");
  expect(own).toMatchObject({ code: errorCodes.NOT_FOUND, message: "no such thing", retryAfterMs: 5 });
  expect(next).toBe("fine");
});

test("bodies over the command's size and calls over its rate are refused", async () => {
  await world.gate();
  await world.node("probe-1", { small: (body) => body, rare: (body) => body });
  const client = await world.client();
  expect(await client.ask(commands.small.id, "1234")).toBe("1234");
  expect(await client.ask(commands.small.id, "12345")).toBe(`error ${errorCodes.INVALID_ARGUMENT}`);
  expect(await client.ask(commands.rare.id, "1")).toBe("1");
  expect(await client.ask(commands.rare.id, "2")).toBe("2");
  const third = await client.request(commands.rare.id, text("3"));
  expect(third).toMatchObject({ code: errorCodes.RESOURCE_EXHAUSTED });
  expect(third instanceof Uint8Array ? 0 : third.retryAfterMs).toBeGreaterThan(0);
  expect(world.gates[0]!.counters.get("client.refused.rate")).toBe(1);
});

test("a guest's commands are limited all together, a user's are not", async () => {
  await world.gate({ limits: { guestRate: { count: 3, perMs: 60_000 } } });
  await world.node("probe-1", login);
  const client = await world.client();
  expect(await client.ask(commands.echo.id, "1")).toBe("1");
  expect(await client.ask(commands.echo.id, "2")).toBe("2");
  expect(await client.ask(commands.login.id, "7")).toBe("7");
  expect(await client.ask(commands.echo.id, "4")).toBe("4");
  const guest = await world.client();
  for (const word of ["1", "2", "3"]) expect(await guest.ask(commands.echo.id, word)).toBe(word);
  expect(await guest.ask(commands.echo.id, "4")).toBe(`error ${errorCodes.RESOURCE_EXHAUSTED}`);
});

test("a bind whose session has ended by the time it is answered rejects, so that nobody remembers the player", async () => {
  await world.gate();
  const outcomes: unknown[] = [];
  await world.node("probe-1", {
    async login(body, ctx) {
      const bound = ctx.session.bind(7n);
      ctx.session.kick("enough");
      outcomes.push(await bound.catch((error: unknown) => (isPhotinusError(error) ? error.code : error)));
      return body;
    },
  });
  const client = await world.client();
  void client.ask(commands.login.id);
  await client.closed;
  await eventually(() => outcomes.length === 1);
  expect(outcomes).toEqual(["UNAVAILABLE"]);
});
