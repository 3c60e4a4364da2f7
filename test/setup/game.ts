import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { askControl, askRestart } from "../../runtime/process/control/control-client.ts";
import { type ControlPlace, controlPlace } from "../../runtime/process/control/control-place.ts";
import type { StatusReport } from "../../runtime/process/supervisor/status-report.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** The example, as `npm start` runs it. */
export const exampleConfig = fileURLToPath(
  new URL("../../examples/meadow/photinus.config.ts", import.meta.url),
);

/** A line of the game's log. */
export interface LogRecord {
  readonly msg: string;
  readonly name?: string;
  readonly [detail: string]: unknown;
}

/** Where clients find a gate. */
export interface GateAddresses {
  readonly page?: string;
  readonly webSocket: string;
  readonly tcp: string;
}

/** A game that runs as `npm start` does: supervisor, gates and nodes as processes of their own, on ports of their own. */
export class Game {
  /** Addresses of each gate, by name. */
  readonly gates: Readonly<Record<string, GateAddresses>>;
  readonly nodes: readonly string[];
  readonly child: ChildProcess;
  readonly #log: GameLog;
  readonly #folder: string;
  readonly #config: string;

  private constructor(child: ChildProcess, log: GameLog, ready: LogRecord, folder: string, config: string) {
    this.child = child;
    this.#log = log;
    this.gates = ready["gates"] as Record<string, GateAddresses>;
    this.nodes = ready["nodes"] as string[];
    this.#folder = folder;
    this.#config = config;
  }

  /** Resolves when every process is ready; rejects with what was logged when that does not happen. */
  static async start(config = exampleConfig, environment: NodeJS.ProcessEnv = {}): Promise<Game> {
    const folder = mkdtempSync(join(tmpdir(), "meadow-test-"));
    const child = spawnPhotinus(["start", "--config", config, "--log-form", "json"], {
      MEADOW_PORT: "0",
      XDG_RUNTIME_DIR: folder,
      MEADOW_DATA: join(folder, "meadow.sqlite"),
      ...environment,
    });
    const log = new GameLog(child);
    try {
      const ready = await log.until((record) => record.msg === "ready" && record["gates"] !== undefined);
      return new Game(child, log, ready, folder, config);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** All that was logged so far. */
  get records(): readonly LogRecord[] {
    return this.#log.records;
  }

  /** The addresses of the only gate, or of the one of a name. */
  gate(name = Object.keys(this.gates)[0] ?? ""): GateAddresses {
    const addresses = this.gates[name];
    if (addresses === undefined) throw new Error(`the game has no gate ${name}`);
    return addresses;
  }

  /** The process of a gate or node; of its present life. */
  pid(unit: string): number {
    const pid = this.#log.pids.get(unit)?.at(-1);
    if (pid === undefined) throw new Error(`the game has no unit ${unit}`);
    return pid;
  }

  /** Resolves with the first record that fits, from the one at `from` on; rejects when the game ends without. */
  until(fits: (record: LogRecord) => boolean, from = 0): Promise<LogRecord> {
    return this.#log.until(fits, from);
  }

  /** Kills a unit without a warning; resolves when its next life is ready. */
  async kill(unit: string): Promise<void> {
    const from = this.records.length;
    process.kill(this.pid(unit), "SIGKILL");
    await this.until((record) => record.msg === "ready" && record["process"] === unit, from);
  }

  /** Restarts a unit, as `photinus restart` does; resolves when its next life is ready. */
  async restart(unit: string): Promise<void> {
    await askRestart(this.#place, { name: unit }, () => {});
  }

  async status(): Promise<StatusReport> {
    const { status } = await askControl(this.#place, "status");
    if (status === undefined) throw new Error("the game told no status");
    return status;
  }

  get #place(): ControlPlace {
    return controlPlace(this.#config, undefined, { XDG_RUNTIME_DIR: this.#folder });
  }

  /** Figures and counters of a gate or node. */
  async figures(unit: string): Promise<Readonly<Record<string, unknown>>> {
    const found = (await this.status()).processes.find(({ name }) => name === unit);
    return found?.gate ?? found?.node ?? {};
  }

  /** A counter of a gate or node; 0 when nothing was counted under the name. */
  async counter(unit: string, name: string): Promise<number> {
    const counters = (await this.figures(unit))["counters"] as Record<string, number> | undefined;
    return counters?.[name] ?? 0;
  }

  /** Ids of all its processes that are still there, of former lives too. */
  get alive(): number[] {
    return [...this.#log.pids.values()].flat().filter(isAlive);
  }

  /** Stops it as Ctrl-C does; resolves with the exit code. Idempotent. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (!this.#log.ended) {
      const exited = once(this.child, "exit");
      this.child.kill(signal);
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Runs the command line from its sources, whatever the working directory is. */
export function spawnPhotinus(args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ["-C", "photinus-source", join(root, "runtime/main.ts"), ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Reads what a game logs. */
class GameLog {
  readonly records: LogRecord[] = [];
  /** Process ids of each gate and node in all its lives, by name. */
  readonly pids = new Map<string, number[]>();
  ended = false;
  readonly #waiting = new Set<() => void>();
  readonly #plain: string[] = [];

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#read(line));
    }
    child.once("exit", () => {
      this.ended = true;
      this.#wake();
    });
  }

  until(fits: (record: LogRecord) => boolean, from = 0): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      let next = from;
      const look = () => {
        for (; next < this.records.length; next++) {
          const record = this.records[next]!;
          if (!fits(record)) continue;
          this.#waiting.delete(look);
          resolve(record);
          return;
        }
        if (!this.ended) return;
        this.#waiting.delete(look);
        reject(new Error(`the game ended:\n${this.#plain.slice(-40).join("\n")}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  #read(line: string): void {
    this.#plain.push(line);
    if (!line.startsWith("{")) return;
    const record = JSON.parse(line) as LogRecord;
    const { process: name, pid } = record;
    if (record.msg === "ready" && typeof name === "string" && typeof pid === "number") {
      this.pids.set(name, [...(this.pids.get(name) ?? []), pid]);
    }
    this.records.push(record);
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}
