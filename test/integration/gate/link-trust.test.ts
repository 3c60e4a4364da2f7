import { connect } from "node:net";
import { expect, test } from "vitest";
import type { GateLinkTrust } from "../../../runtime/gate/peers/allowed-peers.ts";
import { unregisteredBytes } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { mapPeer } from "./map-peer.ts";
import { commands } from "./schema.ts";
import { Stranger } from "./stranger.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const former = "former-key-0123456789-abcdefghijklmnop";
const newer = "newer-key-0123456789-abcdefghijklmnop";
const linkTrust = { keys: LinkKeys.of(former) };
const echo = { echo: (body: Uint8Array) => body };

test("gates and nodes with one key link to each other and serve clients", async () => {
  await world.gate({ linkTrust });
  const second = await world.gate({ linkTrust });
  await world.node("probe-1", echo, {}, { linkTrust });
  await eventually(() => world.gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const client = await world.client(second);
  expect(await client.ask(commands.echo.id, "hello")).toBe("hello");
});

test("a node without the key, and one with another key, does not link, and its log says why", async () => {
  const gate = await world.gate({ linkTrust });
  for (const [name, trust, expected] of [
    [
      "probe-1",
      {},
      { code: errorCodes.UNAUTHENTICATED, hint: expect.stringContaining("this process has none") },
    ],
    [
      "probe-2",
      { keys: LinkKeys.of(newer) },
      { code: errorCodes.UNAUTHENTICATED, message: "no link key in common" },
    ],
  ] as const) {
    const log = new Lines();
    void world.node(name, echo, {}, { linkTrust: trust, log });
    await eventually(() => log.of("link refused by a gate").length > 0);
    expect(log.of("link refused by a gate")[0]).toMatchObject(expected);
  }
  expect(gate.status().nodes).toEqual([]);
  expect(gate.counters.get("links.refused.proof")).toBeGreaterThan(0);
});

test("a node and a gate with a key refuse a gate without one: there is no downgrade", async () => {
  const open = await world.gate();
  const log = new Lines();
  void world.node("probe-1", echo, {}, { linkTrust, log });
  await eventually(() => log.of("link refused by a gate").length > 0);
  expect(log.of("link refused by a gate")[0]).toMatchObject({
    hint: expect.stringContaining("no link keys"),
  });
  const gateLog = new Lines();
  const closed = await world.gate({ linkTrust, log: gateLog });
  await eventually(() => gateLog.of("link refused by a gate").length > 0);
  expect(open.status().nodes).toEqual([]);
  expect(closed.status().gates).toEqual([{ name: open.name, linked: false }]);
  expect(open.status().gates).toEqual([{ name: closed.name, linked: false }]);
});

test("a peer of a few lines proves itself and registers", async () => {
  const gate = await world.gate({ linkTrust });
  const peer = await Stranger.open(world, gate);
  expect(await peer.join(linkTrust.keys, "probe-1", "probe")).toMatchObject({ gate: "gate-1" });
  expect(gate.status().nodes).toMatchObject([{ name: "probe-1", role: "probe", state: "ready" }]);
});

test("peers may only take the names and roles of the list; others are refused and counted", async () => {
  const nodes = [
    { role: "probe", name: "probe", numbered: true },
    { role: "other", name: "single" },
  ];
  const gate = await world.gate({ linkTrust: { ...linkTrust, peers: { nodes, gates: ["gate-2"] } } });
  const join = async (name: string, role: string, gates: string[] = []) => {
    const peer = await Stranger.open(world, gate);
    return peer.join(linkTrust.keys, name, role, gates).then(
      () => "joined",
      (error: { code: string; reason: string }) => `${error.code}: ${error.reason}`,
    );
  };
  expect(await join("probe-1", "probe")).toBe("joined");
  expect(await join("probe-1000", "probe")).toBe("joined");
  expect(await join("single", "other")).toBe("joined");
  expect(await join("gate-2", "", ["gate-1", "gate-2"])).toBe("joined");
  const refused = [
    ["probe", "probe"],
    ["probe-0", "probe"],
    ["probe-01", "probe"],
    ["probe-1001", "probe"],
    ["probe-x", "probe"],
    ["probe-3", "other"],
    ["single-1", "other"],
    ["gate-2", "probe"],
  ] as const;
  for (const [name, role] of refused) {
    const reason = `PERMISSION_DENIED: the topology has no node "${name}" of role "${role}"`;
    expect(await join(name, role)).toBe(reason);
  }
  const reason = 'PERMISSION_DENIED: the topology has no gate "gate-3"';
  expect(await join("gate-3", "", ["gate-1", "gate-3"])).toBe(reason);
  expect(gate.counters.get("links.refused.role")).toBe(refused.length + 1);
});

test("without keys the list of names and roles counts as well, for both forms", async () => {
  const nodes = [{ role: "pythons", name: "python", numbered: true }];
  const gate = await world.gate({ linkTrust: { peers: { nodes, gates: [] } } });
  const peer = await mapPeer(world, gate);
  await expect(peer.takeProxy("snake")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  expect(await peer.takeProxy("python-1", { role: "pythons" })).toBe("gate-1");
});

test("links that have not proved themselves are bounded: the oldest is closed, and a node still links", async () => {
  const gate = await world.gate({ linkTrust, limits: { nodeCount: 8, handshakeMs: 60_000 } });
  const strangers: Stranger[] = [];
  for (let n = 0; n < 20; n++) {
    const stranger = await Stranger.open(world, gate);
    await stranger.settled();
    strangers.push(stranger);
  }
  await eventually(() => !strangers[3]!.link.alive);
  expect(strangers.map(({ link }) => link.alive)).toEqual(strangers.map((_, at) => at >= 4));
  expect(gate.counters.get("links.closed.crowded")).toBe(4);
  await world.node("probe-1", echo, {}, { linkTrust });
  expect(gate.status().nodes).toHaveLength(1);
});

test("connections that send nothing to the link port keep no node out: the oldest of them are closed", async () => {
  const gate = await world.gate({ linkTrust, limits: { nodeCount: 8, handshakeMs: 60_000 } });
  const { host, port } = gate.linkAddress!;
  const sockets = Array.from({ length: 100 }, () => connect(port, host));
  world.atEnd(() => sockets.forEach((socket) => void socket.destroy()));
  let closed = 0;
  for (const socket of sockets)
    socket
      .on("error", () => {})
      .on("close", () => closed++)
      .resume();
  await eventually(() => closed === 84);
  await world.node("probe-1", echo, {}, { linkTrust });
  expect(gate.counters.get("connections.refused.crowded")).toBeGreaterThanOrEqual(1);
  expect(gate.status().nodes).toHaveLength(1);
});

test("before its proof a peer sends at most 64 messages of 16 KiB, and is closed in time", async () => {
  const gate = await world.gate({ linkTrust, limits: { handshakeMs: 300 } });
  const large = await Stranger.open(world, gate);
  large.link.notice(commands.echo.id, raw, new Uint8Array(unregisteredBytes), undefined);
  await eventually(() => !large.link.alive);
  const many = await Stranger.open(world, gate);
  for (let n = 0; n < 65; n++) many.link.notice(commands.echo.id, raw, new Uint8Array(16_000), undefined);
  await eventually(() => !many.link.alive);
  const proved = await Stranger.open(world, gate);
  await proved.prove(linkTrust.keys);
  await eventually(() => !proved.link.alive);
  expect(gate.counters.get("links.illegal.length")).toBe(1);
  expect(gate.counters.get("links.illegal.unregistered")).toBe(1);
  expect(gate.counters.get("links.closed.handshake")).toBe(1);
});

test("the welcome of a gate that knows very many gates is larger than what an unproven gate may send, and is taken", async () => {
  const names = Array.from({ length: 400 }, (_, at) => `gate-of-a-long-name-${"x".repeat(30)}-${at}`);
  const peers = names.map((name) => ({ name, host: "127.0.0.1", port: 1 }));
  for (const trust of [{}, linkTrust]) {
    const gate = await world.gate({ linkTrust: trust });
    gate.setPeers(peers);
    const own = { gates: [gate.linkAddress!], linkTrust: trust };
    const node = await world.node(`probe-${world.gates.length}`, echo, {}, own);
    expect(node.status().gates).toMatchObject([{ name: gate.name }]);
  }
});

test("a link port beyond this machine opens only with keys and TLS, or by explicit word", async () => {
  const links = { host: "0.0.0.0" };
  const open = (trust: GateLinkTrust) => world.gate({ links, linkTrust: trust });
  await expect(open({})).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(
      /links\.host: other machines can link.*\n.*links\.host: .*are not encrypted/,
    ),
  });
  await expect(open({ plaintext: true })).rejects.toThrow("set linkTrust.keys");
  await expect(open(linkTrust)).rejects.toThrow("set linkTrust.serverTls");
  await open({ ...linkTrust, plaintext: true });
});
