/**
 * Packs both packages, installs them in empty folders as a stranger would, generates code for a new schema, implements it,
 * runs it and plays it. Everything runs on the Node.js that runs this program.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { clientFiles, serverFiles } from "./game.ts";
import { installedIn, reachOf } from "./reach.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "photinus-pack-"));
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
  XDG_RUNTIME_DIR: folder,
};
// These would tie the npm of the other folders to this project.
for (const name of Object.keys(environment))
  if (/^(npm_|NODE_OPTIONS$|INIT_CWD$)/i.test(name)) delete environment[name];

/** Runs a program to its end and gives its output. */
function run(cwd: string, program: string, ...args: string[]): string {
  console.log(`$ ${program} ${args.join(" ")}`);
  return execFileSync(program, args, {
    cwd,
    env: environment,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function pack(from: string): string {
  const [packed] = JSON.parse(
    run(from, "npm", "pack", "--json", "--silent", "--pack-destination", folder),
  ) as [{ filename: string; files: { path: string }[] }];
  const paths = packed.files.map((file) => file.path);
  assert.ok(paths.length > 10, `${packed.filename} has files`);
  const strange = paths.filter(
    (path) => !/^(dist|schema\/photinus)\/|^(package\.json|README\.md|LICENSE)$/.test(path),
  );
  assert.deepEqual(strange, [], "only what is built, the schema's options and the usual texts are packed");
  return join(folder, packed.filename);
}

function project(name: string, files: Readonly<Record<string, string>>): string {
  const home = join(folder, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return home;
}

function install(home: string, ...packages: string[]): void {
  run(home, "npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", ...packages);
}

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
  const serverPackage = pack(root);
  const clientPackage = pack(join(root, "clients", "typescript"));

  const server = project("server", serverFiles);
  // The generated client is checked by the compiler here too.
  install(server, serverPackage, clientPackage);
  console.log(run(server, "npx", "--no-install", "photinus", "codegen").trim());
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const types = ["--typeRoots", join(root, "node_modules", "@types")];
  run(server, process.execPath, tsc, "-p", ".", ...types);
  run(
    server,
    process.execPath,
    "--input-type=module",
    "-e",
    'await import("photinus"); await import("photinus/v1");',
  );

  const client = project("client", clientFiles);
  install(client, clientPackage);
  cpSync(join(server, "generated", "client"), join(client, "generated", "client"), { recursive: true });
  run(client, process.execPath, tsc, "-p", ".", ...types);
  assert.deepEqual(installedIn(client), ["@photinus/client"], "the client brings no other package");
  const { files, outside } = reachOf(join(client, "node_modules", "@photinus", "client"));
  assert.ok(files.length > 5, "the client's files were read");
  assert.deepEqual(outside, [], "the client's main entry reaches neither packages nor Node.js");

  game = spawn("npx", ["--no-install", "photinus", "start"], {
    cwd: server,
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { webSocket, tcp } = await addresses(game);
  game.stdout?.resume();
  const played = JSON.parse(run(client, process.execPath, "play.ts", webSocket, tcp)) as object;
  assert.deepEqual(played, { answers: [1, 2, 3, 0, 4, 5, 6, 0], pushes: 6 });
  console.log(run(server, "npx", "--no-install", "photinus", "stop").trim());
  if (game.exitCode === null) await once(game, "exit");
  assert.equal(game.exitCode, 0);
  console.log("pack:smoke: both packages install, generate, run and play");
} finally {
  game?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
