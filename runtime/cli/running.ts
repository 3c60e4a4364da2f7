import { fail } from "../../schema/errors.ts";
import { SystemClock, systemClock } from "../clock/clock.ts";
import type { Logger } from "../log/logger.ts";
import { reasonOf } from "../process/diagnosis/error-reason.ts";
import { type InProcess, openInProcess, openOnly } from "../process/hosting/in-process.ts";
import { UnhandledRejections } from "../process/hosting/unhandled-rejections.ts";
import type { LogOutput } from "../process/logs/log-output.ts";
import type { CanaryChange } from "../process/supervisor/canary-settings.ts";
import { spawnProcesses } from "../process/supervisor/spawn-processes.ts";
import type { Controllable, Restarted, StatusReport } from "../process/supervisor/status-report.ts";
import { type OpenGate, Supervisor, type SupervisorEnd } from "../process/supervisor/supervisor.ts";
import type { ResolvedTopology } from "../process/topology/resolved-topology.ts";
import type { LogLevel } from "../process/topology/topology.ts";

/** A topology that can run, supervised or in this process. */
export interface Running extends Controllable {
  /** Starts the topology; rejects when it cannot start in this process. */
  start(): Promise<void>;
  /** Resolves with the open gates once all gates and nodes are ready. */
  readonly ready: Promise<readonly OpenGate[]>;
  /** Resolves once all gates and nodes are gone. */
  readonly ended: Promise<SupervisorEnd>;
  /** Whether the topology has been asked to stop. */
  readonly isStopping: boolean;
  /** Ends all gates and nodes at once, without finishing work in flight. */
  kill(): void;
}

/** Options of a {@link Running} topology. */
export interface RunOptions {
  /** Path of the topology file. */
  readonly config: string;
  readonly topology: ResolvedTopology;
  readonly level: LogLevel;
  readonly logOutput: LogOutput;
}

/** Runs one supervised process for each gate and node. */
export function runSupervised({ config, topology, level, logOutput }: RunOptions): Running {
  return new Supervisor(topology, {
    launch: spawnProcesses({ config, logLevel: level, onRecord: (record) => logOutput.write(record) }),
    clock: new SystemClock({ keepAlive: true }),
    log: logOutput.logger("supervisor", level),
  });
}

/** Runs a topology in this process; with `only`, the gate or node of that name alone. */
export class RunHere implements Running {
  readonly ready: Promise<readonly OpenGate[]>;
  readonly ended: Promise<SupervisorEnd>;
  readonly #options: RunOptions;
  readonly #only: string | undefined;
  readonly #becomeReady: (gates: readonly OpenGate[]) => void;
  readonly #end: (end: SupervisorEnd) => void;
  readonly #log: Logger;
  readonly #rejections: UnhandledRejections;
  readonly #onRejection = (error: unknown): void => this.#rejections.onRejection(error);
  /** Logs the error as a supervised process does. Without a listener, Node.js prints all of its properties, which may be personal. */
  readonly #onException = (error: unknown): void => {
    const stack = error instanceof Error ? error.stack : undefined;
    this.#log.error({ stack }, `uncaught exception: ${reasonOf(error)}`);
    this.kill();
  };
  #here: InProcess | undefined;
  #isStopping = false;

  constructor(options: RunOptions, only: string | undefined) {
    this.#options = options;
    this.#log = options.logOutput.logger("photinus", options.level);
    const exit = (): void => this.kill();
    this.#rejections = new UnhandledRejections({ log: this.#log, clock: systemClock, exit });
    this.#only = only;
    const ready = Promise.withResolvers<readonly OpenGate[]>();
    this.ready = ready.promise;
    this.#becomeReady = ready.resolve;
    const ended = Promise.withResolvers<SupervisorEnd>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  async start(): Promise<void> {
    const { topology } = this.#options;
    const hosting = { clock: systemClock, log: this.#log };
    process.on("unhandledRejection", this.#onRejection);
    process.on("uncaughtException", this.#onException);
    const here = await (this.#only === undefined
      ? openInProcess(topology, hosting)
      : openOnly(topology, this.#only, hosting));
    this.#here = here;
    const counters = [...here.gates.values(), ...here.nodes.values()].map((one) => one.counters);
    this.#rejections.follow(topology.onUnhandledRejection, counters);
    const gates = topology.gates.flatMap((gate) => {
      const ports = here.addresses[gate.name];
      return ports === undefined ? [] : [{ gate, ports }];
    });
    this.#becomeReady(gates);
  }

  async status(): Promise<StatusReport> {
    const { source } = this.#options.topology;
    return this.#here?.status() ?? { pid: process.pid, source, uptimeMs: 0, processes: [] };
  }

  /** Throws FAILED_PRECONDITION: the command that started this process has to restart it. */
  // biome-ignore lint/correctness/useYield: a process without a supervisor restarts nothing.
  async *restart(): AsyncGenerator<Restarted> {
    const how = this.#only === undefined ? "--in-process" : `--only ${this.#only}`;
    throw fail(
      "FAILED_PRECONDITION",
      `a process of photinus start ${how} has no supervisor that could replace it; stop it, then start it again`,
    );
  }

  async setMinRelease(minRelease: number): Promise<void> {
    if (this.#here === undefined) throw fail("FAILED_PRECONDITION", "the topology is still starting");
    await this.#here.setMinRelease(minRelease);
  }

  async setCanary(change: CanaryChange): Promise<void> {
    if (this.#here === undefined) throw fail("FAILED_PRECONDITION", "the topology is still starting");
    await this.#here.setCanary(change);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#here?.close();
    process.off("unhandledRejection", this.#onRejection);
    process.off("uncaughtException", this.#onException);
    this.#end({ unable: undefined });
  }

  kill(): void {
    process.exit(1);
  }
}
