import { fileURLToPath } from "node:url";
import { connect } from "@photinus/client/node";
import { startInProcess } from "photinus";
import { expect, test } from "vitest";
import * as desk from "./fixtures/client/people/desk.service.ts";
import { protocol } from "./fixtures/server/protocol.ts";
import { markBytes, markNumber, markText } from "./marks.ts";
import { Sinks } from "./sinks.ts";

const words = (act: string) => ({ text: markText, token: markText, number: markNumber, act });

test("no log line of a gate or a node, and no answer, shows a personal or secret value", {
  timeout: 60_000,
}, async () => {
  const sinks = new Sinks();
  await using game = await startInProcess(
    {
      protocol,
      gates: [{ name: "gate", listen: { port: 0 } }],
      nodes: [{ role: "desk", module: "./desk.ts" }],
      data: { embedded: { file: ":memory:" } },
    },
    { directory: fileURLToPath(new URL(".", import.meta.url)), log: sinks.log },
  );
  const url = `ws://127.0.0.1:${game.addresses["gate"]!.client.port}/`;
  await sinks.drive("ticket without a judge", async () => {
    const connection = await connect(url, { ticket: markBytes });
    await connection.close();
    return "connected";
  });
  await sinks.drive("ticket in the address", async () => {
    const connection = await connect(`${url}?token=${markText}`);
    await connection.close();
    return "connected";
  });
  const connection = await connect(url);
  const acts = ["throw", "throw words", "cause", "wrong reply", "wrong push", "wrong call", "call", "table"];
  for (const act of acts)
    await sinks.drive(`handler: ${act}`, async () => {
      await expect(desk.say(connection, words(act))).rejects.toMatchObject({ name: "PhotinusError" });
      await desk.say(connection, words(act));
    });
  await sinks.drive("handler: after the reply", async () => {
    await desk.say(connection, words("late"));
    return "answered";
  });
  await sinks.drive("handler of a notify", async () => {
    desk.note(connection, words("note"));
    await desk.say(connection, words("then"));
    return "sent";
  });
  await sinks.drive("heavy handler", () => desk.compute(connection, words("compute")));
  await sinks.drive("request that is too large", () =>
    desk.say(connection, { ...words("large"), text: markText.repeat(100) }),
  );
  await sinks.drive("request that cannot be written", () =>
    desk.say(connection, { ...words("wrong"), number: -markNumber }),
  );
  for (const [name, bytes] of [
    ["request that cannot be read", [0x0a, 0x7f, ...Buffer.from(markText)]],
    [
      "request of another type",
      [0x18, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, ...Buffer.from(markText)],
    ],
  ] as const)
    await sinks.drive(name, () =>
      connection.request(
        {
          ...{ id: 1, name: "people.Desk.Say", timeoutMs: 5_000, idempotent: false },
          request: { name: "raw", write: (writer) => writer.append(Uint8Array.from(bytes)) },
          reply: { name: "raw", read: () => "" },
        },
        "",
      ),
    );
  await sinks.drive("unknown command", () =>
    connection.request(
      {
        ...{ id: 999, name: "people.Desk.Gone", timeoutMs: 5_000, idempotent: false },
        request: { name: "raw", write: (writer) => writer.append(Buffer.from(markText)) },
        reply: { name: "raw", read: () => "" },
      },
      "",
    ),
  );
  await connection.close();
  await sinks.drive("status", () => JSON.stringify(game.status()));
  expect(sinks.lines).toContain("command or method handler threw");
  sinks.check(17);
});
