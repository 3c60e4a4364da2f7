import { expect, test } from "vitest";
import { admin } from "../../../runtime/rpc/link-administration.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { AuthLevel, Bind, Revocation, Revoke } from "../../../runtime/wire/generated/photinus/link.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { plain } from "./auth/plain-tickets.ts";
import { FakeNode, FakeSource } from "./fake-peers.ts";
import { mapPeer } from "./map-peer.ts";
import { userOf } from "./owners.ts";
import { RawClient, text } from "./raw-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const moving = { session: 1, id: "0123", remote: "10.0.0.1:1", schema: "" };

/** A gate with a node, and a session that comes from another gate. */
async function open(options = {}) {
  const gate = await world.gate(options);
  const node = await FakeNode.open(world, gate);
  const source = await FakeSource.open(world, gate);
  const [adopted] = await source.adopt([moving], ["probe-1"]);
  const { session, resumeToken } = adopted!;
  return { gate, node, source, session, resumeToken };
}

async function hello(resumeToken: Uint8Array): Promise<RawClient> {
  const { host, port } = world.gates[0]!.clientAddress!;
  const client = new RawClient(await dialTcp(host, port));
  world.atEnd(() => client.transport.destroy());
  void client.open({ canResume: true, resumeToken });
  return client;
}

test("a session that ends before the notice of its node ends at the node, too", async () => {
  const { gate, node, source, session } = await open();
  source.drop(session);
  await eventually(() => gate.status().sessions === 0);
  node.moved(session, session + 1);
  await eventually(() => node.heard.length === 2);
  expect(node.heard).toEqual([`${session} ended`, `${session + 1} ended`]);
});

test("a session whose client is back before the notice of its node is not suspended for the node", async () => {
  const { gate, node, source, session, resumeToken } = await open();
  await source.arrive({ session, movedNodes: ["probe-1"] });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: true });
  node.moved(session);
  await eventually(() => node.heard.length > 0);
  expect(node.heard).toEqual([`${session} open`]);
  client.transport.destroy();
  await eventually(() => gate.status().suspended === 1 && node.heard.length > 1);
  expect(node.heard.at(-1)).toBe(`${session} suspended`);
});

test("a session of a node whose notice comes late ends at the node when it ends", async () => {
  const { node, source, session } = await open({ limits: { resumeMs: 300 } });
  await source.arrive({ session, movedNodes: [] });
  node.moved(session);
  await eventually(() => node.heard.length > 1);
  expect(node.heard).toEqual([`${session} suspended`, `${session} ended`]);
});

test("a client that waits for its session is not pinged, may ping, and is welcomed", async () => {
  const { source, session, resumeToken } = await open({ heartbeatMs: 100 });
  const client = await hello(resumeToken);
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.ping();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([client.pings, client.kicked, client.welcome]).toEqual([0, undefined, undefined]);
  await source.arrive({ session });
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: true });
});

test("a session on its way does not expire; its time begins when it is here", async () => {
  const { gate, source, session, resumeToken } = await open({ limits: { resumeMs: 300 } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await source.arrive({ session });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: true });
  client.transport.destroy();
  await eventually(() => gate.status().sessions === 0);
});

test("the state of a session that no gate sends is refused, and leaves the session as it was", async () => {
  const { gate, source, session, resumeToken } = await open();
  const push = (number: number, more = {}) => ({
    kind: kind.push,
    command: pushes.reliable.id,
    number,
    body: text(`${number}`),
    ...more,
  });
  for (const window of [
    [push(1, { kind: kind.control })],
    [push(1, { kind: kind.request })],
    [push(1, { kind: 77 })],
    [push(2)],
    [push(1), push(1)],
    [push(1), push(3)],
    [push(1, { body: new Uint8Array(4 << 20) })],
  ]) {
    await expect(source.arrive({ session, window })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  }
  await expect(source.arrive({ session: session + 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const other = await FakeSource.open(world, gate, "gate-8");
  await expect(other.arrive({ session })).rejects.toMatchObject({ code: "NOT_FOUND" });
  other.drop(session);
  await source.arrive({ session, window: [push(6), push(7)], lastPushGone: 5 });
  await expect(source.arrive({ session })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: false });
});

test("pushes of a peer of the map form that is linked to both gates count at the former one", async () => {
  const gate = await world.gate();
  const peer = await mapPeer(world, gate);
  await peer.takeProxy("python-1");
  const source = await FakeSource.open(world, gate);
  const [adopted] = await source.adopt([{ ...moving, groups: [{ name: "table" }] }], ["python-1"]);
  const { session, resumeToken } = adopted!;
  await peer.callTarget("push", pushes.reliable.id, 3, "table", text("at the former gate, too"));
  await source.arrive({ session, groups: [{ name: "table" }] });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  await peer.callTarget("push", pushes.reliable.id, 3, "table", text("later"));
  await client.until(() => client.pushes.length > 0);
  expect(client.pushes.map(({ body }) => new TextDecoder().decode(body))).toEqual(["later"]);
});

test("a gate that stops in the middle ends the sessions on their way, and their clients begin anew", async () => {
  const { gate, source, resumeToken } = await open({ limits: { gateLostMs: 0 } });
  const client = await hello(resumeToken);
  await eventually(() => gate.status().connections === 1);
  source.link.destroy();
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: false, refusal: 1 });
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0 });
});

