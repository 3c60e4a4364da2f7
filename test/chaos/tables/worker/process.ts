import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { StoreSpec } from "../../../conformance/tables/place.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));

/** A process that changes rows until it is killed. */
export class WorkerProcess {
  readonly pid: number;
  /** What it complained of when it ended by itself. */
  failure: string | undefined;
  readonly #kill: () => void;
  readonly #gone: Promise<NodeJS.Signals | null>;
  #isKilled = false;

  /**
   * @param life a number of its own within the round
   * @param takes whether it makes rows of names that others try to take too
   * @param onLine gets what it prints
   */
  constructor(
    spec: StoreSpec,
    ids: readonly string[],
    life: number,
    seed: number,
    takes: boolean,
    onLine: (line: string) => void,
  ) {
    const args = [
      JSON.stringify(spec),
      JSON.stringify(ids),
      String(life),
      String(seed),
      takes ? "takes" : "",
    ];
    const child = spawn(process.execPath, ["-C", "photinus-source", program, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (child.pid === undefined) throw new Error("a worker could not be started");
    this.pid = child.pid;
    createInterface(child.stdout).on("line", onLine);
    let complaints = "";
    child.stderr.on("data", (chunk) => {
      complaints += String(chunk);
    });
    this.#kill = () => void child.kill("SIGKILL");
    this.#gone = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        if (!this.#isKilled) this.failure = `worker ${life} ended with ${code ?? signal}: ${complaints}`;
        resolve(signal);
      });
    });
  }

  /** Ends it as `kill -9` does; resolves when it is gone and all it printed was read. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.#kill();
    const signal = await this.#gone;
    if (this.failure !== undefined) throw new Error(this.failure);
    if (signal !== "SIGKILL") throw new Error(`worker ${this.pid} ended by ${signal}`);
  }
}
