import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { StoreSpec } from "../../conformance/cache/place.ts";

const program = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** A process that changes rows until it is killed. */
export class WorkerProcess {
  readonly pid: number;
  readonly lines: string[] = [];
  /** What it complained of when it ended by itself. */
  failure: string | undefined;
  readonly #kill: () => void;
  readonly #gone: Promise<unknown>;
  #isKilled = false;

  constructor(spec: StoreSpec, ids: readonly string[], name: string, seed: number) {
    const args = [JSON.stringify(spec), JSON.stringify(ids), name, String(seed)];
    const child = spawn(process.execPath, ["-C", "photinus-source", program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.pid = child.pid ?? 0;
    createInterface(child.stdout).on("line", (line) => this.lines.push(line));
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints += String(chunk);
    });
    this.#kill = () => void child.kill("SIGKILL");
    this.#gone = new Promise((resolve) => {
      child.once("close", (code) => {
        if (!this.#isKilled) this.failure = `worker ${name} ended with ${code}: ${complaints}`;
        resolve(code);
      });
    });
    onTestFinished(() => this.kill());
  }

  /** Ends it as `kill -9` does; resolves when it is gone and all it printed was read. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.#kill();
    await this.#gone;
  }
}
