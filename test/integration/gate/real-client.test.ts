import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { text } from "./raw-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

const echo = { ...commands.echo, request: raw, reply: raw };
const free = { ...commands.free, request: raw, reply: raw };
const said = { ...pushes.reliable, body: raw };

test.each(["tcp", "ws"])(
  "a client over %s asks, is told, and comes back when it was cut off",
  async (scheme) => {
    const gate = await world.gate({ heartbeatMs: 1_000 });
    const node = await world.node("probe-1", {
      echo: (body) => body,
      free: (_, ctx) => {
        ctx.session.kick("come back", { code: "UNAVAILABLE", reconnect: true });
        return text("");
      },
    });
    const { host, port } = gate.clientAddress!;
    const connection = await connect(`${scheme}://${host}:${port}`);
    world.atEnd(() => connection.close());
    const states: string[] = [];
    connection.onState((event) => states.push(event.state));
    const heard: string[] = [];
    connection.onPush(said, (body) => heard.push(decoder.decode(body)));

    const words = Array.from({ length: 100 }, (_, n) => text(`word ${n}`));
    expect(await Promise.all(words.map((word) => connection.request(echo, word)))).toEqual(words);
    node.everyone().pushBytes(said.id, text("one"));
    await eventually(() => heard.length === 1);

    await expect(connection.request(free, text(""))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await eventually(() => connection.state === "open" && states.includes("reconnecting"));
    expect(await connection.request(echo, words[0]!)).toEqual(words[0]);
    node.everyone().pushBytes(said.id, text("two"));
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(["one", "two"]);
    expect(gate.status().sessions).toBe(1);
  },
);
