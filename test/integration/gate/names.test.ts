import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { LinkHello, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import { nodeNameRule } from "../../../schema/node-name.ts";
import { mapPeer } from "./map-peer.ts";
import { protocol, serve } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();

/** What no schema and no topology would take for a name either. */
const noNames = [
  "",
  "python\n1",
  "\u001b[31mred",
  "../../x",
  "a/b",
  "__proto__",
  "-1",
  "1st",
  "ünter",
  "two words",
  "x".repeat(64),
];

async function hello(gate: Gate, name: string, role: string): Promise<LinkWelcome> {
  const { host, port } = gate.linkAddress!;
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "hello",
    handler: { onAsk() {}, onNotice() {}, onRelay() {}, onPush() {}, onMapForm() {}, onClose() {} },
  });
  world.atEnd(() => link.destroy());
  const message = { name, role, bootId: "", schema: "", version: linkVersion };
  return link.call(admin.hello, LinkHello, message, LinkWelcome);
}

const refused = { code: "INVALID_ARGUMENT", reason: expect.stringContaining(nodeNameRule) };

test("a name or role that a topology would not take is refused on a link of either form, with what is allowed", async () => {
  const gate = await world.gate();
  const peer = await mapPeer(world, gate);
  for (const name of noNames) {
    await expect(peer.takeProxy(name), JSON.stringify(name)).rejects.toMatchObject(refused);
    await expect(peer.takeProxy("python", { role: name })).rejects.toMatchObject(refused);
    await expect(hello(gate, name, "probe")).rejects.toMatchObject(refused);
    await expect(hello(gate, "probe-1", name)).rejects.toMatchObject(refused);
  }
  for (const name of [undefined, null, 1, true, ["a"], { a: 1 }, new Uint8Array([0x61])]) {
    await expect(peer.takeProxy(name)).rejects.toMatchObject(refused);
  }
  expect(gate.status().nodes).toEqual([]);
  // The peer may try again on the same link, with a name this time.
  expect(await peer.takeProxy("constructor")).toBe("gate-1");
  expect(gate.status().nodes).toMatchObject([{ name: "constructor", role: "constructor", state: "ready" }]);
  expect(gate.counters.get("links.refused.name")).toBe(4 * noNames.length + 7);
});

test("the name of a node that is linked is not given to one of another role, on a link of either form", async () => {
  const gate = await world.gate();
  await world.node("probe-1", {});
  const taken = {
    code: "ALREADY_EXISTS",
    reason: 'node name "probe-1" is in use by a linked node of role "probe"; choose another name',
  };
  const peer = await mapPeer(world, gate);
  await expect(peer.takeProxy("probe-1", { role: "other" })).rejects.toMatchObject(taken);
  await expect(hello(gate, "probe-1", "other")).rejects.toMatchObject(taken);
  expect(gate.status().nodes).toMatchObject([{ name: "probe-1", role: "probe", state: "ready" }]);
  expect(await peer.takeProxy("other-1", { role: "other" })).toBe("gate-1");
});

test("no node may have its gate's own name", async () => {
  const gate = await world.gate();
  const peer = await mapPeer(world, gate);
  const own = { code: "INVALID_ARGUMENT", reason: expect.stringContaining("name of this gate") };
  await expect(peer.takeProxy("gate-1")).rejects.toMatchObject(own);
  await expect(hello(gate, "gate-1", "probe")).rejects.toMatchObject(own);
  expect(gate.status().nodes).toEqual([]);
});

test("a node or gate of our own is not even opened by a name that would be refused", async () => {
  const module = [serve("probe", {})];
  const node = (name: string, role: string) => GameNode.open(module, { name, role, gates: [] });
  const refusal = (option: string, found: string) => ({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(
      `${option}: ${JSON.stringify(found)} is not a name; expected ${nodeNameRule}`,
    ),
  });
  await expect(node("probe 1", "probe")).rejects.toMatchObject(refusal("name", "probe 1"));
  await expect(node("probe-1", "__proto__")).rejects.toMatchObject(refusal("role", "__proto__"));
  await expect(world.gate({ name: "gate\n1", protocol })).rejects.toMatchObject(refusal("name", "gate\n1"));
});
