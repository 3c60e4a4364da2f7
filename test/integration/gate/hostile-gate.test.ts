import { describe, expect, test } from "vitest";
import type { CommandContext } from "../../../runtime/api/handler-context.ts";
import { SystemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler } from "../../../runtime/rpc/link-handler.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  BoundUser,
  ClaimUser,
  EvictUser,
  LinkHello,
  LinkWelcome,
  MovedUser,
  MovingSession,
  ReleaseUser,
  TellUsers,
  UserClaimed,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { binding, connected, login, userOf } from "./owners.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const names = ["gate-1", "gate-2"];
const deaf: LinkHandler = {
  onAsk: () => {},
  onNotice: () => {},
  onRelay: () => {},
  onPush: () => {},
  onMapForm: () => {},
  onClose: () => {},
};

/** A gate whose list names gate-2, which is away. */
async function open(options: Partial<GateOptions> = {}) {
  const gate = await world.gate({ limits: { gateLostMs: 200 }, ...options });
  const { handlers, failed } = binding();
  const sticky = (_: Uint8Array, ctx: CommandContext) => {
    return text(String((ctx.session as unknown as { number: number }).number));
  };
  await world.node("probe-1", { ...handlers, sticky });
  gate.setPeers([{ name: "gate-2", host: "127.0.0.1", port: 1 }]);
  return { gate, failed };
}

/** A link of somebody who says to be a gate. */
async function impostor(gate: Gate, name = "gate-2"): Promise<Link> {
  const { host, port } = gate.linkAddress!;
  const clock = new SystemClock();
  const deadlines = new Deadlines(clock);
  world.atEnd(() => deadlines.clear());
  const transport = await dialTcp(host, port);
  const link = new Link(transport, {
    clock,
    deadlines,
    log: silentLogger,
    name,
    handler: deaf,
    initiator: true,
  });
  world.atEnd(() => link.destroy());
  const hello = LinkHello.create({ name, bootId: "x", gates: names, version: linkVersion });
  await link.call(admin.hello, LinkHello, hello, LinkWelcome);
  return link;
}

function tell(link: Link, users: readonly BoundUser[], last = true, seen = 0): Promise<unknown> {
  return link.call(admin.tellUsers, TellUsers, TellUsers.create({ users: [...users], last, seen }), raw);
}

function bound(userId: bigint, session: number, generation = 5): BoundUser {
  return BoundUser.create({ userId, session, generation });
}

/** Expects that a user of this gate can log in, at least once the impostor's sessions count as ended. */
async function expectLogin(gate: Gate, userId: bigint): Promise<void> {
  const client = await connected(world, gate);
  await eventuallyIn(client, userId);
  expect(await client.ask(commands.echo.id, "on")).toBe("on");
}

