import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { StateEvent } from "../../../clients/typescript/src/connection-state.ts";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import type { NodeChange } from "../../../runtime/api/handler-context.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import type { RawClient } from "./raw-client.ts";
import { text } from "./raw-client.ts";
import { commands, methodOf, methods, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const script = fileURLToPath(new URL("./doomed-node.ts", import.meta.url));

/** A node in a process of its own, linked to all gates of the world. */
async function doomed(name: string): Promise<ChildProcess> {
  const args = ["-C", "photinus-source", script, name, JSON.stringify(world.links)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  world.atEnd(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function failureOf(client: RawClient, command: number, body = ""): Promise<Failure> {
  const answer = await client.request(command, text(body));
  if (answer instanceof Uint8Array) expect.fail(`it was answered: ${new TextDecoder().decode(answer)}`);
  return answer;
}

const sticky = { ...commands.sticky, request: raw, reply: raw };

test("a client is told that a node which served it was killed, by role, and that it is back", async () => {
  const gate = await world.gate();
  const node = await doomed("probe-1");
  await world.node("other-1", { other: () => text("fine") });
  const { host, port } = gate.clientAddress!;
  const [served, elsewhere] = [
    await connect(`tcp://${host}:${port}`),
    await connect(`tcp://${host}:${port}`),
  ];
  world.atEnd(() => Promise.all([served.close(), elsewhere.close()]));
  const events: StateEvent[] = [];
  served.onState((event) => events.push(event));
  const none: StateEvent[] = [];
  elsewhere.onState((event) => none.push(event));
  await served.request(sticky, text(""));
  await elsewhere.request({ ...commands.other, request: raw, reply: raw }, text(""));

  await end(node);
  await eventually(() => events.length === 1);
  expect(events[0]).toMatchObject({
    state: "open",
    cause: "node-lost",
    role: "probe",
    node: "probe-1",
    planned: false,
    awaitedMs: 10_000,
    code: "UNAVAILABLE",
  });
  await doomed("probe-1");
  await eventually(() => events.length === 2);
  expect(events[1]).toMatchObject({ state: "open", cause: "node-back", role: "probe", node: "probe-1" });
  expect(new TextDecoder().decode(await served.request(sticky, text("")))).toBe("probe-1");
  expect(none).toEqual([]);
  expect(served.counters.entries()).toEqual([]);
});

test("a node that stops as planned says so, and one that stays away is gone", async () => {
  const gate = await world.gate({ limits: { rejoinMs: 200 } });
  const node = await doomed("probe-1");
  const { host, port } = gate.clientAddress!;
  const client = await connect(`tcp://${host}:${port}`);
  world.atEnd(() => client.close());
  const events: StateEvent[] = [];
  client.onState((event) => events.push(event));
  await client.request(sticky, text(""));
  await end(node, "SIGTERM");
  await eventually(() => events.length === 2);
  expect(events.map(({ cause, planned, awaitedMs }) => [cause, planned, awaitedMs])).toEqual([
    ["node-lost", true, 200],
    ["node-gone", false, 0],
  ]);
});

test("a call says which node has it and for how long that is awaited, or that nobody is", async () => {
  await world.gate({ limits: { rejoinMs: 60_000, nodeWaitMs: 0 } });
  const client = await world.client();
  expect((await failureOf(client, commands.hashed.id, "a")).message).toBe(
    'no node of role "probe" is linked or expected back',
  );
  const node = await doomed("probe-1");
  const caller = await world.node("other-1", {});
  expect(await client.ask(commands.hashed.id, "a")).toBe("probe-1");
  expect(await client.ask(commands.sticky.id)).toBe("probe-1");
  await end(node);
  await eventually(() => world.gates[0]!.status().nodes.some(({ state }) => state === "away"));
  const away =
    /^the node "probe-1" of role "probe" handles this call, but was lost; its place is kept for (60|59) s more$/;
  const hashed = await failureOf(client, commands.hashed.id, "a");
  expect(hashed).toMatchObject({ code: 14, message: expect.stringMatching(away) });
  expect(hashed.retryAfterMs).toBeGreaterThan(0);
  expect((await failureOf(client, commands.sticky.id)).message).toMatch(away);
  expect((await failureOf(client, commands.turn.id)).message).toMatch(
    /^no node of role "probe" is ready: "probe-1" was lost; its place is kept for (60|59) s more$/,
  );
  expect((await failureOf(client, commands.named.id)).message).toBe(
    'the node "probe-2" is not linked to this gate',
  );
  const where = { ...methodOf(methods.double), role: "probe" };
  await expect(caller.call(where, text(""), { node: "probe-1" })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringMatching(
      /the node "probe-1" of role "probe" handles this call, but was lost; its place is kept for/,
    ),
  });
  await expect(caller.call(where, text(""), { node: "probe-9" })).rejects.toThrow(
    'the node "probe-9" is not linked to this gate',
  );
});

test("a request whose node is killed names the node, and says that it may have run", async () => {
  await world.gate();
  const node = await doomed("probe-1");
  const client = await world.client();
  const waiting = failureOf(client, commands.free.id);
  expect(await client.ask(commands.echo.id, "there")).toBe("there");
  await end(node);
  const { code, message, retryAfterMs } = await waiting;
  expect({ code, message }).toEqual({
    code: 14,
    message: 'the node "probe-1" was lost before it answered, and may have run the call',
  });
  expect(retryAfterMs).toBeGreaterThan(0);
});

test("other nodes hear once of a node that was killed and once of its return, however many gates say it", async () => {
  await world.gate();
  await world.gate();
  const listener = await world.node("other-1", {});
  const changes: [string, NodeChange][] = [];
  listener.onNodeLost("probe", (lost) => changes.push(["lost", lost]));
  listener.onNodeBack("probe", (back) => changes.push(["back", back]));
  listener.onNodeLost("scene", () => changes.push(["wrong role", {} as NodeChange]));
  // A listener that fails keeps no other from hearing it.
  listener.onNodeLost("probe", async () => {
    throw new Error("a listener's own");
  });
  for (let life = 1; life <= 3; life++) {
    changes.length = 0;
    const node = await doomed("probe-1");
    await eventually(() => changes.length === (life === 1 ? 0 : 1));
    await end(node);
    await eventually(() => changes.some(([what]) => what === "lost"));
    // What the second gate says comes before its answer to a call.
    await eventually(() =>
      world.gates.every((gate) => gate.status().nodes.some(({ state }) => state === "away")),
    );
    const asked = methodOf(methods.double);
    for (let n = 0; n < 4; n++) await listener.call(asked, text("")).catch(() => undefined);
    expect(changes.map(([what]) => what)).toEqual(life === 1 ? ["lost"] : ["back", "lost"]);
    const lost = changes.at(-1)![1];
    expect(lost).toMatchObject({ node: "probe-1", role: "probe", planned: false, awaitedMs: 10_000 });
    expect(lost.gate).toMatch(/^gate-[12]$/);
  }
});

test("a session leaves the groups that it joined until its node is lost, and stays in the others", async () => {
  await world.gate();
  const node = await doomed("probe-1");
  const other = await world.node("other-1", {});
  const client = await world.client();
  expect(await client.ask(commands.login.id)).toBe("in");
  other.group("match:7").push(reliable, text("before"));
  await client.until(() => client.pushes.length === 1);
  const lost = new Promise((resolve) => other.onNodeLost("probe", resolve));
  await end(node);
  await lost;
  other.group("match:7").push(reliable, text("nobody"));
  other.group("lobby").push(reliable, text("after"));
  await client.until(() => client.pushes.length === 2);
  expect(client.pushes.map(({ body }) => new TextDecoder().decode(body))).toEqual(["before", "after"]);
  expect(world.gates[0]!.status().groups).toBe(1);
});

test("the last join says for how long a session is in a group", async () => {
  await world.gate();
  const node = await doomed("probe-1");
  const other = await world.node("other-1", {
    other: (_, ctx) => {
      ctx.session.join("match:7");
      return text("kept");
    },
  });
  const client = await world.client();
  expect(await client.ask(commands.login.id)).toBe("in");
  expect(await client.ask(commands.other.id)).toBe("kept");
  const lost = new Promise((resolve) => other.onNodeLost("probe", resolve));
  await end(node);
  await lost;
  other.group("match:7").push(reliable, text("still in"));
  await client.until(() => client.pushes.length === 1);
});
