import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { exampleConfig, Game, isAlive, root, spawnPhotinus } from "../../setup/game.ts";

let game: Game | undefined;
const folders: string[] = [];

afterEach(async () => {
  await game?.stop("SIGKILL");
  game = undefined;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "meadow-start-"));
  folders.push(made);
  return made;
}

test("the example starts a process for each gate and node, serves its page, and leaves nothing behind", async () => {
  game = await Game.start();
  expect(game.nodes).toEqual(["login-1", "meadow-1", "meadow-2", "chat-1"]);
  const { processes, pid: supervisor } = await game.status();
  expect(processes.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "gate-1 ready",
    "login-1 ready",
    "meadow-1 ready",
    "meadow-2 ready",
    "chat-1 ready",
  ]);
  const pids = processes.map(({ pid }) => pid ?? 0);
  expect(new Set([...pids, supervisor]).size).toBe(6);
  expect(pids.every(isAlive)).toBe(true);

  const page = await fetch(game.gate().page ?? "");
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toContain("text/html");
  const html = await page.text();
  expect(html).toBe(await readFile(join(root, "clients/web/dist/index.html"), "utf8"));
  const [, script = ""] = /src="\.?(\/[^"]+\.js)"/.exec(html) ?? [];
  const code = await fetch(new URL(script, game.gate().page));
  expect(code.status).toBe(200);
  expect(code.headers.get("content-type")).toContain("javascript");
  expect((await fetch(new URL("/nothing", game.gate().page))).status).toBe(404);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const refused = await fetch(game.gate().page ?? "", { method });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }

  expect(await game.stop("SIGINT")).toBe(0);
  expect([...pids, supervisor].filter(isAlive)).toEqual([]);
  // No process had to be killed, and no one missed those that had gone already.
  expect(game.records.filter(({ level }) => Number(level) >= 40)).toEqual([]);
});

test("a person is told where to play, and what runs", async () => {
  const child = spawnPhotinus(["start", "--config", exampleConfig, "--log-form", "human"], {
    MEADOW_PORT: "0",
    XDG_RUNTIME_DIR: folder(),
  });
  let out = "";
  await new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      out += part;
      if (out.includes("Ctrl-C stops it.")) resolve();
    });
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect(out).toMatch(/play +http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(out).toMatch(/nodes +login-1, meadow-1, meadow-2, chat-1\n/);
});

test("a port that is taken ends the start with exit code 1, the address, and what to do", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const child = spawnPhotinus(["start", "--config", exampleConfig, "--log-form", "json"], {
    MEADOW_PORT: String(port),
    XDG_RUNTIME_DIR: folder(),
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const [out, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  expect(await exited).toBe(1);
  taken.close();
  expect(errors).toMatch(new RegExp(`^error: gate-1 cannot start: .*127\\.0\\.0\\.1:${port}.*\n$`));
  expect(errors).not.toContain("    at ");
  const pids = [...out.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid));
  expect(pids.filter(isAlive)).toEqual([]);
});
