import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { ResumeRefusal } from "../../../runtime/wire/generated/photinus/control.ts";
import { FetchedSession } from "../../../runtime/wire/generated/photinus/link.ts";
import { FakeTarget } from "./fake-peers.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { type CommandHandlers, commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

async function open(handlers: CommandHandlers = {}, count = 2, options = {}) {
  const gates: Gate[] = [];
  while (gates.length < count) gates.push(await world.gate(options));
  const sessions: Session[] = [];
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      sessions.push(ctx.session);
      await ctx.session.bind(BigInt(decoder.decode(body)));
      return text("in");
    },
    echo: (body) => body,
    ...handlers,
  });
  await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  return { gates, node, sessions };
}

async function player(gate: Gate, user = "7"): Promise<ResumingClient> {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  await client.connect();
  await client.ask(commands.login.id, user);
  return client;
}

/** A client that has the token of another one. */
function twin({ token, answerCount }: ResumingClient, gate: Gate): ResumingClient {
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  Object.assign(client, { token, answerCount });
  return client;
}

test("a client that has lost the welcome of another gate resumes at its first one with the token from there", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  client.cut();
  const lost = twin(client, gates[1]!);
  expect(await lost.connect()).toMatchObject({ resumed: true });
  lost.cut();
  await eventually(() => gates[1]!.status().suspended === 1);
  expect(await client.connect()).toMatchObject({ resumed: true });
  expect(await client.ask(commands.echo.id, "here")).toBe("here");
  expect(gates.map((gate) => gate.status().sessions)).toEqual([1, 0]);
});

test("a client comes again when the gate that has its session has no link to the gate that it comes to", async () => {
  const { gates } = await open();
  const client = await player(gates[0]!);
  client.cut();
  gates[0]!.setPeers([{ name: "gate-2", host: "127.0.0.1", port: 1 }]);
  client.move(gates[1]!);
  await expect(client.connect()).rejects.toThrow("closed the connection");
  expect(client.line.kicked).toMatchObject({ reconnect: true });
  gates[0]!.setPeers([{ name: "gate-2", ...gates[1]!.linkAddress! }]);
  await eventually(() => gates[0]!.status().gates.every(({ linked }) => linked));
  expect(await client.connect()).toMatchObject({ resumed: true });
});

test.each([
  ["malformed", [0x0a, 0xff]],
  ["of a session that it has not moved", [...encoded({ moves: true })]],
])("an answer %s of another gate holds up no client", async (_what, bytes) => {
  const gate = await world.gate();
  const peer = await FakeTarget.open(world, gate);
  peer.onFetch = (reply) => reply.answerBytes(new Uint8Array(bytes), 0, bytes.length);
  const client = new ResumingClient(gate);
  world.atEnd(() => client.end());
  client.token = new Uint8Array(28);
  const welcome = await client.connect().catch(() => undefined);
  expect(client.line.kicked?.reconnect ?? welcome?.refusal === ResumeRefusal.FOREIGN).toBe(true);
});

function encoded(answer: Partial<FetchedSession>): Uint8Array {
  const writer = new Writer(16);
  FetchedSession.write(writer, FetchedSession.create(answer));
  return writer.bytes.slice(0, writer.position);
}
