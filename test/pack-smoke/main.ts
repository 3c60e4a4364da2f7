/**
 * Packs all packages, installs them in empty folders as a stranger would, generates code for a new schema, implements it,
 * runs it and plays it; then plays the card duel of the examples, follows the guide of the README, and the links of the packed
 * texts; then installs the guide's game as for production, and starts it. Everything runs on the Node.js that runs this program.
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
import { compareGenerated, copyDuel, generateByProtoc, playDuel } from "./duel.ts";
import { clientFiles, duelFiles, serverFiles } from "./game.ts";
import { followGuide } from "./guide.ts";
import { checkProduction } from "./production.ts";
import { installedIn, reachOf } from "./reach.ts";
import { importsOutOf, linksOutOf, Stranger } from "./stranger.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "photinus-pack-"));
const stranger = new Stranger(folder);

interface Addresses {
  readonly webSocket: string;
  readonly tcp: string;
}

/** Waits for the record that says where the gate is. */
async function addresses(game: ChildProcess): Promise<Addresses> {
  for await (const line of createInterface({ input: game.stdout! })) {
    const record = JSON.parse(line) as { msg: string; gates?: Record<string, Addresses> };
    const [gate] = Object.values(record.gates ?? {});
    if (record.msg === "ready" && gate !== undefined) return gate;
    console.log(`  ${record.msg}`);
  }
  throw new Error("the game ended before it was ready");
}

/** Starts the game of a folder, plays it, and stops it. */
async function withGame(home: string, play: (gate: Addresses) => void | Promise<void>): Promise<void> {
  const game = spawn("npx", ["--no-install", "photinus", "start"], {
    cwd: home,
    env: { ...stranger.environment, DUEL_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const gate = await addresses(game);
    game.stdout.resume();
    await play(gate);
    console.log(stranger.run(home, "npx", "--no-install", "photinus", "stop").trim());
    if (game.exitCode === null) await once(game, "exit");
    assert.equal(game.exitCode, 0);
  } finally {
    game.kill("SIGKILL");
  }
}

try {
  const serverPackage = stranger.pack(root);
  const clientPackage = stranger.pack(join(root, "clients", "typescript"));
  const generatorPackage = stranger.pack(join(root, "codegen"));

  const server = stranger.project("server", serverFiles);
  // The generated client is checked by the compiler here too.
  stranger.install(server, serverPackage, clientPackage, generatorPackage);
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
  const ofCipher = ["@noble/ciphers", "@noble/curves", "@noble/hashes"];
  const brought = "the client brings the packages of @photinus/client/cipher, and no other";
  assert.deepEqual(installedIn(client), [...ofCipher, "@photinus/client"], brought);
  const { files, outside } = reachOf(join(client, "node_modules", "@photinus", "client"));
  assert.ok(files.length > 5, "the client's files were read");
  assert.deepEqual(outside, [], "the client's main entry reaches neither packages nor Node.js");

  await withGame(server, ({ webSocket, tcp }) => {
    const played = JSON.parse(stranger.run(client, process.execPath, "play.ts", webSocket, tcp)) as object;
    assert.deepEqual(played, { answers: [1, 2, 3, 0, 4, 5, 6, 0], pushes: 6 });
  });

  const duel = stranger.project("duel", duelFiles);
  stranger.install(duel, serverPackage, clientPackage, generatorPackage);
  copyDuel(join(duel, "node_modules", "photinus"), duel);
  console.log(stranger.run(duel, "npx", "--no-install", "photinus", "codegen").trim());
  compareGenerated(join(duel, "generated"));
  compareGenerated(generateByProtoc(stranger, duel));
  stranger.run(duel, process.execPath, tsc, "-p", ".", ...types);
  await withGame(duel, ({ tcp }) => playDuel(stranger, duel, tcp));

  for (const name of ["photinus", "@photinus/client", "@photinus/codegen"])
    assert.deepEqual(
      linksOutOf(join(server, "node_modules", name)),
      [],
      `links of ${name} that lead nowhere`,
    );

  assert.deepEqual(
    importsOutOf(join(server, "node_modules", "photinus")),
    [],
    "imports of the packed examples that lead nowhere",
  );

  const installLines = new Map([
    ["npm install photinus @photinus/client", [serverPackage, clientPackage]],
    ["npm install --save-dev @photinus/codegen", [generatorPackage]],
  ]);
  const { home, games } = await followGuide(stranger, installLines, await freePort());
  assert.equal(games.length, 4, "the games of steps 4 and 6, each started twice");
  for (const { printed } of games.slice(1))
    assert.match(printed ?? "", /^somebody rolled .*\nI rolled .*\n$/);

  const production = checkProduction(stranger, home);
  await withGame(production, ({ webSocket }) => assert.match(webSocket, /^wss?:/));
  console.log(
    "pack:smoke: the packages install, generate, run and play; the card duel and the guide of the README, too; a production install has no generator",
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
