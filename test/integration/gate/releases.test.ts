import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";
import { expect, test } from "vitest";
import { type ConnectOptions, connect, type StateEvent } from "../../../clients/typescript/src/node/index.ts";
import { PlatformClock, type Timer } from "../../../runtime/clock/clock.ts";
import type { Authenticator } from "../../../runtime/gate/auth/authenticator.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { fail, type PhotinusError } from "../../../schema/errors.ts";
import { frame, framesIn, sendAndEnd } from "./raw-bytes.ts";
import { text } from "./raw-client.ts";
import { commands, protocol } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const echo = { ...commands.echo, request: raw, reply: raw };
const change = "the reply of probe.Probe.Echo has another type";
const upgradeUrl = "https://play.example/update";

/** A schema of release 5, after a change that clients of release 2 do not understand. */
const released = {
  ...protocol,
  release: 5,
  releases: [
    { number: 2, fingerprint: "f2", breaks: change },
    { number: 3, fingerprint: "f3" },
    { number: 4, fingerprint: "f4" },
    { number: 5, fingerprint: protocol.fingerprint },
  ],
};

const of = {
  2: { release: 2, schema: "f2" },
  3: { release: 3, schema: "f3" },
  4: { release: 4, schema: "f4" },
  5: { release: 5, schema: protocol.fingerprint },
  6: { release: 6, schema: "f6" },
} as const satisfies Record<number, ConnectOptions>;

const schemes = ["tcp", "ws"];

async function open(clients: GateOptions["clients"] = {}, more: Partial<GateOptions> = {}): Promise<Gate> {
  const gate = await world.gate({ protocol: released, clients: { upgradeUrl, ...clients }, ...more });
  await world.node("probe-1", { echo: (body) => body });
  return gate;
}

function addressOf(gate: Gate, scheme = "tcp"): string {
  const { host, port } = gate.clientAddress!;
  return `${scheme}://${host}:${port}`;
}

async function join(gate: Gate, options: ConnectOptions, scheme?: string) {
  const connection = await connect(addressOf(gate, scheme), options);
  world.atEnd(() => connection.close());
  return connection;
}

/** Clock of a client that waits a twentieth of its times. */
class HurriedClock extends PlatformClock {
  override after(ms: number, run: () => void): Timer {
    return super.after(ms / 20, run);
  }
}

/** A port before a gate's, whose connections can be cut as by a lost network. */
async function cuttable(gateNow: () => Gate): Promise<{ port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const { host, port } = gateNow().clientAddress!;
    const onwards = dial(port, host);
    for (const [one, other] of [
      [socket, onwards],
      [onwards, socket],
    ] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => other.destroy());
      one.pipe(other);
    }
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  world.atEnd(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, cut };
}

test.each(schemes)(
  "over %s, clients of all releases that understand the schema talk at once",
  async (scheme) => {
    const gate = await open();
    for (const release of [3, 4, 5] as const) {
      const connection = await join(gate, of[release], scheme);
      expect(await connection.request(echo, text("hi"))).toEqual(text("hi"));
    }
    // Such clients are not worth a warning.
    expect(gate.counters.get("client.schema.other")).toBe(0);
  },
);

test.each(schemes)(
  "over %s, a client that is too old is refused with the change in words",
  async (scheme) => {
    const gate = await open();
    await expect(join(gate, of[2], scheme)).rejects.toMatchObject({
      code: "UPGRADE_REQUIRED",
      reason: `the client's release 2 is too old; expected release 3 or later: ${change}`,
      upgrade: { tooNew: false, minRelease: 3, serverRelease: 5, change, url: upgradeUrl },
    });
    expect(gate.counters.get("client.refused.too-old")).toBe(1);
  },
);

