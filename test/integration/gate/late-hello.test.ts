import { expect, test } from "vitest";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { RawClient } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** A client that has lost the connection of its session, and the token of that session. */
async function lostToken(): Promise<Uint8Array> {
  const gate = await world.gate();
  await world.node("probe-1", { echo: (body) => body });
  const client = await (await world.silent()).open({ canResume: true });
  const { resumeToken } = client.welcome!;
  client.transport.destroy();
  await eventually(() => gate.status().suspended === 1);
  return resumeToken;
}

/** Says hello with a token, and nothing after the welcome. */
async function hello(resumeToken: Uint8Array): Promise<RawClient> {
  const { host, port } = world.gates[0]!.clientAddress!;
  const client = new RawClient(await dialTcp(host, port));
  world.atEnd(() => client.transport.destroy());
  return client.open({ canResume: true, resumeToken });
}

test("a Hello that the network delivers late does not lock its client out", async () => {
  const token = await lostToken();
  const live = await hello(token);
  const late = await hello(token);
  late.transport.destroy();
  await live.closed;
  expect(live.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: true });
  const again = await hello(live.welcome!.resumeToken);
  expect(again.welcome).toMatchObject({ resumed: true });
  expect(await again.ask(commands.echo.id, "here")).toBe("here");
});

test("the tokens of all welcomes are void once one of their clients has sent a frame", async () => {
  const token = await lostToken();
  const first = await hello(token);
  const second = await hello(token);
  await second.ask(commands.echo.id, "proof");
  for (const old of [token, first.welcome!.resumeToken]) {
    expect((await hello(old)).welcome).toMatchObject({ resumed: false });
  }
  expect(second.kicked).toBeUndefined();
  second.ping();
  await second.until(() => second.pongs === 1);
});

test("a client that has sent a frame is not asked to come back when another takes its session over", async () => {
  const first = await hello(await lostToken());
  await first.ask(commands.echo.id, "proof");
  await hello(first.welcome!.resumeToken);
  await first.closed;
  expect(first.kicked).toMatchObject({ code: errorCodes.ALREADY_EXISTS, reconnect: false });
});

test("a client that loses many welcomes resumes with the token that it has", async () => {
  const token = await lostToken();
  for (let times = 0; times < 20; times++) {
    const client = await hello(token);
    expect(client.welcome).toMatchObject({ resumed: true });
    client.transport.destroy();
  }
});
