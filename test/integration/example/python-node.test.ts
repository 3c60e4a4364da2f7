import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import * as login from "../../../generated/client/meadow/login.service.ts";
import { Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";
import { pythonWithMsgpack } from "../python/interpreter.ts";

const soon = { timeout: 20_000, interval: 25 };
const config = fileURLToPath(new URL("python-node/photinus.config.ts", import.meta.url));

/** Starts a node in Python, called "python", at the link port of a game. */
async function startPython(game: Game): Promise<ChildProcess> {
  const { links } = (await game.figures("gate-1")) as { links: { host: string; port: number } };
  const script = fileURLToPath(new URL("../python/map_peer.py", import.meta.url));
  const python = spawn(pythonWithMsgpack(), [script, links.host, String(links.port), "python"], {
    stdio: "ignore",
  });
  onTestFinished(() => void python.kill("SIGKILL"));
  return python;
}

const nodesOf = async (game: Game) => (await game.figures("gate-1"))["nodes"];

test("a Python node with msgpack alone joins the running game's link port", async () => {
  await using game = await Game.start(config);
  const python = await startPython(game);
  await expect
    .poll(() => nodesOf(game), soon)
    .toContainEqual(expect.objectContaining({ name: "python", role: "python", state: "ready" }));
  const ada = await Firefly.join(game.gate().tcp, "Ada", 1);
  onTestFinished(() => ada.close());
  expect(await login.echo(ada.connection, new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]));
  python.kill("SIGKILL");
  await expect
    .poll(() => nodesOf(game), soon)
    .toContainEqual(expect.objectContaining({ name: "python", state: "away" }));
});

test("a program that the topology does not name cannot join", async () => {
  await using game = await Game.start();
  const python = await startPython(game);
  await expect.poll(() => python.exitCode, soon).not.toBeNull();
  expect(await nodesOf(game)).not.toContainEqual(expect.objectContaining({ name: "python" }));
});
