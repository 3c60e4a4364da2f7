import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as login from "../../../generated/client/meadow/login.service.ts";
import { unregisteredBytes } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const soon = { timeout: 20_000, interval: 25 };

let game: Game;
let ada: Firefly;
let mio: Firefly;

beforeAll(async () => {
  game = await Game.start();
  ada = await Firefly.join(game.gate().tcp, "Ada");
  mio = await Firefly.join(game.gate().webSocket, "Mio");
});

afterAll(async () => {
  await ada?.close();
  await mio?.close();
  await game?.stop();
});

/** Sends bytes, and resolves when the other side has closed, in whatever way. */
function send({ host, port }: { host: string; port: number }, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write(bytes));
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
}

async function addressOf(port: "address" | "links"): Promise<{ host: string; port: number }> {
  return (await game.figures("gate-1"))[port] as { host: string; port: number };
}

const word = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const header = (version: number, length: number) => [
  0,
  0,
  0,
  0,
  version,
  0,
  0,
  0,
  0,
  ...word(length),
  ...word(1),
];
const text = (value: string) => [0xa0 + value.length, ...Buffer.from(value)];
/** An envelope of the map form, whose `_args` are arrays in arrays. */
const deep = [
  0x84,
  ...[...text("_msgtype"), ...text("ASK"), ...text("_key"), 1, ...text("_name"), ...text("takeProxy")],
  ...[...text("_args"), ...Array.from({ length: 3_999 }, () => 0x91), 0xc0],
];

test.each([
  ["address", "a wrong head", [1, 2, 3, 4, ...header(1, 4)], "frames.illegal.head"],
  ["address", "an unknown version", header(9, 4), "frames.illegal.proto-version"],
  ["address", "a length under 4", header(1, 3), "frames.illegal.too-short"],
  ["address", "a length over the limit", header(1, 0xffffffff), "frames.illegal.too-long"],
  ["address", "garbage after a frame", [...header(0, 4), 255, 255, 255, 255], "frames.illegal.head"],
  ["links", "a length of FF FF FF FC", [255, 255, 255, 252], "links.illegal.length"],
  [
    "links",
    "more than a link may send before it registers",
    word(unregisteredBytes + 1),
    "links.illegal.length",
  ],
  ["links", "over-deep msgpack", [...word(deep.length), ...deep], "links.illegal.depth"],
  ["links", "msgpack that ends too soon", [...word(2), 0x95, 0x01], "links.illegal.truncated"],
] as const)(
  "on the %s: %s is closed, counted and logged, and the game plays on",
  async (port, _, bytes, counter) => {
    const before = await game.counter("gate-1", counter);
    const from = game.records.length;
    await send(await addressOf(port), Uint8Array.from(bytes));
    const { counters } = (await game.figures("gate-1")) as { counters: Record<string, number> };
    expect(counters).toMatchObject({ [counter]: before + 1 });
    if (before === 0) {
      await game.until(({ name, level }) => name === "gate-1" && Number(level) >= 40, from);
    }
    await playsOn();
  },
);

test("a megabyte of noise on each port, many times, disturbs nobody", async () => {
  const ports = [await addressOf("address"), await addressOf("links")];
  for (let round = 0; round < 5; round++) {
    await Promise.all(
      ports.flatMap((port) => [send(port, randomBytes(1_000_000)), send(port, randomBytes(64))]),
    );
  }
  await playsOn();
  await expect.poll(async () => (await game.figures("gate-1"))["connections"], soon).toBe(2);
  const nodes = (await game.figures("gate-1"))["nodes"] as { state: string }[];
  expect(nodes.map(({ state }) => state)).toEqual(["ready", "ready", "ready", "ready"]);
});

test("a text frame of WebSocket closes the connection, with a reason", async () => {
  const from = game.records.length;
  const socket = new WebSocket(game.gate().webSocket);
  await once(socket, "open");
  socket.send("hello");
  const [close] = (await once(socket, "close")) as [CloseEvent];
  expect(close.code).toBe(1003);
  await game.until(({ name, level }) => name === "gate-1" && Number(level) >= 40, from);
  await playsOn();
});

async function playsOn(): Promise<void> {
  const x = Math.fround(Math.random());
  ada.move(x, 0.5);
  await expect.poll(() => mio.seen.get(ada.id)?.x, soon).toBe(x);
  expect(await login.echo(mio.connection, new Uint8Array([7]))).toEqual(new Uint8Array([7]));
  expect([ada.states, mio.states]).toEqual([[], []]);
}
