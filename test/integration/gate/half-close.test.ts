import { connect as connectSocket } from "node:net";
import { unpack } from "msgpackr";
import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { linkMessage } from "../../setup/frames.ts";
import { frame, framesIn, hello, request, sendAndEnd, wordsIn } from "./raw-bytes.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const never = () => new Promise<Uint8Array>(() => {});

test("a session client that asks and ends its side gets the answers, in one go and late ones", async () => {
  const gate = await world.gate();
  const slow = latch();
  await world.node("probe-1", {
    echo: (body) => body,
    free: (body) => slow.passed.then(() => body),
  });
  const asked = [hello(), request(commands.free.id, 1, "late"), request(commands.echo.id, 2, "soon")];
  const got = sendAndEnd(gate.clientAddress!.port, Buffer.concat(asked));
  await eventually(() => gate.counters.get("client.half-closed") === 1 && gate.status().inFlight === 1);
  slow.open();
  const bytes = await got;
  expect(wordsIn(bytes)).toEqual(["reply 2 soon", "reply 1 late"]);
  // The client could not answer a ping any more.
  const controls = framesIn(bytes, 1).map(({ command }) => command);
  expect(controls).toContain(control.nothing);
  expect(controls).not.toContain(control.ping);
  await eventually(() => gate.status().sessions === 0);
});

test("a client that asks more than the gate takes in one turn, and ends its side, gets all answers", async () => {
  const gate = await world.gate({ limits: { inFlightCount: 10_000, guestRate: false } });
  await world.node("probe-1", { echo: (body) => body });
  const body = "x".repeat(64);
  const asked = Array.from({ length: 5_000 }, (_, n) => request(commands.echo.id, n + 1, body));
  const words = wordsIn(await sendAndEnd(gate.clientAddress!.port, hello(), ...asked));
  expect(words.filter((word) => word.startsWith("reply"))).toHaveLength(asked.length);
});

test("a classic client that asks and ends its side gets the answers, in order", async () => {
  const gate = await world.gate();
  const slow = latch();
  await world.node("probe-1", { echo: (body) => body, free: (body) => slow.passed.then(() => body) });
  const asked = [frame(0, commands.free.id, "first"), frame(0, commands.echo.id, "second")];
  const got = sendAndEnd(gate.clientAddress!.port, Buffer.concat(asked));
  await eventually(() => gate.counters.get("client.half-closed") === 1);
  slow.open();
  const replies = framesIn(await got, 0);
  expect(replies.map(({ payload }) => payload.toString())).toEqual(["first", "second"]);
});

test("a client that ends its side and waits for nothing is closed at once", async () => {
  const gate = await world.gate();
  await sendAndEnd(gate.clientAddress!.port, hello());
  await eventually(() => gate.status().connections === 0);
  expect(gate.counters.get("client.half-closed")).toBe(0);
});

test("a client that has ended its side is closed when its grace time is over, answered or not", async () => {
  const gate = await world.gate({ limits: { halfCloseMs: 50 } });
  await world.node("probe-1", { free: never });
  await sendAndEnd(gate.clientAddress!.port, Buffer.concat([hello(), request(commands.free.id, 1, "")]));
  expect(gate.counters.get("client.closed.half-closed")).toBe(1);
  await eventually(() => gate.status().sessions === 0);
});

test("a client that is gone, and not only reads no more, does not keep its session for the grace time", async () => {
  const gate = await world.gate({ limits: { halfCloseMs: 3_600_000 } });
  await world.node("probe-1", { free: never });
  const socket = connectSocket({ port: gate.clientAddress!.port, host: "127.0.0.1" });
  socket.write(Buffer.concat([hello(), request(commands.free.id, 1, "")]));
  await eventually(() => gate.status().inFlight === 1);
  socket.destroy();
  await eventually(() => gate.status().sessions === 0);
});

test("a client SDK that closes over TCP gives its requests up, so that nothing waits for them", async () => {
  const gate = await world.gate();
  let stopped = false;
  await world.node("probe-1", {
    free: (_, ctx) => {
      ctx.signal.addEventListener("abort", () => {
        stopped = true;
      });
      return never();
    },
  });
  const { host, port } = gate.clientAddress!;
  const connection = await connect(`tcp://${host}:${port}`);
  const asked = connection.request({ ...commands.free, request: raw, reply: raw }, text(""));
  await eventually(() => gate.status().inFlight === 1);
  await Promise.all([connection.close(), expect(asked).rejects.toMatchObject({ code: "CANCELLED" })]);
  await eventually(() => gate.status().sessions === 0 && stopped);
  expect(gate.counters.get("client.half-closed")).toBe(0);
});

const ask = (key: number, name: string, ...args: unknown[]) =>
  linkMessage({ _msgtype: "ASK", _key: key, _name: name, _args: args, _kw: {} });

test("a peer of the map form that asks and ends its side gets the answers, and is called no more", async () => {
  const gate = await world.gate();
  const slow = latch();
  gate.services.set("slow", () => slow.passed.then(() => "done"));
  const asked = Buffer.concat([ask(1, "takeProxy", "script"), ask(2, "callTarget", "slow")]);
  const got = sendAndEnd(gate.linkAddress!.port, asked);
  await eventually(() => gate.status().nodes.some(({ state }) => state === "away"));
  await expect(gate.callChild("script", "anything")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  slow.open();
  const answers: unknown[] = [];
  const bytes = await got;
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    answers.push(unpack(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at))));
  }
  expect(answers).toMatchObject([
    { _msgtype: "ANSWER", _key: 1, result: "gate-1" },
    { _msgtype: "ANSWER", _key: 2, result: "done" },
  ]);
});
