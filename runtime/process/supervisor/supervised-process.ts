import { fail, type PhotinusError } from "../../../schema/errors.ts";
import type { Clock, Timer } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { GatePorts, ResolvedProcess } from "../topology/resolved-topology.ts";
import type { Child, ChildEvents, Launch } from "./launch.ts";
import { Backoff, type BackoffOptions } from "./restart-backoff.ts";
import { Successor } from "./successor.ts";
import {
  type Order,
  type ProcessHealth,
  type Report,
  type StartOrder,
  unableExitCode,
} from "./supervisor-messages.ts";

/** State of a supervised process. A process in "waiting" ended and waits for its restart. */
export type ProcessState = "starting" | "ready" | "waiting" | "stopping" | "stopped";

/** Options of a {@link SupervisedProcess}. */
export interface SupervisedProcessOptions {
  readonly launch: Launch;
  readonly clock: Clock;
  readonly log: Logger;
  readonly backoff?: BackoffOptions | undefined;
  onReady(child: SupervisedProcess, ports: GatePorts | undefined): void;
  /** Called when the process reports that it cannot run, before it was ever ready: a restart would not help. */
  onUnable(child: SupervisedProcess, reason: string): void;
}

/** How long a restarted process may take from its start order until it is ready, in ms. */
const readyMs = 60_000;

/** Consecutive failures from which a restart is logged as an error. */
const loudAfterCount = 3;

/** One supervised process: starts it, restarts it until {@link SupervisedProcess.release}, replaces it, and stops it. */
export class SupervisedProcess {
  readonly target: ResolvedProcess;
  readonly #options: SupervisedProcessOptions;
  readonly #backoff: Backoff;
  #state: ProcessState = "stopped";
  #process: Child | undefined;
  /** Process that is to replace the running one; undefined outside of a {@link restart}. */
  #successor: Successor | undefined;
  /** Settles a {@link restart} whose new process has its start order. */
  #replaced: PromiseWithResolvers<void> | undefined;
  #order: StartOrder | undefined;
  #timer: Timer | undefined;
  #startedAt = 0;
  #everReady = false;
  #wanted = true;
  #unable: string | undefined;
  #restarts = 0;
  #key = 0;
  readonly #asked = new Map<number, (health: ProcessHealth | undefined) => void>();
  readonly #stopped: (() => void)[] = [];

  constructor(target: ResolvedProcess, options: SupervisedProcessOptions) {
    this.target = target;
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  get state(): ProcessState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#process === undefined || this.#process.pid === 0 ? undefined : this.#process.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Uptime of the process, in ms; 0 while no process runs. */
  get uptimeMs(): number {
    return this.#process === undefined ? 0 : Math.round(this.#options.clock.now() - this.#startedAt);
  }

  /** Starts the process, which opens nothing before its {@link order}. */
  start(): void {
    this.#begin((events) => this.#options.launch(this.target, events));
  }

  #begin(launch: (events: ChildEvents) => Child): void {
    this.#timer = undefined;
    this.#state = "starting";
    this.#unable = undefined;
    this.#startedAt = this.#options.clock.now();
    const process = launch({
      onReport: (report) => this.#onReport(report),
      onExit: (code, how) => this.#onExit(code, how),
    });
    this.#process = process;
    if (this.#order !== undefined) process.send(this.#order);
  }

  /** Sets the start order. The first order is sent at once, the latest one after each restart. */
  order(order: StartOrder): void {
    const first = this.#order === undefined;
    this.#order = order;
    if (first) this.#process?.send(order);
  }

  send(order: Order): void {
    this.#process?.send(order);
  }

  /** Asks the process for its memory and figures. Resolves with undefined when it does not answer within `timeoutMs`. */
  health(timeoutMs: number): Promise<ProcessHealth | undefined> {
    const process = this.#process;
    if (process === undefined || this.#state !== "ready") return Promise.resolve(undefined);
    const key = ++this.#key;
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(timeoutMs, () => settle(undefined));
      const settle = (health: ProcessHealth | undefined) => {
        timer.cancel();
        this.#asked.delete(key);
        resolve(health);
      };
      this.#asked.set(key, settle);
      process.send({ photinus: "status", key });
    });
  }

