import { expect, test } from "vitest";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { mapPeer } from "./map-peer.ts";
import { runPython } from "./python.ts";
import { type RawClient, text } from "./raw-client.ts";
import { commands, protocol, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

const role = "pythons";
const turn = { ...commands.turn, id: 51, role };
const hashed = { ...commands.hashed, id: 52, role, lane: "*" };
const sticky = { ...commands.sticky, id: 53, role };
const forPeers = { ...protocol, commands: [...protocol.commands, turn, hashed, sticky] };

const bytes = (...values: number[]) => new Uint8Array(values);

/** A gate, clients, and a peer of the map form that serves `sticky` by its session's id. */
async function openGateWithPeer(clientCount: number) {
  const gate = await world.gate({ protocol: forPeers });
  const peer = await mapPeer(world, gate, (_command, session) => String(session));
  await peer.takeProxy("python-1", { role });
  const clients: RawClient[] = [];
  for (let n = 0; n < clientCount; n++) clients.push(await world.client());
  const sessions = await Promise.all(clients.map(async (client) => Number(await client.ask(sticky.id))));
  return { gate, peer, clients, sessions };
}

/** Which clients have a push with this body; after a round trip of each, so that nothing is under way. */
async function who(clients: readonly RawClient[], body: number): Promise<number[]> {
  await Promise.all(clients.map((client) => client.ask(sticky.id)));
  return clients.flatMap(({ pushes }, n) => (pushes.some((push) => push.body[0] === body) ? [n] : []));
}

test("a peer of the map form pushes to all six kinds of target, and hears how many sessions of the gate it was for", async () => {
  const { peer, clients, sessions } = await openGateWithPeer(4);
  const [first, second] = sessions;
  expect(await peer.callTarget("bind", second, 77)).toBeGreaterThan(0);
  for (const session of sessions.slice(0, 3))
    expect(await peer.callTarget("join", session, "meadow:1")).toBe(true);
  const push = (kind: number, target: unknown, body: unknown) =>
    peer.callTarget("push", 501, kind, target, body);
  expect(await push(0, first, bytes(10))).toBe(1);
  expect(await push(1, [first, sessions[3]], bytes(11))).toBe(2);
  expect(await push(2, 77, bytes(12))).toBe(1);
  expect(await push(2, 77n, bytes(12))).toBe(1);
  expect(await push(3, "meadow:1", bytes(13))).toBe(3);
  expect(await push(4, null, bytes(14))).toBe(4);
  expect(await push(5, ["meadow:1", first], bytes(15))).toBe(2);
  // No session, user or group has these names.
  expect(await push(0, 1, bytes(16))).toBe(0);
  expect(await push(2, 2n ** 64n - 1n, bytes(16))).toBe(0);
  expect(await push(3, "meadow:2", bytes(16))).toBe(0);
  // Text is taken as its UTF-8, and nobody has to wait for how many it was.
  expect(await push(0, first, "\u0011")).toBe(1);
  expect(peer.noticeTarget("push", 501, 0, first, bytes(18))).toBe(true);
  expect(await who(clients, 10)).toEqual([0]);
  expect(await who(clients, 11)).toEqual([0, 3]);
  expect(await who(clients, 12)).toEqual([1]);
  expect(await who(clients, 13)).toEqual([0, 1, 2]);
  expect(await who(clients, 14)).toEqual([0, 1, 2, 3]);
  expect(await who(clients, 15)).toEqual([1, 2]);
  expect(await who(clients, 16)).toEqual([]);
  expect(await who(clients, 17)).toEqual([0]);
  expect(await who(clients, 18)).toEqual([0]);
});

test("a peer of the map form changes several groups of a session in one step", async () => {
  const { gate, peer, sessions } = await openGateWithPeer(1);
  const [session] = sessions;
  const counts = () =>
    Promise.all(["a", "b", "c"].map((name) => peer.callTarget("push", 501, 3, name, bytes(1))));
  expect(await peer.callTarget("regroup", session, ["a", "b"], [])).toBe(true);
  expect(await peer.callTarget("regroup", session, ["c"], ["a", "x"], true)).toBe(true);
  expect(await counts()).toEqual([0, 1, 1]);
  expect(await peer.callTarget("regroup", session, ["a", "b"], ["b", "c"])).toBe(false);
  expect(await peer.callTarget("regroup", 999_999, ["a"], [])).toBe(false);
  expect(await counts()).toEqual([0, 1, 1]);
  expect(gate.counters.get("groups.refused")).toBe(1);
});

test("a push that no client gets is an error for the peer of the map form", async () => {
  const gate = await world.gate({ limits: { maxServerFrameBytes: 4_096 } });
  const peer = await mapPeer(world, gate);
  await peer.takeProxy("probe-9", { role: "probes" });
  await world.client();
  const refused = (code: string, reason: string) => ({ code, reason: expect.stringContaining(reason) });
  await expect(
    peer.callTarget("push", pushes.latest.id, 4, null, new Uint8Array(8_000)),
  ).rejects.toMatchObject(
    refused(
      "RESOURCE_EXHAUSTED",
      `the push ${pushes.latest.name} has 8000 bytes; clients accept at most 4087`,
    ),
  );
  for (const id of [0, commands.echo.id]) {
    await expect(peer.callTarget("push", id, 4, null, bytes(1))).rejects.toMatchObject(
      refused("INVALID_ARGUMENT", "expected the id of a push"),
    );
  }
  expect(gate.counters.get("push.too-large")).toBe(1);
  expect(gate.counters.get("push.refused.command")).toBe(2);
});

test("pushes of a peer of the map form are held back and dropped by their delivery class", async () => {
  const gate = await world.gate({
    protocol: forPeers,
    limits: { softBufferBytes: 4_096, hardBufferBytes: 262_144 },
  });
  const peer = await mapPeer(world, gate, (_command, session) => String(session));
  await peer.takeProxy("python-1", { role });
  const client = await world.client();
  const session = Number(await client.ask(sticky.id));
  client.transport.pause();
  const filler = new Uint8Array(16_384);
  while (gate.counters.get("push.dropped") === 0) {
    await peer.callTarget("push", pushes.droppable.id, 0, session, filler);
  }
  for (let n = 0; n < 20; n++) await peer.callTarget("push", pushes.latest.id, 0, session, bytes(1, n));
  expect(gate.counters.get("push.latest.waiting")).toBe(20);
  client.transport.resume();
  await client.until(() => client.pushes.some(({ id }) => id === pushes.latest.id));
  expect(client.pushes.filter(({ id }) => id === pushes.latest.id).map(({ body }) => [...body])).toEqual([
    [1, 19],
  ]);
});

test("what a peer of the map form gets wrong is refused by INVALID_ARGUMENT, which shows the call's shape", async () => {
  const { peer, sessions } = await openGateWithPeer(1);
  const [session] = sessions;
  const wrong: [string, unknown[]][] = [
    ["push(push, targetKind, target, body): push must be an integer", ["push", "501", 0, session, bytes(1)]],
    [
      "push must be an integer from 0 to 4294967039, not 4294967041",
      ["push", 0xffffff01, 0, session, bytes(1)],
    ],
    ["targetKind must be an integer from 0 to 5, not 6", ["push", 501, 6, session, bytes(1)]],
    ["targetKind must be an integer from 0 to 5, not a map", ["push", 501, { session }, bytes(1)]],
    ["session must be an integer from 0 to 4294967295, not text", ["push", 501, 0, "1", bytes(1)]],
    ["session must be an integer from 0 to 4294967295, not -1", ["push", 501, 0, -1, bytes(1)]],
    ["target must be an array of session ids, not 1", ["push", 501, 1, 1, bytes(1)]],
    ["session must be an integer from 0 to 4294967295, not nil", ["push", 501, 1, [null], bytes(1)]],
    ["user must be an integer from 1 to 2^64 - 1, not 0", ["push", 501, 2, 0, bytes(1)]],
    ["user must be an integer from 1 to 2^64 - 1, not 1.5", ["push", 501, 2, 1.5, bytes(1)]],
    ["target must be text, not bytes", ["push", 501, 3, bytes(1), bytes(1)]],
    ["target must be nil, for everyone, not text", ["push", 501, 4, "all", bytes(1)]],
    ["target must be [group, session], not text", ["push", 501, 5, "meadow:1", bytes(1)]],
    ["body must be bytes, text or nil, not a map", ["push", 501, 0, session, {}]],
    ["join(session, group, untilLost?): group must be text, not nil", ["join", session]],
    [
      "regroup(session, add, remove, untilLost?): add must be an array of texts, not text",
      ["regroup", session, "a", []],
    ],
    ["remove must be text, not 1", ["regroup", session, [], ["a", 1]]],
    ["untilLost must be true or false, not 1", ["regroup", session, [], [], 1]],
    ["bind(session, user, auth?): user must be", ["bind", session, 0]],
    ["auth must be an integer from 0 to 2, not 3", ["bind", session, 1, 3]],
    ["kick(session, reason, code?, reconnect?): reason must be text", ["kick", session, 7]],
    ["reconnect must be true or false, not 1", ["kick", session, "go", 7, 1]],
    ["callTarget(command, ...args): command must be text, not 7", [7]],
    ["probe.Desk.Double(body): body must be bytes, text or nil", ["probe.Desk.Double", 7]],
  ];
  for (const [reason, args] of wrong) {
    const refusal = { code: "INVALID_ARGUMENT", reason: expect.stringContaining(reason) };
    await expect(peer.callTarget(...args), JSON.stringify(args)).rejects.toMatchObject(refusal);
  }
});

test("a peer of the map form binds, looks up, groups, assigns and kicks sessions", async () => {
  const { gate, peer, clients, sessions } = await openGateWithPeer(3);
  const [first, second, third] = sessions;
  const other = await mapPeer(world, gate, () => "the other");
  await other.takeProxy("python-2", { role });
  expect(await peer.callTarget("session", first)).toMatchObject({ user: 0, auth: 0 });
  const generation = Number(await peer.callTarget("bind", first, 2n ** 63n, 2));
  expect(await peer.callTarget("session", first)).toMatchObject({ user: 2n ** 63n, auth: 2 });
  // The user logs in again: the newer bind wins, and the former session is kicked.
  expect(Number(await peer.callTarget("bind", second, 2n ** 63n))).toBeGreaterThan(generation);
  await clients[0]!.closed;
  expect(clients[0]!.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS });
  expect(await peer.callTarget("join", first, "g")).toBe(false);
  await expect(peer.callTarget("bind", first, 5)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(peer.callTarget("session", first)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await peer.callTarget("join", third, "g")).toBe(true);
  expect(await peer.callTarget("push", 501, 3, "g", bytes(1))).toBe(1);
  expect(await peer.callTarget("leave", third, "g")).toBe(true);
  expect(await peer.callTarget("push", 501, 3, "g", bytes(1))).toBe(0);
  expect(await peer.callTarget("assign", third, role, "python-2")).toBe(true);
  expect(await peer.callTarget("assign", third, role, "python-3")).toBe(false);
  expect(await clients[2]!.ask(sticky.id)).toBe("the other");
  expect(await peer.callTarget("kick", third, "enough", errorCodes.ABORTED, true)).toBe(true);
  await clients[2]!.closed;
  expect(clients[2]!.kicked).toMatchObject({ code: errorCodes.ABORTED, reason: "enough", reconnect: true });
  expect(second).not.toBe(third);
});

test("a kick by a peer of the map form that gives no code, or 0, is PERMISSION_DENIED", async () => {
  const { peer, clients, sessions } = await openGateWithPeer(2);
  expect(await peer.callTarget("kick", sessions[0], "out")).toBe(true);
  expect(await peer.callTarget("kick", sessions[1], "out", 0)).toBe(true);
  for (const client of clients) {
    await client.closed;
    expect(client.kicked).toMatchObject({ code: errorCodes.PERMISSION_DENIED, reason: "out" });
  }
});

test("a result of a peer that is neither bytes, text nor nil is INTERNAL to the client; a long error is cut", async () => {
  const gate = await world.gate({ protocol: forPeers });
  const results: unknown[] = [bytes(104, 105), "hi", null, undefined, 7, true, ["hi"], { hi: 1 }, 1.5];
  const peer = await mapPeer(world, gate, () => {
    if (results.length > 0) return results.shift();
    throw fail("NOT_FOUND", "x".repeat(100_000));
  });
  await peer.takeProxy("python-1", { role });
  const client = await world.client();
  const got: string[] = [];
  for (let n = 0; n < 9; n++) got.push(await client.ask(turn.id));
  const internal = `error ${errorCodes.INTERNAL}`;
  expect(got).toEqual(["hi", "hi", "", "", ...Array.from({ length: 5 }, () => internal)]);
  expect(await client.request(turn.id, bytes())).toMatchObject({
    code: errorCodes.NOT_FOUND,
    message: "x".repeat(1_024),
  });
});

test("peers of the map form share a role with each other and with nodes of Photinus: in turn, by hash, sticky", async () => {
  const { turn, hashed, sticky } = commands;
  const noLane = { ...hashed, lane: "*" };
  const shared = protocol.commands.map((command) => (command.id === hashed.id ? noLane : command));
  const gate = await world.gate({ protocol: { ...protocol, commands: shared } });
  const names = ["probe-1", "python-1", "python-2"];
  const own = () => text("probe-1");
  await world.node("probe-1", { turn: own, hashed: own, sticky: own });
  for (const name of names.slice(1)) {
    await (await mapPeer(world, gate, () => name)).takeProxy(name, { role: "probe" });
  }
  const status = () => gate.status().nodes.map((node) => [node.name, node.role, node.state]);
  expect(status()).toEqual(names.map((name) => [name, "probe", "ready"]));
  const client = await world.client();
  const inTurn = await Promise.all(names.map(() => client.ask(turn.id)));
  expect(inTurn.toSorted()).toEqual(names);
  for (let key = 0; key < 20; key++) {
    const answers = await Promise.all(names.map(() => client.ask(hashed.id, bytes(key))));
    expect(new Set(answers).size).toBe(1);
  }
  const byHash = await Promise.all(Array.from({ length: 60 }, (_, key) => client.ask(hashed.id, bytes(key))));
  expect(new Set(byHash)).toEqual(new Set(names));
  const stuck = await Promise.all(names.map(() => client.ask(sticky.id)));
  expect(new Set(stuck).size).toBe(1);
});

test("a peer of the map form that says that it is about to stop gets no new work, and finishes what it has", async () => {
  const { gate, peer } = await openGateWithPeer(1);
  const other = await mapPeer(world, gate, () => "other");
  await other.takeProxy("python-2", { role });
  await peer.callTarget("draining");
  expect(gate.status().nodes[0]).toMatchObject({ name: "python-1", state: "draining" });
  const client = await world.client();
  for (let n = 0; n < 4; n++) expect(await client.ask(turn.id)).toBe("other");
});

test("a link that does not register in time is closed and counted, whatever it says meanwhile", async () => {
  const gate = await world.gate({ limits: { handshakeMs: 1_000 } });
  const silent = await mapPeer(world, gate);
  const busy = await mapPeer(world, gate);
  const registered = await mapPeer(world, gate);
  await registered.takeProxy("python-1");
  while (busy.link.alive) {
    const answer = await busy.callTarget("ping").catch((error: unknown) => error);
    expect(["UNAUTHENTICATED", "UNAVAILABLE"]).toContain((answer as { code: string }).code);
    // Not so often that it has said too much first.
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await eventually(() => !silent.link.alive);
  expect(registered.link.alive).toBe(true);
  expect(gate.counters.get("links.closed.handshake")).toBeGreaterThan(0);
});

test("a peer that has not registered may say little, and one that has registered as much as a link takes", async () => {
  const gate = await world.gate();
  const large = new Uint8Array(20_000);
  const stranger = await mapPeer(world, gate);
  const refused = stranger.callTarget("ping", large);
  await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(gate.counters.get("links.illegal.length")).toBe(1);
  const talker = await mapPeer(world, gate);
  for (let n = 0; n < 100; n++) talker.noticeTarget("ping");
  await eventually(() => !talker.link.alive);
  expect(gate.counters.get("links.illegal.unregistered")).toBe(1);
  const peer = await mapPeer(world, gate);
  // Both in one flush: the larger one need not wait for the answer.
  const registered = peer.takeProxy("python-1");
  expect(await peer.callTarget("ping", large)).toEqual(large);
  expect(await registered).toBe("gate-1");
  await Promise.all(Array.from({ length: 100 }, () => peer.callTarget("ping")));
});

test("two Python peers share a role, group and bind sessions, and push to groups, users and sessions", async () => {
  const gate = await world.gate({ protocol: forPeers });
  const { host, port } = gate.linkAddress!;
  const names = ["python-1", "python-2"];
  const peers = names.map((name) => runPython("peer.py", [host, String(port), name, role], ["msgpack"]));
  await eventually(() => gate.status().nodes.length === 2);
  const ada = await world.client();
  const mio = await world.client();
  expect((await Promise.all(names.map(() => ada.ask(turn.id, "name")))).toSorted()).toEqual(names);
  const ask = (client: RawClient, words: string) => client.ask(sticky.id, words);
  expect(await ask(ada, "bind 18446744073709551615")).toBe("bound");
  expect(await ask(ada, "session")).toBe("18446744073709551615");
  expect(await ask(ada, "join meadow:1")).toBe("True");
  expect(await ask(mio, "join meadow:1")).toBe("True");
  const counts: string[] = [];
  for (const words of ["0", "1", "2 18446744073709551615", "3 meadow:1", "4", "5 meadow:1"]) {
    counts.push(await ask(mio, `push ${words}`));
  }
  expect(counts).toEqual(["1", "1", "1", "2", "2", "1"]);
  await ask(ada, "name");
  const got = ({ pushes }: RawClient) => pushes.map(({ body }) => new TextDecoder().decode(body));
  expect(got(mio)).toEqual(["by 0", "by 1", "by 3", "by 4"]);
  expect(got(ada)).toEqual(["by 2", "by 3", "by 4", "by 5"]);
  expect(await ask(mio, "leave meadow:1")).toBe("True");
  expect(await ask(ada, "push 3 meadow:1")).toBe("1");
  expect(await ask(ada, "push 9")).toBe(`error ${errorCodes.UNKNOWN}`);
  void ask(mio, "kick");
  await mio.closed;
  expect(mio.kicked).toMatchObject({ code: 9, reason: "as you wish", reconnect: true });
  for (const name of names) await gate.callChild(name, "go");
  expect(await Promise.all(peers)).toEqual([{ taken: "gate-1" }, { taken: "gate-1" }]);
});
