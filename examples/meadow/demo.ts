/**
 * Starts the example as `npm start` does, lets 20 players on TCP and 20 on WebSocket play for five seconds, and stops
 * it. The last line is one JSON object of counts. The exit code is 1 when a request was not answered.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Player, type Tally } from "./player.ts";

const playForMs = 5_000;
const playersPerTransport = 20;

const root = fileURLToPath(new URL("../..", import.meta.url));
const config = fileURLToPath(new URL("./photinus.config.ts", import.meta.url));
const start = [`${root}runtime/main.ts`, "start", "--config", config, "--log-form", "json"];

/** Separate runtime folder, so that a running game is not disturbed. */
const runtimeFolder = mkdtempSync(join(tmpdir(), "meadow-demo-"));

const game = spawn(process.execPath, ["-C", "photinus-source", ...start], {
  env: { ...process.env, MEADOW_PORT: "0", XDG_RUNTIME_DIR: runtimeFolder },
  stdio: ["ignore", "pipe", "inherit"],
});
process.once("exit", () => game.kill("SIGKILL"));
try {
  const { addresses, nodes } = await ready(game);
  const tally: Tally = { requests: 0, replies: 0, pushes: 0, errors: 0, nodes: new Set() };
  const players = await Promise.all(
    [addresses.tcp, addresses.webSocket].flatMap((url, transport) =>
      Array.from({ length: playersPerTransport }, (_, i) =>
        Player.join(url, transport * playersPerTransport + i, tally),
      ),
    ),
  );
  const over = AbortSignal.timeout(playForMs);
  await Promise.all(players.map((player) => player.play(over)));
  await Promise.all(players.map((player) => player.leave()));
  const { requests, replies, pushes, errors } = tally;
  const code = await stop(game);
  console.log(JSON.stringify({ players: players.length, requests, replies, pushes, errors, nodes }));
  const served = tally.nodes.size > 1 && pushes > 0 && requests > 0;
  process.exitCode = requests === replies && errors === 0 && served && code === 0 ? 0 : 1;
} finally {
  rmSync(runtimeFolder, { recursive: true, force: true });
}

/** Copies the game's log to stderr, and resolves with the record that reports every process as ready. */
function ready(child: ChildProcess): Promise<{ addresses: Addresses; nodes: string[] }> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the game ended with exit code ${code}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      console.error(line);
      const record = parse(line);
      if (record?.msg !== "ready" || record.gates === undefined) return;
      const [gate] = Object.values(record.gates);
      if (gate) resolve({ addresses: gate, nodes: record.nodes });
    });
  });
}

interface Addresses {
  readonly tcp: string;
  readonly webSocket: string;
}

/** A log record; the supervisor's "ready" record names the gates. */
interface ReadyRecord {
  readonly msg: string;
  readonly gates?: Record<string, Addresses>;
  readonly nodes: string[];
}

function parse(line: string): ReadyRecord | undefined {
  try {
    return JSON.parse(line) as ReadyRecord;
  } catch {
    return undefined;
  }
}

async function stop(child: ChildProcess): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await exited;
  return child.exitCode;
}