test("many sessions of a gate beyond the limit of suspended ones end, and connected ones never", async () => {
  const gate = await world.gate({ limits: { suspendedCount: 10 } });
  const connected = await world.client();
  const source = await FakeSource.open(world, gate);
  const adopted = await source.adopt(
    Array.from({ length: 5_000 }, (_, n) => ({ session: n + 1, id: `${n}` })),
  );
  expect(adopted.length).toBe(5_000);
  expect(gate.status()).toMatchObject({ sessions: 11, suspended: 10 });
  connected.ping();
  await connected.until(() => connected.pongs === 1);
  source.link.destroy();
  await eventually(() => gate.status().sessions === 1);
});

test("a client that waits twice with one token has its session on the connection that came last", async () => {
  const { gate, source, session, resumeToken } = await open();
  const first = await hello(resumeToken);
  await eventually(() => gate.status().connections === 1);
  const second = await hello(resumeToken);
  await eventually(() => gate.status().connections === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await source.arrive({ session });
  await second.until(() => second.welcome !== undefined);
  await first.closed;
  expect(second.welcome).toMatchObject({ resumed: true });
  expect(second.kicked).toBeUndefined();
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 0 });
});

test("a client that sends requests before its welcome is closed, and its session waits for the next one", async () => {
  const { gate, source, session, resumeToken } = await open();
  const rude = await hello(resumeToken);
  void rude.request(commands.echo.id, text("too early"));
  await rude.closed;
  await source.arrive({ session });
  expect(gate.status()).toMatchObject({ sessions: 1, suspended: 1 });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: true });
});

test("a login at this gate while a session is on its way is newer than what its former gate says of login and ticket", async () => {
  const { gate, node, source, session, resumeToken } = await open({
    auth: { authenticator: plain },
    limits: { gateLostMs: 300 },
  });
  const userId = userOf(gate.name, ["gate-8", "gate-9", gate.name]);
  const users = [Revocation.create({ userId, notBeforeMs: 0 })];
  await node.link.call(admin.revoke, Revoke, { users, former: false }, raw);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await node.link.call(admin.bind, Bind, { session, userId, auth: AuthLevel.USER }, raw);
  await source.arrive({ session, ticketExpiresMs: Date.now() - 60_000, movedNodes: [] });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: true, ticketMs: 0 });
  expect(gate.status()).toMatchObject({ sessions: 1, users: 1 });
});

test("a session whose state does not fit here leaves no memory behind", async () => {
  const { gate, node, source, session, resumeToken } = await open({
    limits: { resumeGateBytes: 8_192, gateLostMs: 0 },
  });
  const push = (number: number) => ({
    kind: kind.push,
    command: pushes.reliable.id,
    number,
    body: text("x".repeat(3_000)),
  });
  node.moved(session);
  node.link.push(pushes.reliable.id, { kind: "session", session }, new Uint8Array(1_000), 0, 1_000);
  await eventually(() => gate.status().resumeBytes > 1_000);
  const window = [push(1), push(2), push(3)];
  await expect(source.arrive({ session, window, movedNodes: ["probe-1"] })).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(gate.status()).toMatchObject({ sessions: 0, suspended: 0, resumeBytes: 0 });
  const client = await hello(resumeToken);
  await client.until(() => client.welcome !== undefined);
  expect(client.welcome).toMatchObject({ resumed: false, refusal: ResumeRefusal.OVERRUN });
});

test("the late end of a former link of a gate ends no session that has come over a newer one", async () => {
  const gate = await world.gate();
  const former = await FakeSource.open(world, gate);
  const source = await FakeSource.open(world, gate);
  const [adopted] = await source.adopt([moving]);
  former.link.destroy();
  const other = await former.adopt([{ ...moving, session: 2 }]).catch(() => undefined);
  expect(other).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await source.arrive({ session: adopted!.session });
  expect(gate.status()).toMatchObject({ sessions: 1 });
});
