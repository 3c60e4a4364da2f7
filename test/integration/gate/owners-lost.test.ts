import { describe, expect, test } from "vitest";
import { SystemClock, type Timer } from "../../../runtime/clock/clock.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { binding, connected, linked, login, userOf } from "./owners.ts";
import type { ResumingClient } from "./resuming-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

async function open(count: number, options: Partial<GateOptions> = {}) {
  const gates: Gate[] = [];
  for (let n = 0; n < count; n++) gates.push(await world.gate(options));
  const names = gates.map(({ name }) => name);
  const { handlers, failed } = binding();
  await world.node("probe-1", handlers);
  await linked(...gates);
  return { gates, names, failed };
}

/** Ends a gate as a killed process does. Returns its address for links. */
async function kill(gate: Gate) {
  const links = gate.linkAddress!;
  gate.destroy("killed");
  await gate.close();
  return { links };
}

async function loggedIn(gate: Gate, userId: bigint): Promise<ResumingClient> {
  const client = await connected(world, gate);
  expect(await login(client, userId)).toBe("in");
  return client;
}

/** Tries the login until it succeeds. */
async function eventuallyIn(client: ResumingClient, userId: bigint): Promise<void> {
  while ((await login(client, userId)) !== "in") await new Promise((resolve) => setTimeout(resolve, 20));
}

async function eventuallyOut(client: ResumingClient, userId: bigint): Promise<void> {
  while ((await login(client, userId)) === "in") await new Promise((resolve) => setTimeout(resolve, 20));
}

function unlinked(gate: Gate, name: string): Promise<void> {
  return eventually(() => gate.status().gates.some((other) => other.name === name && !other.linked));
}

describe("a user whose owner cannot be reached", () => {
  test("cannot log in within the deadline of the bind; users of other owners can", async () => {
    const { gates, names, failed } = await open(2);
    const [one, two] = gates as [Gate, Gate];
    await kill(two);
    await unlinked(one, "gate-2");
    const client = await connected(world, one);
    const late = login(client, userOf("gate-2", names));
    await loggedIn(one, userOf("gate-1", names));
    expect(await late).toBe("error");
    expect(failed).toMatchObject([{ code: "UNAVAILABLE", message: /"gate-2"/ }]);
    expect(failed[0]!.retryAfterMs).toBeGreaterThan(0);
  });

  test("is logged in when the owner is back in time", async () => {
    const { gates, names } = await open(2);
    const [one, two] = gates as [Gate, Gate];
    const at = await kill(two);
    await unlinked(one, "gate-2");
    const client = await connected(world, one);
    const waiting = login(client, userOf("gate-2", names));
    await eventually(() => one.status().inFlight === 1);
    await world.reopen(two, at);
    expect(await waiting).toBe("in");
  });

  test("is logged in once, when a session elsewhere was bound before the owner restarted", async () => {
    const { gates, names } = await open(3);
    const [one, two, three] = gates as [Gate, Gate, Gate];
    const userId = userOf("gate-1", names);
    const older = await loggedIn(two, userId);
    const at = await kill(one);
    await world.reopen(one, at);
    const newer = await connected(world, three);
    await eventuallyIn(newer, userId);
    await older.line.closed;
    expect(older.line.kicked).toMatchObject({ reconnect: false });
    expect(await newer.ask(commands.echo.id, "on")).toBe("on");
    const newest = await loggedIn(two, userId);
    await newer.line.closed;
    expect(await newest.ask(commands.echo.id, "on")).toBe("on");
  });
});

describe("users of a lost gate", () => {
  const policies = [{ beyond: "refuse" }, { beyond: "replace" }] as const;

  test.each(policies)("can log in once it is back without their sessions, %o", async (logins) => {
    const { gates, names } = await open(2, { logins });
    const [one, two] = gates as [Gate, Gate];
    const users = [userOf("gate-1", names), userOf("gate-2", names)] as const;
    for (const userId of users) await loggedIn(two, userId);
    const at = await kill(two);
    const again = await world.reopen(two, { ...at, logins });
    await linked(one, again);
    for (const userId of users) await eventuallyIn(await connected(world, one), userId);
    expect(one.status().users).toBe(2);
  });

  test("can log in after gateLostMs when it stays away", async () => {
    const logins = { beyond: "refuse" } as const;
    const { gates, names, failed } = await open(2, { logins, limits: { gateLostMs: 500 } });
    const [one, two] = gates as [Gate, Gate];
    const userId = userOf("gate-1", names);
    await loggedIn(two, userId);
    await kill(two);
    await unlinked(one, "gate-2");
    const client = await connected(world, one);
    expect(await login(client, userId)).toBe("error");
    expect(failed.map(({ code }) => code)).toEqual(["ALREADY_EXISTS"]);
    await eventuallyIn(client, userId);
  });
});

