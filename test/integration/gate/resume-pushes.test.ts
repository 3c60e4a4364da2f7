import { expect, test } from "vitest";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

test("pushes to many sessions and answers between them are repeated to each client in order, without a gap", async () => {
  const gate = await world.gate();
  const runs: string[] = [];
  const node = await world.node("probe-1", {
    echo: (body) => {
      runs.push(new TextDecoder().decode(body));
      return body;
    },
  });
  const join = async (): Promise<ResumingClient> => {
    const client = new ResumingClient(gate);
    world.atEnd(() => client.end());
    await client.connect();
    return client;
  };
  const [deaf, away, here] = [await join(), await join(), await join()];
  const clients = [deaf, away, here];
  while (clients.length < 10) clients.push(await join());
  const words = Array.from({ length: 12 }, (_, n) => `push ${n}`);
  const send = (from: number, to: number) => {
    for (const word of words.slice(from, to)) node.everyone().pushBytes(pushes.reliable.id, text(word));
  };
  const cut = async (client: ResumingClient) => {
    const before = gate.status().suspended;
    client.cut();
    await eventually(() => gate.status().suspended === before + 1);
  };
  send(0, 3);
  await eventually(() => clients.every((each) => each.pushes.length === 3));
  deaf.acknowledge();
  deaf.line.transport.pause();
  const asked = deaf.ask(commands.echo.id, "between");
  await eventually(() => runs.length === 1 && gate.status().inFlight === 0);
  send(3, 6);
  await eventually(() => here.pushes.length === 6);
  await cut(away);
  send(6, 9);
  await eventually(() => here.pushes.length === 9);
  await cut(deaf);
  send(9, 12);
  await eventually(() => here.pushes.length === 12);
  expect(await deaf.connect()).toMatchObject({ resumed: true });
  expect(await away.connect()).toMatchObject({ resumed: true });
  expect(await asked).toBe("between");
  await eventually(() => clients.every((each) => each.pushes.length === 12));
  for (const each of clients) {
    expect(each.pushes).toEqual(words);
    expect(each.pushNumbers).toEqual(words.map((_, n) => n + 1));
  }
});
