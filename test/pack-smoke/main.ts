/**
 * Packs both packages, installs them in empty folders as a stranger would, generates code for a new schema, implements it,
 * runs it and plays it; then follows the guide of the README, and the links of the packed texts. Everything runs on the Node.js
 * that runs this program.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../setup/free-port.ts";
import { clientFiles, serverFiles } from "./game.ts";
import { followGuide } from "./guide.ts";
import { installedIn, reachOf } from "./reach.ts";
import { linksOutOf, Stranger } from "./stranger.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "photinus-pack-"));
const stranger = new Stranger(folder);

/** Waits for the record that says where the gate is. */
async function addresses(game: ChildProcess): Promise<{ webSocket: string; tcp: string }> {
  for await (const line of createInterface({ input: game.stdout! })) {
    const record = JSON.parse(line) as { msg: string; gates?: { gate: { webSocket: string; tcp: string } } };
    if (record.msg === "ready" && record.gates !== undefined) return record.gates.gate;
    console.log(`  ${record.msg}`);
  }
  throw new Error("the game ended before it was ready");
}

let game: ChildProcess | undefined;
try {
  const serverPackage = stranger.pack(root);
  const clientPackage = stranger.pack(join(root, "clients", "typescript"));

  const server = stranger.project("server", serverFiles);
  // The generated client is checked by the compiler here too.
  stranger.install(server, serverPackage, clientPackage);
  console.log(stranger.run(server, "npx", "--no-install", "photinus", "codegen").trim());
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const types = ["--typeRoots", join(root, "node_modules", "@types")];
  stranger.run(server, process.execPath, tsc, "-p", ".", ...types);
  stranger.run(
    server,
    process.execPath,
    "--input-type=module",
    "-e",
    'await import("photinus"); await import("photinus/v1");',
  );

  const client = stranger.project("client", clientFiles);
  stranger.install(client, clientPackage);
  cpSync(join(server, "generated", "client"), join(client, "generated", "client"), { recursive: true });
  stranger.run(client, process.execPath, tsc, "-p", ".", ...types);
  assert.deepEqual(installedIn(client), ["@photinus/client"], "the client brings no other package");
  const { files, outside } = reachOf(join(client, "node_modules", "@photinus", "client"));
  assert.ok(files.length > 5, "the client's files were read");
  assert.deepEqual(outside, [], "the client's main entry reaches neither packages nor Node.js");

  game = spawn("npx", ["--no-install", "photinus", "start"], {
    cwd: server,
    env: stranger.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { webSocket, tcp } = await addresses(game);
  game.stdout?.resume();
  const played = JSON.parse(stranger.run(client, process.execPath, "play.ts", webSocket, tcp)) as object;
  assert.deepEqual(played, { answers: [1, 2, 3, 0, 4, 5, 6, 0], pushes: 6 });
  console.log(stranger.run(server, "npx", "--no-install", "photinus", "stop").trim());
  if (game.exitCode === null) await once(game, "exit");
  assert.equal(game.exitCode, 0);

  for (const name of ["photinus", "@photinus/client"])
    assert.deepEqual(
      linksOutOf(join(server, "node_modules", name)),
      [],
      `links of ${name} that lead nowhere`,
    );

  const games = await followGuide(stranger, [serverPackage, clientPackage], await freePort());
  assert.equal(games.length, 4, "the games of steps 4 and 6, each started twice");
  for (const { printed } of games.slice(1)) assert.match(printed ?? "", /^somebody threw .*\nI threw .*\n$/);
  console.log("pack:smoke: both packages install, generate, run and play; the guide of the README, too");
} finally {
  game?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