describe("the list of gates", () => {
  test("of two gates differs: users with two owners fail with both lists, other users log in", async () => {
    const { gates, failed } = await open(2, { limits: { gateLostMs: 100 } });
    const [one, two] = gates as [Gate, Gate];
    const two3 = ["gate-1", "gate-2", "gate-3"];
    two.setPeers([
      { name: "gate-1", ...one.linkAddress! },
      { name: "gate-3", host: "127.0.0.1", port: 1 },
    ]);
    await linked(one);
    await eventually(() => two.status().gates[0]!.linked);
    const moved = userOf("gate-3", two3);
    for (const gate of [one, two]) {
      const client = await connected(world, gate);
      // The first gate learns of the other list with its next link.
      await eventuallyOut(client, moved);
      expect(failed.pop()).toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(
          /gate-1, gate-2[^,].*gate-1, gate-2, gate-3|gate-3.*knows gate-1, gate-2/,
        ),
      });
      for (const owner of ["gate-1", "gate-2"]) await eventuallyIn(client, userOf(owner, two3));
    }
  });

  test("gets shorter: the new owner knows the sessions of its own gate and of others", async () => {
    const { gates, names } = await open(3);
    const [one, two, three] = gates as [Gate, Gate, Gate];
    const users: bigint[] = [];
    for (let userId = 1n; users.length < 8; userId++) {
      userId = userOf("gate-3", names, userId);
      users.push(userId);
    }
    const older = await Promise.all(users.map((userId, at) => loggedIn(at % 2 === 0 ? one : two, userId)));
    const left = [one, two].map(({ name, linkAddress }) => ({ name, ...linkAddress! }));
    for (const gate of [one, two]) gate.setPeers(left);
    await kill(three);
    await linked(one, two);
    await Promise.all(users.map(async (userId) => eventuallyIn(await connected(world, one), userId)));
    await Promise.all(older.map(({ line }) => line.closed));
    expect(one.status().users).toBe(8);
    expect(two.status().users).toBe(0);
  });

  test("has a wrong address of a gate: a session there ends once the owner can reach the gate", async () => {
    const { gates, names } = await open(2);
    const [one, two] = gates as [Gate, Gate];
    const userId = userOf("gate-2", names);
    const older = await loggedIn(one, userId);
    two.setPeers([{ name: "gate-1", host: "127.0.0.1", port: 1 }]);
    const newer = await loggedIn(two, userId);
    expect(await older.ask(commands.echo.id, "still here")).toBe("still here");
    two.setPeers([{ name: "gate-1", ...one.linkAddress! }]);
    await older.line.closed;
    expect(await newer.ask(commands.echo.id, "on")).toBe("on");
  });
});

test("a gate that closes while others are lost, awaited and asked leaves no timer", async () => {
  const clock = new CountingClock();
  const one = await world.gate({ clock });
  const two = await world.gate();
  const { handlers } = binding();
  await world.node("probe-1", handlers);
  await linked(one, two);
  const names = ["gate-1", "gate-2"];
  await loggedIn(one, userOf("gate-2", names));
  await kill(two);
  await unlinked(one, "gate-2");
  one.setPeers([
    { name: "gate-2", host: "127.0.0.1", port: 1 },
    { name: "gate-3", host: "127.0.0.1", port: 1 },
  ]);
  void login(await connected(world, one), userOf("gate-1", ["gate-1", "gate-2", "gate-3"]));
  await eventually(() => one.status().inFlight === 1);
  expect(clock.running).toBeGreaterThan(0);
  await one.close({ graceMs: 100 });
  await eventually(() => clock.running === 0);
});

/** A clock that counts its running timers. */
class CountingClock extends SystemClock {
  running = 0;

  override after(ms: number, fn: () => void): Timer {
    const timer = this.#started(
      super.after(ms, () => {
        timer.cancel();
        fn();
      }),
    );
    return timer;
  }

  override every(ms: number, fn: () => void): Timer {
    return this.#started(super.every(ms, fn));
  }

  #started(timer: Timer): Timer {
    let isRunning = true;
    this.running++;
    return {
      cancel: () => {
        timer.cancel();
        if (isRunning) this.running--;
        isRunning = false;
      },
    };
  }
}
