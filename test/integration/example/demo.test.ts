import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { root } from "../../setup/game.ts";

test("the demo plays with 40 players over both transports, and every request is answered", async () => {
  const demo = spawn(process.execPath, ["-C", "photinus-source", "examples/meadow/demo.ts"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[code], out, log] = await Promise.all([once(demo, "exit"), text(demo.stdout), text(demo.stderr)]);
  expect(code, log.slice(-2_000)).toBe(0);
  const last = out.trimEnd().split("\n").at(-1) ?? "";
  const { players, requests, replies, pushes, errors, nodes, ...rest } = JSON.parse(last) as Figures;
  expect({ players, errors, rest }).toEqual({ players: 40, errors: 0, rest: {} });
  expect(nodes).toEqual(["login-1", "meadow-1", "meadow-2", "chat-1"]);
  // Each signed in, entered, and asked for more.
  expect(requests).toBeGreaterThan(40 * 3);
  expect(replies).toBe(requests);
  expect(pushes).toBeGreaterThan(40 * 9);
});

interface Figures {
  readonly players: number;
  readonly requests: number;
  readonly replies: number;
  readonly pushes: number;
  readonly errors: number;
  readonly nodes: readonly string[];
}
