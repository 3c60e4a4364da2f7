import { expect, test } from "vitest";
import type { Protocol } from "../../../runtime/api/protocol.ts";
import { mostListedCalls } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { LinkHello, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import type { RawClient } from "./raw-client.ts";
import { text } from "./raw-client.ts";
import { commands, methodOf, methods, protocol } from "./schema.ts";
import { Stranger } from "./stranger.ts";
import { kill, useWorld } from "./world.ts";

const world = useWorld();
const former = { schema: "fedcba9876543210", release: 1 };
const present = { schema: protocol.fingerprint, release: 2 };
const soon = { limits: { nodeWaitMs: 50 } };

/** Answers with the name of the node, for these commands. */
function named(node: string, ...names: (keyof typeof commands)[]) {
  return Object.fromEntries(names.map((name) => [name, () => text(node)]));
}

/** Text of an answer, or code and message of a failure. */
async function asked(client: RawClient, command: number, body = text("")): Promise<string> {
  const answer = await client.request(command, body);
  return answer instanceof Uint8Array ? new TextDecoder().decode(answer) : `${answer.code} ${answer.message}`;
}

const tooOld =
  '14 the node "probe-1" of role "probe" handles this call, but is of release 1 and does not know the call';

test("a command by turns goes only to nodes that know it", async () => {
  await world.gate();
  await world.node("probe-1", named("old", "echo"), {}, former);
  await world.node("probe-2", named("new", "echo", "turn"), {}, present);
  const client = await world.client();
  const answers = await Promise.all(Array.from({ length: 8 }, () => asked(client, commands.turn.id)));
  expect(new Set(answers)).toEqual(new Set(["new"]));
  const known = await Promise.all(Array.from({ length: 8 }, () => asked(client, commands.echo.id)));
  expect(new Set(known)).toEqual(new Set(["old", "new"]));
});

test("a key stays with its node, which does not get a command that it does not know", async () => {
  const gate = await world.gate(soon);
  await world.node("probe-1", named("old", "ask"), {}, former);
  await world.node("probe-2", named("new", "ask", "hashed"), {}, present);
  const client = await world.client();
  for (let key = 0; key < 16; key++) {
    const owner = await asked(client, commands.ask.id, Uint8Array.of(key));
    const answer = await asked(client, commands.hashed.id, Uint8Array.of(key));
    expect(answer).toBe(owner === "new" ? "new" : tooOld);
  }
  expect(gate.counters.get("relay.unavailable")).toBeGreaterThan(0);
});

test("a command waits for the next release of its node, and later ones of its lane behind it", async () => {
  await world.gate();
  const old = await world.node("probe-1", named("old", "sticky", "login"), {}, former);
  const client = await world.client();
  expect(await asked(client, commands.sticky.id)).toBe("old");
  const order: string[] = [];
  const note = (answer: string): unknown => order.push(answer);
  const waiting = asked(client, commands.lookSticky.id).then(note);
  const behind = asked(client, commands.sticky.id).then(note);
  await kill(old);
  await world.node("probe-1", { sticky: () => text("new"), lookSticky: () => text("look") }, {}, present);
  await Promise.all([waiting, behind]);
  expect(order).toEqual(["look", "new"]);
});

test("the first command of a session chooses a node that knows it, and a named node is asked for no other", async () => {
  await world.gate(soon);
  await world.node("probe-1", named("old", "login"), {}, former);
  await world.node("probe-2", named("old", "login"), {}, former);
  await world.node("probe-3", named("new", "login", "sticky"), {}, present);
  for (let n = 0; n < 4; n++) expect(await asked(await world.client(), commands.sticky.id)).toBe("new");
  expect(await asked(await world.client(), commands.named.id)).toBe(tooOld.replace("probe-1", "probe-2"));
});

test("a notify that the node of its key does not know is dropped and counted", async () => {
  const gate = await world.gate();
  await world.node("probe-1", named("old", "ask"), {}, former);
  const client = await world.client();
  client.notify(commands.note.id, Uint8Array.of(1));
  await asked(client, commands.ask.id, Uint8Array.of(1));
  expect(gate.counters.get("relay.unavailable")).toBe(1);
});

test("methods between nodes go only to nodes that know them", async () => {
  await world.gate();
  await world.node("other-1", {}, { hint: () => undefined }, former);
  const caller = await world.node("probe-1", {}, {}, present);
  const where = methodOf(methods.where);
  await expect(caller.call(where, Uint8Array.of(1))).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("is of release 1 and does not know the call"),
  });
  await world.node("other-2", {}, { double: () => text("new"), where: () => text("new") }, present);
  for (let n = 0; n < 4; n++) {
    const answer = await caller.call(methodOf(methods.double), text(""));
    expect(new TextDecoder().decode(answer)).toBe("new");
  }
});

test("a command with min_release goes to nodes of that release, although older ones know it", async () => {
  const later: Protocol = {
    ...protocol,
    commands: protocol.commands.map((entry) =>
      entry.name.endsWith(".Turn") ? { ...entry, minRelease: 2 } : entry,
    ),
  };
  await world.gate({ protocol: later });
  await world.node("probe-1", named("old", "turn", "echo"), {}, { ...present, release: 1 });
  await world.node("probe-2", named("new", "turn", "echo"), {}, present);
  await world.node("probe-3", named("unreleased", "turn", "echo"), {}, { ...present, release: 0 });
  const client = await world.client();
  const answers = await Promise.all(Array.from({ length: 8 }, () => asked(client, commands.turn.id)));
  expect(new Set(answers)).toEqual(new Set(["new", "unreleased"]));
});

test("a node of the gate's own schema without a handler answers for itself, at once", async () => {
  await world.gate();
  await world.node("probe-1", named("new", "echo"), {}, present);
  expect(await asked(await world.client(), commands.turn.id)).toMatch(/^12 /);
});

test("a node that lists more calls than any schema has is refused", async () => {
  const gate = await world.gate();
  const { link } = await Stranger.open(world, gate);
  const listing = Array.from({ length: mostListedCalls + 1 }, () => 0xffff_fe00);
  const hello = LinkHello.create({ name: "probe-1", role: "probe", version: linkVersion, commands: listing });
  await expect(link.call(admin.hello, LinkHello, hello, LinkWelcome)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    reason: "the node lists 2049 calls; expected at most 2048",
  });
  expect(gate.status().nodes).toEqual([]);
});

test("the gate's status says the release of each node", async () => {
  const gate = await world.gate();
  await world.node("probe-1", named("old", "echo"), {}, former);
  await world.node("probe-2", named("new", "echo"), {}, present);
  expect(gate.status().nodes.map(({ name, release }) => [name, release])).toEqual([
    ["probe-1", 1],
    ["probe-2", 2],
  ]);
});