test.each(schemes)(
  "over %s, a client that is too new is asked to come again, unless newer clients are allowed",
  async (scheme) => {
    const gate = await open();
    const refused = join(gate, of[6], scheme);
    await expect(refused).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "the client's release 6 is newer than the server's release 5",
      upgrade: undefined,
    });
    const { retryAfterMs } = (await refused.catch((error: unknown) => error)) as PhotinusError;
    expect([retryAfterMs >= 2_000, retryAfterMs <= 6_000]).toEqual([true, true]);
    expect(gate.counters.get("client.refused.too-new")).toBe(1);
    const open6 = await world.gate({ protocol: released, clients: { allowNewer: true } });
    expect((await join(open6, of[6], scheme)).state).toBe("open");
  },
);

test("a session that comes to a gate older than its client waits for a newer gate, and its requests with it", async () => {
  const older = await world.gate({ protocol: released });
  const newer = await open({ allowNewer: true });
  await eventually(() => newer.status().gates.every(({ linked }) => linked));
  let gate = newer;
  const { port, cut } = await cuttable(() => gate);
  const seen: StateEvent[] = [];
  const connection = await connect(`tcp://127.0.0.1:${port}`, {
    ...of[6],
    clock: new HurriedClock(),
    connectTimeoutMs: 600_000,
    onState: (event) => seen.push(event),
  });
  world.atEnd(() => connection.close());
  gate = older;
  cut();
  await eventually(() => connection.state === "reconnecting");
  const answer = connection.request(echo, text("hi"), { timeoutMs: 600_000 });
  await eventually(() => (older.counters.get("client.refused.too-new") ?? 0) > 0);
  gate = newer;
  expect(await answer).toEqual(text("hi"));
  expect(seen.at(-1)).toMatchObject({ state: "open", resumed: true });
  expect(seen.map(({ cause }) => cause)).toContain("kick");
});

test("a former client, which sends its fingerprint alone, is judged by that", async () => {
  const gate = await open();
  await expect(join(gate, { schema: "f2" })).rejects.toMatchObject({ code: "UPGRADE_REQUIRED" });
  expect((await join(gate, { schema: "f3" })).state).toBe("open");
});

test("the welcome has the release of the gate, and the least one that it serves", async () => {
  const gate = await open();
  const first = await (await world.silent(gate)).open(of[5]);
  expect(first.welcome).toMatchObject({ release: 5, minRelease: 3 });
  gate.setMinRelease(4);
  const second = await (await world.silent(gate)).open(of[5]);
  expect(second.welcome).toMatchObject({ release: 5, minRelease: 4 });
  expect(gate.status()).toMatchObject({ release: 5, minRelease: 4 });
});

test("a refused client gets one kick in place of the welcome, which former clients understand", async () => {
  const gate = await open();
  const client = await (await world.silent(gate)).open(of[2]);
  await client.closed;
  expect(client.welcome).toBeUndefined();
  expect(client.kicked).toMatchObject({ code: 17, reconnect: false, retryAfterMs: 0, minRelease: 3 });
  await eventually(() => gate.status().connections === 0);
  expect(gate.status().sessions).toBe(0);
});

test("the release is judged before the ticket, which an old client may not even have", async () => {
  let judged = 0;
  const authenticator: Authenticator = {
    judge: async () => {
      judged++;
      throw fail("UNAUTHENTICATED", "an unknown ticket");
    },
  };
  const gate = await open({}, { auth: { authenticator } });
  await expect(join(gate, of[2])).rejects.toMatchObject({ code: "UPGRADE_REQUIRED" });
  await expect(join(gate, { ...of[2], ticket: "7" })).rejects.toMatchObject({ code: "UPGRADE_REQUIRED" });
  expect(judged).toBe(0);
});

