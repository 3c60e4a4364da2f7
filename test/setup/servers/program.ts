import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withServerFolders } from "../system-path.ts";

/** How long a server may take until it answers, milliseconds. */
const startMs = 30_000;
/** How long it may take to stop before it is killed, milliseconds. */
const stopMs = 10_000;

/** A server's program with a folder of its own; it is stopped by its process id, and its folder goes with it. */
export class ServerProgram {
  readonly folder: string;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #isReady: () => Promise<boolean>;
  #child: ChildProcess | undefined;
  #output = "";
  /** For a test run that is broken off. */
  readonly #killAtExit = () => {
    this.#child?.kill("SIGKILL");
    this.#removeFolder();
  };

  /**
   * @param args of the program, for its folder
   * @param isReady whether it answers; asked again and again, and may throw
   */
  constructor(
    name: string,
    command: string,
    args: (folder: string) => readonly string[],
    isReady: () => Promise<boolean>,
  ) {
    // Not the longest of names: a socket's path has little room.
    this.folder = mkdtempSync(join(tmpdir(), `ph-${name}-`));
    mkdirSync(join(this.folder, "data"));
    this.#command = command;
    this.#args = args(this.folder);
    this.#isReady = isReady;
    process.on("exit", this.#killAtExit);
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#command} does not run`);
    return pid;
  }

  /** Starts it, again after a kill on the same data; resolves when it answers. */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.#command} runs already`);
    const child = spawn(this.#command, this.#args, {
      cwd: this.folder,
      env: withServerFolders(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-8_000);
      });
    }
    child.once("error", (error) => {
      this.#output += `\n${error.message}. Its Debian package is installed by "npm run tools".`;
    });
    const end = Date.now() + startMs;
    while (!(await this.#isReady().catch(() => false))) {
      if (child.exitCode !== null || child.pid === undefined || Date.now() > end) {
        await this.kill();
        throw new Error(`${this.#command} did not start:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Ends it as `kill -9` does; its data stay. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Freezes it, or lets it go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    process.kill(this.pid, signal);
  }

  /** Freezes it; resolves when none of its threads runs any more, which is some time after the signal. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    const tasks = `/proc/${this.pid}/task`;
    const isStopped = (task: string) => /^\d+ \(.*\) T/s.test(readFileSync(`${tasks}/${task}/stat`, "utf8"));
    while (!readdirSync(tasks).every(isStopped)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Stops it and removes its folder. Idempotent. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    process.off("exit", this.#killAtExit);
    this.#removeFolder();
  }

  #removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await exited;
    clearTimeout(timer);
  }
}
