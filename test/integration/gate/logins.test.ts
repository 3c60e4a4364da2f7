import { describe, expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { binding, boundUsers, connected, linked, login, userOf } from "./owners.ts";
import { text } from "./raw-client.ts";
import type { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const names = ["gate-1", "gate-2"];
const refuse = { logins: { beyond: "refuse" } } as const;

async function open(options: Partial<GateOptions> = {}, more: CommandHandlers = {}) {
  const one = await world.gate(options);
  const two = await world.gate(options);
  const { handlers, failed } = binding();
  const node = await world.node("probe-1", { ...handlers, ...more });
  await linked(one, two);
  return { one, two, node, failed };
}

/** Whether a session goes on; one that was kicked has heard ALREADY_EXISTS, and its token is void. */
async function stays(client: ResumingClient): Promise<boolean> {
  const answer = await Promise.race([client.ask(commands.echo.id, "on"), client.line.closed]);
  if (answer === "on") return true;
  expect(client.line.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
  expect((await client.connect()).resumed).toBe(false);
  client.cut();
  return false;
}

describe("a login of a user who has a session", () => {
  test.each(names)(
    "at two gates at once, owner %s: one session stays, the other is kicked",
    async (owner) => {
      const { one, two } = await open();
      let userId = 0n;
      for (let round = 0; round < 25; round++) {
        userId = userOf(owner, names, userId + 1n);
        const clients = [await connected(world, one), await connected(world, two)] as const;
        await Promise.all(clients.map((client) => login(client, userId)));
        const left: ResumingClient[] = [];
        await eventually(() => boundUsers(one, two) === round + 1);
        for (const client of clients) if (await stays(client)) left.push(client);
        expect(left.length).toBe(1);
      }
      expect(boundUsers(one, two)).toBe(25);
    },
  );

  test.each(names)("at one gate after the other, owner %s: the newer session stays", async (owner) => {
    const { one, two } = await open();
    const userId = userOf(owner, names);
    let before = await connected(world, one);
    await login(before, userId);
    for (const gate of [two, one, one, two]) {
      const client = await connected(world, gate);
      expect(await login(client, userId)).toBe("in");
      expect(await stays(before)).toBe(false);
      expect(await stays(client)).toBe(true);
      before = client;
    }
  });

  test("ends a session whose client is away, and its token is void", async () => {
    const { one, two } = await open();
    const away = await connected(world, one);
    await login(away, 7n);
    away.cut();
    await eventually(() => one.status().suspended === 1);
    const client = await connected(world, two);
    expect(await login(client, 7n)).toBe("in");
    expect(one.status().suspended).toBe(0);
    expect((await away.connect()).resumed).toBe(false);
  });

  test("of a session that is bound to the user already changes nothing", async () => {
    const { one, failed } = await open();
    const client = await connected(world, one);
    for (let n = 0; n < 3; n++) expect(await login(client, 7n)).toBe("in");
    expect(await stays(client)).toBe(true);
    expect(failed).toEqual([]);
    expect(one.counters.get("client.kicked")).toBe(0);
  });

  test("as another user frees the former one", async () => {
    const { one, two } = await open(refuse);
    for (const owner of names) {
      const userId = userOf(owner, names);
      const client = await connected(world, one);
      await login(client, userId);
      expect(await login(client, userId + 1_000n)).toBe("in");
      const other = await connected(world, two);
      expect(await login(other, userId)).toBe("in");
      expect(await stays(client)).toBe(true);
    }
    expect(one.status().users).toBe(2);
    expect(two.status().users).toBe(2);
  });
});

describe("the policy of several sessions", () => {
  test("ends the oldest session beyond its count, at whichever gate", async () => {
    const { one, two } = await open({ logins: { count: 2 } });
    for (const owner of names) {
      const userId = userOf(owner, names);
      const clients: ResumingClient[] = [];
      for (const gate of [one, two, one, two, two]) {
        const client = await connected(world, gate);
        expect(await login(client, userId)).toBe("in");
        clients.push(client);
      }
      const left = [];
      for (const client of clients) left.push(await stays(client));
      expect(left).toEqual([false, false, false, true, true]);
    }
  });

  test("pushes to the user reach both sessions, at one gate and at two", async () => {
    const { one, two, node } = await open({ logins: { count: 2 } });
    const at = async (gate: Gate, userId: bigint) => {
      const client = await connected(world, gate);
      await login(client, userId);
      return client;
    };
    const clients = [await at(one, 7n), await at(one, 7n), await at(one, 8n), await at(two, 8n)];
    node.user(7n).push(reliable, text("to 7"));
    node.user(8n).push(reliable, text("to 8"));
    await eventually(() => clients.every(({ pushes }) => pushes.length === 1));
    expect(clients.map(({ pushes }) => pushes[0])).toEqual(["to 7", "to 7", "to 8", "to 8"]);
  });
});

describe("the policy that refuses", () => {
  test.each(names)(
    "leaves the first session, and lets the next in after its end, owner %s",
    async (owner) => {
      const { one, two, failed } = await open(refuse, {
        sticky: (_, ctx) => ctx.session.kick("enough"),
      });
      const userId = userOf(owner, names);
      const first = await connected(world, one);
      await login(first, userId);
      for (const gate of [one, two]) {
        const client = await connected(world, gate);
        expect(await login(client, userId)).toBe("error");
        expect(failed.pop()?.code).toBe("ALREADY_EXISTS");
        expect(await client.ask(commands.echo.id, "guest")).toBe("guest");
      }
      expect(await stays(first)).toBe(true);
      void first.ask(commands.sticky.id);
      await first.line.closed;
      const next = await connected(world, two);
      await eventuallyIn(next, userId);
      expect(await stays(next)).toBe(true);
    },
  );

  test("refuses for a session without a connection, until its window is over", async () => {
    const { one, two, failed } = await open({ ...refuse, limits: { resumeMs: 400 } });
    const away = await connected(world, one);
    await login(away, 7n);
    away.cut();
    await eventually(() => one.status().suspended === 1);
    const client = await connected(world, two);
    expect(await login(client, 7n)).toBe("error");
    expect(failed.pop()?.code).toBe("ALREADY_EXISTS");
    await eventually(() => one.status().suspended === 0);
    await eventuallyIn(client, 7n);
  });

  test("lets one of two logins at once in", async () => {
    const { one, two } = await open(refuse);
    for (let round = 1n; round <= 20n; round++) {
      const clients = [await connected(world, one), await connected(world, two)];
      const answers = await Promise.all(clients.map((client) => login(client, round)));
      expect([...answers].sort()).toEqual(["error", "in"]);
      for (const client of clients) expect(await client.ask(commands.echo.id, "on")).toBe("on");
    }
  });
});

/** Tries the login until the end of the former session has reached the owner. */
async function eventuallyIn(client: ResumingClient, userId: bigint): Promise<void> {
  while ((await login(client, userId)) !== "in") await new Promise((resolve) => setTimeout(resolve, 10));
}
