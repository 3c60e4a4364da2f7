import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type {
  GateAddress,
  GatePorts,
  ResolvedGate,
  ResolvedTopology,
} from "../topology/resolved-topology.ts";
import type { BackoffOptions } from "./restart-backoff.ts";
import type { Controllable, ProcessStatus, StatusReport } from "./status-report.ts";
import { type Launch, SupervisedProcess, type SupervisedProcessOptions } from "./supervised-process.ts";
import type { StartOrder } from "./supervisor-messages.ts";

export interface SupervisorOptions {
  readonly launch: Launch;
  /** Its timers must keep the process running. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly backoff?: BackoffOptions;
}

/** How a supervisor's work ended. */
export interface SupervisorEnd {
  /** Why it could not go on; undefined when it was stopped. */
  readonly unable: { readonly process: string; readonly reason: string } | undefined;
}

/** How long a process may take to tell its status. */
const healthTimeoutMs = 1000;

/** A gate, and where it was found listening. */
export interface OpenGate {
  readonly gate: ResolvedGate;
  readonly ports: GatePorts;
}

/**
 * Runs one process for each gate and node of a topology, and restarts those that end. Gates open first; the nodes'
 * processes start at the same time, and are told where the gates are as soon as all of them are open.
 */
export class Supervisor implements Controllable {
  /** Resolves when every process has been ready once. Never settles when that does not happen. */
  readonly ready: Promise<readonly OpenGate[]>;
  /** Resolves when all processes are gone. */
  readonly ended: Promise<SupervisorEnd>;
  readonly #topology: ResolvedTopology;
  readonly #options: SupervisorOptions;
  readonly #gates: SupervisedProcess[];
  readonly #nodes: SupervisedProcess[];
  readonly #ports = new Map<string, GatePorts>();
  readonly #waitedFor: Set<SupervisedProcess>;
  readonly #startedAt: number;
  readonly #becomeReady: (gates: readonly OpenGate[]) => void;
  readonly #end: (end: SupervisorEnd) => void;
  #stopping: Promise<void> | undefined;
  #unable: SupervisorEnd["unable"];

  constructor(topology: ResolvedTopology, options: SupervisorOptions) {
    this.#topology = topology;
    this.#options = options;
    this.#startedAt = options.clock.now();
    const ready = Promise.withResolvers<readonly OpenGate[]>();
    this.ready = ready.promise;
    this.#becomeReady = ready.resolve;
    const ended = Promise.withResolvers<SupervisorEnd>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
    const processOptions: SupervisedProcessOptions = {
      ...options,
      onReady: (child, ports) => this.#onReady(child, ports),
      onUnable: (child, reason) => this.#onUnable(child, reason),
    };
    this.#gates = topology.gates.map((gate) => new SupervisedProcess(gate, processOptions));
    this.#nodes = topology.nodes.map((node) => new SupervisedProcess(node, processOptions));
    this.#waitedFor = new Set([...this.#gates, ...this.#nodes]);
    for (const gate of this.#gates) gate.order({ photinus: "start", gates: [], ports: undefined });
  }

  async start(): Promise<void> {
    for (const child of [...this.#gates, ...this.#nodes]) child.start();
  }

  async status(): Promise<StatusReport> {
    const processes = await Promise.all(
      [...this.#gates, ...this.#nodes].map((child) => processStatus(child)),
    );
    const uptimeMs = Math.round(this.#options.clock.now() - this.#startedAt);
    return { pid: process.pid, source: this.#topology.source, uptimeMs, processes };
  }

  /**
   * Gates first, so that clients are told and what they asked for is still answered; then the nodes. Each half has half
   * of the time to finish; what is not gone then is killed.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  /** Kills what is left. */
  kill(): void {
    for (const child of [...this.#gates, ...this.#nodes]) child.kill();
  }

  async #stopAll(): Promise<void> {
    const halfMs = this.#topology.graceMs / 2;
    for (const child of [...this.#gates, ...this.#nodes]) child.release();
    // So that they do not miss the gates when these are gone.
    for (const node of this.#nodes) node.send({ photinus: "gates", gates: [] });
    await Promise.all(this.#gates.map((gate) => gate.stop(halfMs)));
    await Promise.all(this.#nodes.map((node) => node.stop(halfMs)));
    this.#end({ unable: this.#unable });
  }

  #onReady(child: SupervisedProcess, ports: GatePorts | undefined): void {
    const { name } = child.target;
    this.#options.log.info({ process: name, pid: child.pid }, "ready");
    if (ports !== undefined) this.#onGateOpen(child, ports);
    if (this.#waitedFor.delete(child) && this.#waitedFor.size === 0) this.#becomeReady(this.#openGates());
  }

  /** A gate that is started again gets the ports that it had, so that clients and nodes find it where it was. */
  #onGateOpen(child: SupervisedProcess, ports: GatePorts): void {
    this.#ports.set(child.target.name, ports);
    child.order({ photinus: "start", gates: [], ports });
    if (this.#ports.size < this.#gates.length) return;
    const order: StartOrder = { photinus: "start", gates: this.#addresses(), ports: undefined };
    for (const node of this.#nodes) {
      node.order(order);
      node.send({ photinus: "gates", gates: order.gates });
    }
  }

  #onUnable(child: SupervisedProcess, reason: string): void {
    this.#unable ??= { process: child.target.name, reason };
    void this.stop();
  }

  #openGates(): OpenGate[] {
    return this.#topology.gates.flatMap((gate) => {
      const ports = this.#ports.get(gate.name);
      return ports === undefined ? [] : [{ gate, ports }];
    });
  }

  #addresses(): GateAddress[] {
    return this.#openGates().map(({ gate, ports }) => ({
      name: gate.name,
      host: gate.links.advertise,
      port: ports.links.port,
    }));
  }
}

async function processStatus(child: SupervisedProcess): Promise<ProcessStatus> {
  const { target } = child;
  const health = await child.health(healthTimeoutMs);
  return {
    name: target.name,
    kind: target.kind,
    ...(target.kind === "node" ? { role: target.role } : {}),
    pid: child.pid,
    state: child.state,
    uptimeMs: child.uptimeMs,
    restarts: child.restarts,
    memoryBytes: health?.memoryBytes,
    ...(health === undefined ? {} : { [target.kind]: health.figures }),
  };
}