async function eventuallyIn(client: Awaited<ReturnType<typeof connected>>, userId: bigint): Promise<void> {
  while ((await login(client, userId)) !== "in") await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a peer that says it is a gate", () => {
  test("and is not in the list owns nothing, binds nothing and is not remembered", async () => {
    const { gate, failed } = await open({ logins: { beyond: "refuse" } });
    const userId = userOf("gate-1", names);
    for (let n = 0; n < 50; n++) {
      const link = await impostor(gate, `gate-${n + 100}`);
      await tell(link, [bound(userId, 1)]);
      const claim = link.call(admin.claimUser, ClaimUser, { userId, session: 1 }, UserClaimed);
      await expect(claim).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/knows the gates gate-1/),
      });
      const moving = MovingSession.create({ session: 1, id: "x", userId, generation: 1 });
      const question = { sessions: [moving], nodes: [] };
      const adopted = link.call(admin.adoptSessions, AdoptSessions, question, AdoptedSessions);
      await expect(adopted).rejects.toMatchObject({ code: "UNAVAILABLE" });
      link.destroy();
    }
    await expectLogin(gate, userId);
    expect(failed.filter(({ code }) => code === "ALREADY_EXISTS")).toEqual([]);
  });

  test("gets an error for rubbish, and the gate goes on", async () => {
    const { gate } = await open();
    let link = await impostor(gate);
    const rubbish = [0, 1, 2, 17, 300].map((size) =>
      Uint8Array.from({ length: size }, (_, at) => (at * 151 + size) & 0xff),
    );
    for (const method of Object.values(admin)) {
      for (const body of rubbish) {
        if (!link.alive) link = await impostor(gate);
        await link.call(method, raw, body, raw, { timeoutMs: 500 }).catch(() => {});
        if (link.alive) link.notice(method, raw, body, undefined);
      }
    }
    await expectLogin(gate, userOf("gate-1", names));
  });

  test("lists users of another owner, generations without end and lists without end: none is kept", async () => {
    const { gate, failed } = await open({ logins: { beyond: "refuse" } });
    const userId = userOf("gate-1", names);
    const link = await impostor(gate);
    const foreign = Array.from({ length: 2_000 }, (_, at) => bound(userOf("gate-2", names, BigInt(at)), at));
    for (let part = 0; part < 20; part++) await tell(link, foreign, false);
    for (const generation of [2 ** 52, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER]) {
      await tell(link, [bound(userOf("gate-1", names, userId + 1n), 1, generation)]);
      await tell(link, [], true, generation);
    }
    await expectLogin(gate, userId);
    expect(failed.filter(({ code }) => code === "ALREADY_EXISTS")).toEqual([]);
  });

  test("claims users for sessions that do not exist: they are its own until its link ends", async () => {
    const { gate, failed } = await open({ logins: { beyond: "refuse" } });
    const userId = userOf("gate-1", names);
    const link = await impostor(gate);
    await tell(link, []);
    const claim = (session: number) =>
      link.call(admin.claimUser, ClaimUser, { userId, session }, UserClaimed).then(
        ({ generation }) => generation,
        (error: { code: string }) => error.code,
      );
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, at) => claim(at)));
    expect(outcomes.filter((outcome) => typeof outcome === "number")).toHaveLength(1);
    expect(new Set(outcomes.slice(16))).toEqual(new Set(["RESOURCE_EXHAUSTED"]));
    const client = await connected(world, gate);
    expect(await login(client, userId)).toBe("error");
    expect(failed.pop()?.code).toBe("ALREADY_EXISTS");
    await login(client, userOf("gate-1", names, userId + 1n));
    link.destroy();
    await eventuallyIn(client, userId);
  });

  test("ends and releases no session whose generation it does not know", async () => {
    const { gate } = await open();
    const userId = userOf("gate-1", names);
    const client = await connected(world, gate);
    await eventuallyIn(client, userId);
    const link = await impostor(gate);
    for (let session = 0; session < 100; session++) {
      const order = { userId, session, generation: 1 };
      await link.call(admin.evictUser, EvictUser, order, raw);
      link.notice(admin.releaseUser, ReleaseUser, { ...order, generation: 0 }, undefined);
    }
    const number = Number(await client.ask(commands.sticky.id));
    for (const generation of [0, 1]) {
      const move = { userId, generation, fromGate: "gate-1", fromSession: number, session: 1 };
      link.notice(admin.movedUser, MovedUser, move, undefined);
    }
    expect(await client.ask(commands.echo.id, "on")).toBe("on");
    const newer = await connected(world, gate);
    await eventuallyIn(newer, userId);
    await client.line.closed;
  });

  test("leaves nothing behind in a gate that closes", async () => {
    const { gate } = await open();
    const link = await impostor(gate);
    const silent = link.call(admin.claimUser, ClaimUser, { userId: 1n, session: 1 }, UserClaimed);
    silent.catch(() => {});
    await gate.close({ graceMs: 50 });
    await expect(silent).rejects.toMatchObject({ code: expect.any(String) });
    await eventually(() => !link.alive);
    expect(gate.status()).toMatchObject({ sessions: 0, users: 0 });
  });
});
