import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as chat from "../../../generated/client/meadow/chat.service.ts";
import * as meadow from "../../../generated/client/meadow/meadow.service.ts";
import { codeOf, Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const soon = { timeout: 20_000, interval: 25 };

let game: Game;
const players: Firefly[] = [];

beforeAll(async () => {
  game = await Game.start();
});

afterEach(async () => {
  await Promise.all(players.splice(0).map((player) => player.close()));
});

afterAll(async () => {
  await game?.stop();
  expect(game?.alive ?? []).toEqual([]);
});

async function join(name: string, meadowId = 1, way: "tcp" | "webSocket" = "tcp"): Promise<Firefly> {
  const player = await Firefly.join(game.gate()[way], name, meadowId);
  players.push(player);
  return player;
}

test("players on both transports meet in a meadow, and not in another", async () => {
  const ada = await join("Ada", 1, "tcp");
  const mio = await join("Mio", 1, "webSocket");
  const eve = await join("Eve", 2);
  ada.move(0.25, 0.5);
  await expect.poll(() => mio.seen.get(ada.id), soon).toEqual({ x: 0.25, y: 0.5 });
  await mio.enter(2);
  await expect.poll(() => ada.left, soon).toEqual([mio.id]);
  await expect.poll(() => eve.entered.map(({ name }) => name), soon).toEqual(["Mio"]);
  expect(eve.seen.has(ada.id)).toBe(false);
  await expect.poll(() => ada.crowd, soon).toBe(3);
});

test("what a player does wrong is answered with an error, and play goes on", async () => {
  const ada = await Firefly.connect(game.gate().tcp, "Ada");
  players.push(ada);
  expect(await codeOf(meadow.flash(ada.connection, { meadowId: 1 }))).toBe("UNAUTHENTICATED");
  await ada.signIn();
  expect(await codeOf(chat.say(ada.connection, { text: "hello?" }))).toBe("FAILED_PRECONDITION");
  expect(await codeOf(ada.enter(99))).toBe("NOT_FOUND");
  await ada.enter(1);
  expect(await codeOf(meadow.flash(ada.connection, { meadowId: 1 }))).toBe("none");
  const again = await meadow.flash(ada.connection, { meadowId: 1 }).catch((error: unknown) => error);
  expect(again).toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("recharges"),
    retryAfterMs: expect.any(Number),
  });
  expect(await codeOf(chat.say(ada.connection, { text: " " }))).toBe("INVALID_ARGUMENT");
  expect(await codeOf(chat.say(ada.connection, { text: "x".repeat(2_000) }))).toBe("INVALID_ARGUMENT");
  expect(await codeOf(chat.say(ada.connection, { text: "still here" }))).toBe("none");
});

test("a forecast stops neither the other commands of its session nor those of others", async () => {
  const ada = await join("Ada");
  const mio = await join("Mio");
  expect(mio.node).toBe(ada.node);
  /** What is answered first. A flash is answered when the light still recharges, too: by an error. */
  const answers = async (): Promise<string[]> => {
    const order: string[] = [];
    const note = (what: string) => () => void order.push(what);
    const forecasts = [ada, mio].map(({ connection }) =>
      meadow.forecast(connection, { meadowId: 1, steps: 200_000 }).then(note("forecast")),
    );
    const flashes = [ada, mio].map(async ({ connection }) => {
      for (let n = 0; n < 2; n++)
        expect(["none", "FAILED_PRECONDITION"]).toContain(
          await codeOf(meadow.flash(connection, { meadowId: 1 })),
        );
      order.push("flash");
    });
    await Promise.all([...forecasts, ...flashes]);
    return order;
  };
  // A machine with much to do may bring a forecast sooner now and then; one that stops the others comes first each time.
  await expect.poll(answers, soon).toEqual(["flash", "flash", "forecast", "forecast"]);
});

test("who leaves while meadow and login are restarted is not taken for somebody who is there", async () => {
  const ada = await join("Ada");
  const guest = await Firefly.join(game.gate().tcp, "Guest");
  const from = game.records.length;
  const restarted = [ada.node, "login-1"];
  for (const unit of restarted) process.kill(game.pid(unit), "SIGKILL");
  await expect.poll(() => ada.lost, soon).toEqual(expect.arrayContaining(restarted));
  await guest.close();
  for (const unit of restarted) {
    await game.until((record) => record.msg === "ready" && record["process"] === unit, from);
  }
  await expect.poll(() => codeOf(ada.enter(1)), soon).toBe("none");
  // A meadow that comes back after login has told chat never knew the guest, so that Left need not come: who is there says Enter.
  const there = () => ada.enter(1).then(({ fireflies }) => fireflies.map(({ id }) => id));
  await expect.poll(there, soon).toEqual([ada.id]);
  await expect.poll(() => ada.crowd, soon).toBe(1);
});

const classicClient = `
import json, socket, struct, sys
HEADER = struct.Struct("!sssss3I")
def pack(command, body):
    return HEADER.pack(b"\\0", b"\\0", b"\\0", b"\\0", b"\\0", 0, len(body) + 4, command) + body
def read(peer, size):
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part: raise EOFError
        data += part
    return data
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20)
bodies = [b"hello", b"", bytes(range(256)), b"x" * 60000]
peer.sendall(b"".join(pack(1, body) for body in bodies))
got = []
for body in bodies:
    fields = HEADER.unpack(read(peer, HEADER.size))
    got.append([fields[7], read(peer, fields[6] - 4) == body])
print(json.dumps(got))
`;

test("a classic client in Python with struct alone gets its echoes", async () => {
  const { hostname, port } = new URL(game.gate().tcp);
  const python = spawn("python3", ["-c", classicClient, hostname, port], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [out, [code]] = await Promise.all([text(python.stdout), once(python, "exit")]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(Array.from({ length: 4 }, () => [1, true]));
});
