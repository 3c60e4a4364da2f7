import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { Packr } from "msgpackr";
import { expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw, Writer } from "../../../runtime/wire/codec/index.ts";
import {
  beginFrame,
  control,
  endFrame,
  defaultFrameFormat as format,
} from "../../../runtime/wire/frame/index.ts";
import { Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind, writeEnvelope } from "../../../runtime/wire/session/index.ts";
import { framesIn } from "./frames-in.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, latch, useWorld } from "./world.ts";

const world = useWorld();
const never = () => new Promise<Uint8Array>(() => {});

/** Sends bytes, ends this side, and resolves with what came until the other side has ended too. */
async function sendAndEnd(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = connectSocket({ port, host: "127.0.0.1", allowHalfOpen: true });
  world.atEnd(() => socket.destroy());
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk));
  socket.end(bytes);
  await once(socket, "end");
  return Buffer.concat(got);
}

function frame(version: number, command: number, body: string, write?: (w: Writer) => void): Uint8Array {
  const w = new Writer(64);
  const mark = beginFrame(w, format, version, command);
  write?.(w);
  w.append(text(body));
  endFrame(w, format, mark);
  return w.bytes.slice(0, w.position);
}

function hello(): Uint8Array {
  return frame(1, control.hello, "", (w) => {
    writeEnvelope(w, kind.control, 0);
    Hello.write(w, Hello.create());
  });
}

const request = (command: number, sequence: number, body: string) =>
  frame(1, command, body, (w) => writeEnvelope(w, kind.request, sequence));

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
  const replies = framesIn(await got, 1).filter(({ payload }) => payload[0] === kind.reply);
  expect(replies.map(({ command, payload }) => [command, payload.subarray(5).toString()])).toEqual([
    [commands.echo.id, "soon"],
    [commands.free.id, "late"],
  ]);
  await eventually(() => gate.status().sessions === 0);
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

const packr = new Packr({ useRecords: false });

function linkMessage(message: object): Buffer {
  const data = packr.pack(message);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  return Buffer.concat([size, data]);
}

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
    answers.push(packr.unpack(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at))));
  }
  expect(answers).toMatchObject([
    { _msgtype: "ANSWER", _key: 1, result: "gate-1" },
    { _msgtype: "ANSWER", _key: 2, result: "done" },
  ]);
});