  /**
   * Replaces the process. The new process loads its module while the old one runs; then the old one is asked to finish, and
   * killed after `deadlineMs`; then the new one opens. Resolves once the new process is ready.
   *
   * Rejects with FAILED_PRECONDITION when the new process cannot load its module, and the old one continues. Rejects with
   * UNAVAILABLE when the new process ends before it is ready, and starts it again with backoff. Rejects with ABORTED when the
   * process is stopped meanwhile.
   */
  async restart(deadlineMs: number): Promise<void> {
    const { name } = this.target;
    if (!this.#wanted) throw stopped(name);
    const successor = new Successor(this.target, this.#options);
    this.#successor = successor;
    try {
      await successor.loaded;
      await this.#finish(deadlineMs);
      if (!this.#wanted) throw stopped(name);
    } catch (error) {
      await successor.kill();
      throw this.#wanted ? error : stopped(name);
    } finally {
      this.#successor = undefined;
    }
    const replaced = Promise.withResolvers<void>();
    this.#replaced = replaced;
    const timer = this.#options.clock.after(readyMs, () => {
      replaced.reject(
        fail(
          "DEADLINE_EXCEEDED",
          `${name} was replaced, but is not ready after ${readyMs} ms; it is still starting`,
        ),
      );
    });
    this.#restarts++;
    if (successor.alive) this.#begin((events) => successor.adopt(events));
    // Killed by something else while the old process finished.
    else this.start();
    try {
      await replaced.promise;
    } finally {
      timer.cancel();
      this.#replaced = undefined;
    }
  }

  /** Disables restarts. A running process continues until {@link stop}. */
  release(): void {
    this.#wanted = false;
    void this.#successor?.kill();
    this.#replaced?.reject(stopped(this.target.name));
    if (this.#state !== "waiting") return;
    this.#timer?.cancel();
    this.#state = "stopped";
  }

  /** Asks the process to finish, and kills it after `deadlineMs`. Resolves once the process is gone. */
  stop(deadlineMs: number): Promise<void> {
    this.release();
    const successor = this.#successor?.kill();
    const finished = this.#finish(deadlineMs);
    return successor === undefined ? finished : Promise.all([finished, successor]).then(() => {});
  }

  #finish(deadlineMs: number): Promise<void> {
    if (this.#process === undefined) {
      this.#timer?.cancel();
      this.#state = "stopped";
      return Promise.resolve();
    }
    if (this.#state !== "stopping") {
      this.#state = "stopping";
      this.#process.kill("SIGTERM");
      this.#timer = this.#options.clock.after(deadlineMs, () => {
        this.#options.log.warn({ process: this.target.name, deadlineMs }, "stop timed out; process killed");
        this.#process?.kill("SIGKILL");
      });
    }
    return new Promise((resolve) => this.#stopped.push(resolve));
  }

  /** Kills the process at once; {@link stop} resolves once it is gone. */
  kill(): void {
    void this.#successor?.kill();
    this.#process?.kill("SIGKILL");
  }

  #onReport(report: Report): void {
    if (report.photinus === "status") this.#asked.get(report.key)?.(report.status);
    else if (report.photinus === "unable") this.#unable = report.reason;
    else if (report.photinus === "ready" && this.#state === "starting") {
      this.#state = "ready";
      this.#everReady = true;
      this.#replaced?.resolve();
      this.#options.onReady(this, report.ports);
    }
  }

  #onExit(code: number | null, how: string): void {
    this.#process = undefined;
    for (const settle of [...this.#asked.values()]) settle(undefined);
    if (!this.#wanted || this.#state === "stopping") {
      this.#timer?.cancel();
      this.#state = "stopped";
      for (const resolve of this.#stopped.splice(0)) resolve();
      return;
    }
    if (!this.#everReady && code === unableExitCode) {
      this.#state = "stopped";
      this.#options.onUnable(this, this.#unable ?? how);
      return;
    }
    this.#restartLater(how);
  }

  #restartLater(how: string): void {
    const reason = this.#unable ?? how;
    this.#replaced?.reject(
      fail(
        "UNAVAILABLE",
        `${this.target.name} was replaced, but the new process ended: ${reason}; it is started again`,
      ),
    );
    const waitMs = this.#backoff.next(this.#options.clock.now() - this.#startedAt);
    const details = {
      process: this.target.name,
      how,
      reason: this.#unable,
      failures: this.#backoff.failures,
      waitMs,
    };
    const loud = this.#backoff.failures >= loudAfterCount;
    if (loud) this.#options.log.error(details, "process ended repeatedly; restarting");
    else this.#options.log.warn(details, "process ended; restarting");
    this.#restarts++;
    this.#state = "waiting";
    this.#timer = this.#options.clock.after(waitMs, () => this.start());
  }
}

function stopped(name: string): PhotinusError {
  return fail("ABORTED", `${name} is stopping`);
}
