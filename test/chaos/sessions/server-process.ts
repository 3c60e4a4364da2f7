import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ask, next } from "../../bench/harness/children.ts";

/** A gate or node in a process of its own, which is started again after a kill. */
export class ServerProcess {
  readonly name: string;
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;

  /**
   * @param script module of `sides/`
   * @param inside command that runs the process elsewhere: `ip netns exec NAME`
   */
  constructor(
    name: string,
    script: string,
    args: readonly (string | number)[],
    inside: readonly string[] = [],
  ) {
    this.name = name;
    const file = fileURLToPath(new URL(`sides/${script}`, import.meta.url));
    this.#command = [...inside, process.execPath, "-C", "photinus-source", file, ...args.map(String)];
  }

  /** Starts the process. Resolves when it serves. */
  async start(): Promise<void> {
    const [program = "", ...args] = this.#command;
    this.#child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await next(this.#child);
  }

  /** Ends the process as `kill -9` does, and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Stops the process for a time, as a machine that hangs does. */
  async freeze(ms: number): Promise<void> {
    this.#child?.kill("SIGSTOP");
    await sleep(ms);
    this.#child?.kill("SIGCONT");
  }

  ask<T>(): Promise<T> {
    if (this.#child === undefined) throw new Error(`${this.name} does not run`);
    return ask<T>(this.#child, {});
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}
