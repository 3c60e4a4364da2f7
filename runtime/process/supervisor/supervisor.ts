import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { nearest } from "../../../schema/suggest.ts";
import type { Clock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import type { Logger } from "../../log/logger.ts";
import type { CanaryOptions } from "../../node/canary-options.ts";
import { LinkKeys } from "../../rpc/trust/link-keys.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import { unlinkedReason, unreadyReason } from "../health/unready-reasons.ts";
import { checkMinRelease } from "../hosting/min-release.ts";
import type {
  GateAddress,
  GatePorts,
  ResolvedGate,
  ResolvedTopology,
} from "../topology/resolved-topology.ts";
import { type CanaryChange, CanarySettings, plainCanary } from "./canary-settings.ts";
import type { Launch } from "./launch.ts";
import type { BackoffOptions } from "./restart-backoff.ts";
import type { Controllable, ProcessStatus, Restart, Restarted, StatusReport } from "./status-report.ts";
import { SupervisedProcess, type SupervisedProcessOptions } from "./supervised-process.ts";
import type { StartOrder } from "./supervisor-messages.ts";

/** Options of a {@link Supervisor}. */
export interface SupervisorOptions {
  readonly launch: Launch;
  /** Clock whose timers keep the process running; otherwise the supervisor could end while it waits for a restart. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly backoff?: BackoffOptions;
}

/** Outcome of a supervisor. */
export interface SupervisorEnd {
  /** Process that could not start, with its reason; undefined after a normal stop. */
  readonly unable: { readonly process: string; readonly reason: string } | undefined;
}

/** How long a restarted process may take from ready until it serves, in ms. */
const servingMs = 30_000;

/** Interval of the checks whether a restarted process serves, in ms. */
const servingPollMs = 50;

/** Timeout of a status request to a process, in ms. */
const healthTimeoutMs = 1000;

/** Gate with the ports it listens on. */
export interface OpenGate {
  readonly gate: ResolvedGate;
  readonly ports: GatePorts;
}

/**
 * Runs one process for each gate and node of a topology, and restarts processes that end. All processes start at the same
 * time. Gates open first; nodes receive the gates' addresses once all gates are open.
 */
export class Supervisor implements Controllable {
  /** Resolves once every process has been ready; otherwise never settles. */
  readonly ready: Promise<readonly OpenGate[]>;
  /** Resolves once all processes are gone. */
  readonly ended: Promise<SupervisorEnd>;
  readonly #topology: ResolvedTopology;
  readonly #options: SupervisorOptions;
  readonly #gates: SupervisedProcess[];
  readonly #nodes: SupervisedProcess[];
  readonly #ports = new Map<string, GatePorts>();
  readonly #waitedFor: Set<SupervisedProcess>;
  readonly #startedAt: number;
  /** Key by which the processes prove themselves to one another, where the topology has no protection of its own. */
  readonly #linkKey: string | undefined;
  readonly #becomeReady: (gates: readonly OpenGate[]) => void;
  readonly #end: (end: SupervisorEnd) => void;
  #stopping: Promise<void> | undefined;
  #isReady = false;
  /** Name of the gate or node that is being replaced. */
  #restarting: string | undefined;
  /** Least release of clients, once it was set. Gates that start again get it. */
  #minRelease: number | undefined;
  readonly #canaries: CanarySettings;
  #unable: SupervisorEnd["unable"];

  constructor(topology: ResolvedTopology, options: SupervisorOptions) {
    this.#topology = topology;
    this.#options = options;
    this.#canaries = new CanarySettings(topology.nodes);
    this.#startedAt = options.clock.now();
    this.#linkKey = topology.links.ownKey ? LinkKeys.random() : undefined;
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
    for (const gate of this.#gates) gate.order(this.#startOrder([], undefined));
  }

  /** Whether the topology has been asked to stop. */
  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Starts all processes. Resolves before they are {@link ready}. */
  async start(): Promise<void> {
    for (const child of [...this.#gates, ...this.#nodes]) child.start();
  }

  /** Asks all processes for their status. A process that does not answer within 1 s has no figures. */
  async status(): Promise<StatusReport> {
    const processes = await Promise.all(
      [...this.#gates, ...this.#nodes].map((child) => processStatus(child)),
    );
    const uptimeMs = Math.round(this.#options.clock.now() - this.#startedAt);
    return { pid: process.pid, source: this.#topology.source, uptimeMs, processes };
  }

  /**
   * Stops the gates, then the nodes, so that clients are notified and their requests in flight are answered. Each half has
   * half of the topology's grace time; a process that is still running after that is killed.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  /**
   * Replaces the process of one gate or node, or those of all nodes, canary nodes first, then of all gates when there are several, one
   * after another. Yields each once its new process is ready. A rolling restart ends at the first failure. Throws NOT_FOUND for an unknown name,
   * FAILED_PRECONDITION while the topology starts or another restart runs, and the errors of {@link SupervisedProcess.restart}.
   */
  async *restart(what: Restart): AsyncGenerator<Restarted> {
    // A gate that is alone has no other gate that its sessions could move to.
    const gates = this.#gates.length > 1 ? this.#gates : [];
    const targets =
      what.name === undefined ? [...canariesFirst(this.#nodes), ...gates] : [this.#find(what.name)];
    if (!this.#isReady) {
      throw fail(
        "FAILED_PRECONDITION",
        "the topology is still starting; photinus status shows which process is not ready",
      );
    }
    if (this.#restarting !== undefined) {
      throw fail(
        "FAILED_PRECONDITION",
        `a restart is already running: ${this.#restarting}; wait for its end`,
      );
    }
    try {
      for (const [index, child] of targets.entries()) {
        const { name } = child.target;
        this.#restarting = name;
        const since = this.#options.clock.now();
        await this.#replace(child, targets.slice(index + 1));
        yield { name, pid: child.pid, tookMs: Math.round(this.#options.clock.now() - since) };
      }
    } finally {
      this.#restarting = undefined;
    }
  }

  async setMinRelease(minRelease: number): Promise<void> {
    const { processes } = await this.status();
    checkMinRelease(minRelease, processes);
    this.#minRelease = minRelease;
    const complete = this.#ports.size === this.#gates.length;
    for (const gate of this.#gates) {
      gate.order(this.#startOrder(complete ? this.#addresses() : [], this.#ports.get(gate.target.name)));
      gate.send({ photinus: "clients", minRelease });
    }
    this.#options.log.info({ minRelease }, "minimum release of clients changed");
    // A gate answers in order: its status is that after the change.
    await this.status();
  }

  async setCanary(change: CanaryChange): Promise<void> {
    const complete = this.#ports.size === this.#gates.length;
    for (const name of this.#canaries.change(change)) {
      const node = this.#nodes.find(({ target }) => target.name === name);
      const canary = this.#canaryOf(name);
      if (node === undefined || canary === undefined) continue;
      node.order(this.#nodeOrder(node, complete ? this.#addresses() : []));
      node.send({ photinus: "canary", canary });
      this.#options.log.info({ process: name }, "canary changed on request");
    }
    // A node answers in order: its status is that after the change.
    await this.status();
  }

  /** Kills all remaining processes. */
  kill(): void {
    for (const child of [...this.#gates, ...this.#nodes]) child.kill();
  }

  async #replace(child: SupervisedProcess, rest: readonly SupervisedProcess[]): Promise<void> {
    const { log } = this.#options;
    const { name } = child.target;
    log.info({ process: name, pid: child.pid }, "restarting on request");
    try {
      if (child.target.kind === "gate" && this.#gates.length > 1) await this.#until(child, unlinkedReason);
      await child.restart(this.#topology.graceMs / 2);
      await this.#until(child, unreadyReason, "was replaced, but ");
    } catch (error) {
      const names = rest.map((one) => one.target.name);
      log.error({ process: name, reason: reasonOf(error), notRestarted: names }, "restart failed");
      if (names.length === 0 || !isPhotinusError(error)) throw error;
      throw fail(error.code, `${error.reason}\nnot restarted after that: ${names.join(", ")}`, {
        cause: error,
      });
    }
  }

  /** Resolves once a process has no reason to wait: a node is linked to all gates, a gate has its nodes, or its peers. */
  async #until(
    child: SupervisedProcess,
    reasonOf: (status: ProcessStatus) => string | undefined,
    done = "",
  ): Promise<void> {
    const { clock } = this.#options;
    const until = clock.now() + servingMs;
    for (;;) {
      const reason = reasonOf(await processStatus(child));
      if (reason === undefined) return;
      if (this.isStopping) throw fail("ABORTED", `${child.target.name} is stopping`);
      if (clock.now() >= until) {
        throw fail(
          "DEADLINE_EXCEEDED",
          `${child.target.name} ${done}does not serve after ${servingMs} ms: ${reason}`,
        );
      }
      await pause(clock, servingPollMs);
    }
  }

  #find(name: string): SupervisedProcess {
    const all = [...this.#gates, ...this.#nodes];
    const found = all.find((child) => child.target.name === name);
    if (found !== undefined) return found;
    const names = all.map((child) => child.target.name);
    const near = nearest(name, names);
    const hint = near === undefined ? "" : `did you mean "${near}"? `;
    throw fail("NOT_FOUND", `no gate or node "${name}"; ${hint}known names: ${names.join(", ")}`);
  }

  async #stopAll(): Promise<void> {
    const halfMs = this.#topology.graceMs / 2;
    for (const child of [...this.#gates, ...this.#nodes]) child.release();
    // Without addresses, nodes do not dial the closing gates again, and gates do not move their sessions to one another.
    for (const child of [...this.#gates, ...this.#nodes]) child.send({ photinus: "gates", gates: [] });
    await Promise.all(this.#gates.map((gate) => gate.stop(halfMs)));
    await Promise.all(this.#nodes.map((node) => node.stop(halfMs)));
    this.#end({ unable: this.#unable });
  }

  #startOrder(gates: readonly GateAddress[], ports: GatePorts | undefined): StartOrder {
    return { photinus: "start", gates, ports, linkKey: this.#linkKey, minRelease: this.#minRelease };
  }

  #nodeOrder({ target }: SupervisedProcess, gates: readonly GateAddress[]): StartOrder {
    return { ...this.#startOrder(gates, undefined), canary: this.#canaryOf(target.name) };
  }

  #canaryOf(name: string): CanaryOptions | undefined {
    const canary = this.#canaries.of(name);
    return canary && plainCanary(canary);
  }

  #onReady(child: SupervisedProcess, ports: GatePorts | undefined): void {
    const { name } = child.target;
    this.#options.log.info({ process: name, pid: child.pid }, "ready");
    if (ports !== undefined) this.#onGateOpen(child, ports);
    if (this.#waitedFor.delete(child) && this.#waitedFor.size === 0) {
      this.#isReady = true;
      this.#becomeReady(this.#openGates());
    }
  }

  /** Records the ports of an open gate. A restarted gate listens on the same ports, so that clients and nodes find it again. */
  #onGateOpen(child: SupervisedProcess, ports: GatePorts): void {
    this.#ports.set(child.target.name, ports);
    const isComplete = this.#ports.size === this.#gates.length;
    const gates = isComplete ? this.#addresses() : [];
    child.order(this.#startOrder(gates, ports));
    if (!isComplete) return;
    for (const gate of this.#gates) {
      gate.order(this.#startOrder(gates, this.#ports.get(gate.target.name)));
    }
    for (const node of this.#nodes) node.order(this.#nodeOrder(node, gates));
    for (const other of [...this.#gates, ...this.#nodes]) other.send({ photinus: "gates", gates });
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

/** Returns the canary nodes before all others, so that a release that fails there reaches no other node. */
function canariesFirst(nodes: readonly SupervisedProcess[]): SupervisedProcess[] {
  const isCanary = ({ target }: SupervisedProcess): boolean =>
    target.kind === "node" && target.canary !== undefined;
  return [...nodes.filter(isCanary), ...nodes.filter((node) => !isCanary(node))];
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
