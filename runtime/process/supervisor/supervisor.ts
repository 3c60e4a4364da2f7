import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type {
  GateAddress,
  GatePorts,
  ResolvedGate,
  ResolvedTopology,
} from "../topology/resolved-topology.ts";
import type { BackoffOptions } from "./backoff.ts";
import type { Controllable, StatusReport, UnitStatus } from "./status-report.ts";
import { type Launch, Unit, type UnitOptions } from "./supervised-process.ts";
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
  readonly unable: { readonly unit: string; readonly reason: string } | undefined;
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
  readonly #gates: Unit[];
  readonly #nodes: Unit[];
  readonly #ports = new Map<string, GatePorts>();
  readonly #waitedFor: Set<Unit>;
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
    const unitOptions: UnitOptions = {
      ...options,
      onReady: (unit, ports) => this.#onReady(unit, ports),
      onUnable: (unit, reason) => this.#onUnable(unit, reason),
    };
    this.#gates = topology.gates.map((gate) => new Unit(gate, unitOptions));
    this.#nodes = topology.nodes.map((node) => new Unit(node, unitOptions));
    this.#waitedFor = new Set([...this.#gates, ...this.#nodes]);
    for (const gate of this.#gates) gate.order({ photinus: "start", gates: [], ports: undefined });
  }

  async start(): Promise<void> {
    for (const unit of [...this.#gates, ...this.#nodes]) unit.start();
  }

  async status(): Promise<StatusReport> {
    const processes = await Promise.all([...this.#gates, ...this.#nodes].map((unit) => unitStatus(unit)));
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
    for (const unit of [...this.#gates, ...this.#nodes]) unit.kill();
  }

  async #stopAll(): Promise<void> {
    const halfMs = this.#topology.graceMs / 2;
    for (const unit of [...this.#gates, ...this.#nodes]) unit.release();
    // So that they do not miss the gates when these are gone.
    for (const node of this.#nodes) node.send({ photinus: "gates", gates: [] });
    await Promise.all(this.#gates.map((gate) => gate.stop(halfMs)));
    await Promise.all(this.#nodes.map((node) => node.stop(halfMs)));
    this.#end({ unable: this.#unable });
  }

  #onReady(unit: Unit, ports: GatePorts | undefined): void {
    const { name } = unit.target;
    this.#options.log.info({ unit: name, pid: unit.pid }, "ready");
    if (ports !== undefined) this.#onGateOpen(unit, ports);
    if (this.#waitedFor.delete(unit) && this.#waitedFor.size === 0) this.#becomeReady(this.#openGates());
  }

  /** A gate that is started again gets the ports that it had, so that clients and nodes find it where it was. */
  #onGateOpen(unit: Unit, ports: GatePorts): void {
    this.#ports.set(unit.target.name, ports);
    unit.order({ photinus: "start", gates: [], ports });
    if (this.#ports.size < this.#gates.length) return;
    const order: StartOrder = { photinus: "start", gates: this.#addresses(), ports: undefined };
    for (const node of this.#nodes) {
      node.order(order);
      node.send({ photinus: "gates", gates: order.gates });
    }
  }

  #onUnable(unit: Unit, reason: string): void {
    this.#unable ??= { unit: unit.target.name, reason };
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

async function unitStatus(unit: Unit): Promise<UnitStatus> {
  const { target } = unit;
  const health = await unit.health(healthTimeoutMs);
  return {
    name: target.name,
    kind: target.kind,
    ...(target.kind === "node" ? { role: target.role } : {}),
    pid: unit.pid,
    state: unit.state,
    uptimeMs: unit.uptimeMs,
    restarts: unit.restarts,
    memoryBytes: health?.memoryBytes,
    ...(health === undefined ? {} : { [target.kind]: health.figures }),
  };
}