test.each(schemes)(
  "over %s, a client that comes back below a raised minimum gets one event, does not reconnect, and its calls fail",
  async (scheme) => {
    const held = latch();
    const gate = await world.gate({ protocol: released, clients: { upgradeUrl } });
    await world.node("probe-1", { echo: (body) => held.passed.then(() => body) });
    const states: StateEvent[] = [];
    const { port, cut } = await cuttable(() => gate);
    const connection = await connect(`${scheme}://127.0.0.1:${port}`, {
      ...of[3],
      onState: (event) => states.push(event),
    });
    world.atEnd(() => connection.close());
    const pending = connection.request(echo, text("hi"));
    await eventually(() => gate.status().inFlight === 1);
    gate.setMinRelease(4);
    // A connected client stays.
    expect([connection.state, gate.status().sessions]).toEqual(["open", 1]);
    const upgrade = { tooNew: false, minRelease: 4, serverRelease: 5, change: "", url: upgradeUrl };
    const refused = expect(pending).rejects.toMatchObject({
      code: "UPGRADE_REQUIRED",
      outcome: "may have run",
      upgrade,
    });
    cut();
    await refused;
    held.open();
    await eventually(() => connection.state === "closed");
    expect(states.map(({ state, cause }) => [state, cause])).toEqual([
      ["reconnecting", "lost"],
      ["closed", "upgrade"],
    ]);
    expect(states[1]).toMatchObject({ code: "UPGRADE_REQUIRED", retryInMs: 0, attempt: 0, upgrade });
    await expect(connection.request(echo, text("later"))).rejects.toMatchObject({
      code: "UPGRADE_REQUIRED",
      outcome: "not sent",
      upgrade,
    });
    expect(gate.counters.get("client.refused.too-old")).toBe(1);
    expect(gate.counters.get("session.resumed")).toBe(0);
  },
);

test("a raised minimum refuses newcomers at once, and a lowered one lets a waiting session resume", async () => {
  const gate = await open();
  const client = await (await world.silent(gate)).open({ ...of[3], canResume: true });
  const { resumeToken } = client.welcome!;
  gate.setMinRelease(4);
  await expect(join(gate, of[3])).rejects.toMatchObject({ code: "UPGRADE_REQUIRED" });
  client.transport.destroy();
  await eventually(() => gate.status().suspended === 1);
  const refused = await (await world.silent(gate)).open({ ...of[3], canResume: true, resumeToken });
  expect(refused.kicked).toMatchObject({ code: 17, minRelease: 4 });
  expect(gate.status().suspended).toBe(1);
  gate.setMinRelease(0);
  const back = await (await world.silent(gate)).open({ ...of[3], canResume: true, resumeToken });
  expect(back.welcome).toMatchObject({ resumed: true });
});

test("a session is refused at another gate, too, where the minimum of that gate says so", async () => {
  const first = await open();
  const second = await world.gate({ protocol: released, clients: { minRelease: 4 } });
  await eventually(() => second.status().gates.some(({ linked }) => linked));
  const client = await (await world.silent(first)).open({ ...of[3], canResume: true });
  const { resumeToken } = client.welcome!;
  const refused = await (await world.silent(second)).open({ ...of[3], canResume: true, resumeToken });
  expect(refused.kicked).toMatchObject({ code: 17, minRelease: 4 });
  expect(first.status().sessions).toBe(1);
});

test("classic connections have no release, and are not refused", async () => {
  const gate = await open({ minRelease: 5 });
  const answers = framesIn(await sendAndEnd(gate.clientAddress!.port, frame(0, commands.echo.id, "hi")), 0);
  expect(answers.map(({ payload }) => payload.toString())).toEqual(["hi"]);
});

test("a flood of refused clients is counted whole, and logged now and then", async () => {
  const lines: object[] = [];
  const note = (details: object) => lines.push(details);
  const log = { debug() {}, info() {}, warn: note, error: note, child: () => log };
  const gate = await open({}, { log });
  for (let n = 0; n < 40; n++) await (await world.silent(gate)).open(of[2]);
  expect(gate.counters.get("client.refused.too-old")).toBe(40);
  const refusals = lines.filter((line) => "what" in line && line.what === "client.refused.too-old");
  expect(refusals.length).toBeGreaterThan(0);
  expect(refusals.length).toBeLessThan(8);
  expect(refusals[0]).toMatchObject({ release: 2, schema: "f2" });
});

test("setMinRelease takes whole numbers only", async () => {
  const gate = await open();
  for (const wrong of [-1, 1.5, 2 ** 32, Number.NaN])
    expect(() => gate.setMinRelease(wrong)).toThrowError(/INVALID_ARGUMENT.*minRelease/);
});
