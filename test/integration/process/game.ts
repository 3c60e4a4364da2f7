import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StatusReport } from "../../../runtime/process/supervisor/status-report.ts";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const photinus = ["--conditions=photinus-source", join(root, "runtime", "main.ts")];

/** A folder for one test: topologies, modules, and the place of the control channel. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "photinus-game-"));
  readonly #started: ChildProcess[] = [];
  readonly #pids = new Set<number>();

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** The environment in which this workshop's command line runs: a control channel of its own. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, XDG_RUNTIME_DIR: this.folder };
  }

  spawn(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
    const child = spawn(process.execPath, [...photinus, ...args], {
      cwd: this.folder,
      env: { ...this.environment, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#started.push(child);
    return new Run(child);
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<{ code: number | null; out: string; errors: string }> {
    const run = this.spawn(args);
    const code = await run.ended;
    return { code, out: run.out, errors: run.errors };
  }

  /** Starts a topology, and waits until all of it is ready. */
  async start(...args: string[]): Promise<Run> {
    const run = this.spawn(["start", ...args]);
    await run.until('"msg":"ready","gates"');
    for (const unit of (await this.status()).processes) this.#pids.add(unit.pid ?? 0);
    return run;
  }

  async status(): Promise<StatusReport> {
    const { out, errors } = await this.run("status", "--json");
    if (out === "") throw new Error(`status said: ${errors}`);
    const report = JSON.parse(out) as StatusReport;
    for (const unit of report.processes) if (unit.pid !== undefined) this.#pids.add(unit.pid);
    return report;
  }

  /** Waits until the status is as wanted. */
  async statusWhere(isWanted: (report: StatusReport) => boolean): Promise<StatusReport> {
    for (;;) {
      const report = await this.status();
      if (isWanted(report)) return report;
    }
  }

  /** All processes seen so far that are still there. */
  get alive(): number[] {
    return [...this.#pids].filter(isAlive);
  }

  close(): void {
    for (const child of this.#started) child.kill("SIGKILL");
    for (const pid of this.alive) process.kill(pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One run of the command line. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out = "";
  errors = "";

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.out += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = once(child, "close").then(([code]) => code as number | null);
  }

  /** Waits until the output has a text; throws when the run ends without. */
  async until(text: string): Promise<void> {
    while (!this.out.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.out}\n${this.errors}`);
      await delay(10);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A protocol without services, a node that does nothing, and one gate: enough for what is about processes. */
export const quietTopology = {
  protocol: { fingerprint: "0123456789abcdef", commands: [], pushes: [], methods: [] },
  gates: [{ name: "gate", listen: { port: 0 } }],
  nodes: [{ role: "scene", instances: 2, module: "./scene.mjs" }],
};

/** Writes the quiet topology, with changes, and its module. */
export function writeQuiet(workshop: Workshop, changes: object = {}): void {
  workshop.write("scene.mjs", "export default [];\n");
  workshop.write("protocol.mjs", `export const protocol = ${JSON.stringify(quietTopology.protocol)};\n`);
  const topology = { ...quietTopology, protocol: "./protocol.mjs", ...changes };
  workshop.write("photinus.config.json", JSON.stringify(topology));
}
