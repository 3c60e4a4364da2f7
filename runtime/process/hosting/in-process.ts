import { resolve } from "node:path";
import { fail } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { clockOption, graceRule } from "../../clock/clock-rules.ts";
import type { Gate } from "../../gate/gate.ts";
import { loggerOption } from "../../log/log-rules.ts";
import type { Logger } from "../../log/logger.ts";
import type { GameNode } from "../../node/node.ts";
import { filled } from "../../options/address-rules.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, optional, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { LinkKeys } from "../../rpc/trust/link-keys.ts";
import { type CanaryChange, CanarySettings } from "../supervisor/canary-settings.ts";
import type { ProcessStatus, StatusReport } from "../supervisor/status-report.ts";
import { resolveTopology } from "../topology/resolve-topology.ts";
import type {
  GateAddress,
  GatePorts,
  ResolvedProcess,
  ResolvedTopology,
} from "../topology/resolved-topology.ts";
import type { Topology } from "../topology/topology.ts";
import { closeInTime } from "./close-in-time.ts";
import type { Host, Hosted } from "./hosted.ts";
import { type HostedGate, openGate } from "./hosted-gate.ts";
import { type HostedNode, openNode } from "./hosted-node.ts";
import { checkMinRelease } from "./min-release.ts";
import { findProcess } from "./open-process.ts";
import { closeTables, noTables, openTables } from "./open-tables.ts";
import { openTicketStore } from "./open-ticket-store.ts";

/** Options of {@link startInProcess}. */
export interface InProcessOptions {
  /** Folder of the topology's relative paths. Default: the working directory. */
  readonly directory?: string;
  /** Clock of all gates and nodes. Default: the machine's. */
  readonly clock?: Clock;
  /** Logger of all gates and nodes. Default: silent. */
  readonly log?: Logger;
}

/** Rule that checks {@link InProcessOptions} and fills in defaults. */
export const inProcessRule = object({
  directory: withDefault(filled("the path of a folder"), "."),
  clock: clockOption,
  log: loggerOption,
} satisfies RulesOf<InProcessOptions>);

/** The rules of the options of {@link InProcess.close}. */
export const inProcessCloseRule = object({ graceMs: optional(graceRule) });

/**
 * Runs a whole topology in this process, for tests and development. Throws INVALID_ARGUMENT with every problem of the
 * topology. When a gate or node fails to open, closes the others and throws its error.
 */
export async function startInProcess(topology: Topology, options: InProcessOptions = {}): Promise<InProcess> {
  const outside = resolveOptions("startInProcess", inProcessRule, options);
  const directory = resolve(outside.directory);
  const resolved = await resolveTopology(topology, { source: "topology", directory });
  return openInProcess(resolved, outside);
}

/** Runs a topology that is already loaded and checked in this process. */
export async function openInProcess(
  topology: ResolvedTopology,
  options: InProcessOptions = {},
): Promise<InProcess> {
  return openProcesses(topology, topology.gates, topology.nodes, options);
}

/**
 * Runs one gate or node in this process, for `--only`. Throws NOT_FOUND for an unknown name, and FAILED_PRECONDITION when a
 * gate's link port is 0, because other processes could not know the port that the system chooses.
 */
export async function openOnly(
  topology: ResolvedTopology,
  name: string,
  options: InProcessOptions = {},
): Promise<InProcess> {
  const target = findProcess(topology, name);
  const needed = target.kind === "gate" ? [target] : topology.gates;
  const open = needed.find((gate) => gate.links.port === 0);
  if (open !== undefined) {
    throw fail(
      "FAILED_PRECONDITION",
      `"${name}" cannot run alone: gate "${open.name}" has the link port 0, so nodes started elsewhere cannot know the ` +
        "port; give its links a fixed port",
    );
  }
  return openProcesses(
    topology,
    topology.gates.filter((gate) => gate === target),
    topology.nodes.filter((node) => node === target),
    options,
  );
}

async function openProcesses(
  topology: ResolvedTopology,
  gates: ResolvedTopology["gates"],
  nodes: ResolvedTopology["nodes"],
  options: InProcessOptions,
): Promise<InProcess> {
  const { clock, log } = resolveOptions("startInProcess", inProcessRule, options);
  const outside = { clock, log };
  const tables = nodes.length === 0 ? noTables(outside) : await openTables(topology, outside);
  // Processes that run alone could not share a random key.
  const isWhole = gates.length === topology.gates.length && nodes.length === topology.nodes.length;
  const startKey = isWhole && topology.links.ownKey ? LinkKeys.random() : undefined;
  const links = { ...topology.links, startKey };
  const tickets = await openTicketStore(topology.data, gates, outside);
  const inProcess = new InProcess(topology, clock, async (graceMs) => {
    await closeTables(tables, graceMs, log);
    await tickets.close();
  });
  const hostOf = (target: ResolvedProcess): Host => ({
    clock,
    protocol: topology.protocol,
    log: log.child({ name: target.name }),
    tables,
    links,
    ticketStore: tickets.store,
  });
  try {
    for (const gate of gates) {
      inProcess.addGate(gate, await openGate(gate, topology.protocol, hostOf(gate), undefined, []));
    }
    const addresses = topology.gates.map((gate): GateAddress => {
      const port = inProcess.addresses[gate.name]?.links.port ?? gate.links.port;
      return { name: gate.name, host: gate.links.advertise, port };
    });
    for (const gate of inProcess.gates.values()) gate.setPeers(addresses);
    const opening = nodes.map(async (node) => {
      inProcess.addNode(node, await openNode(node, addresses, hostOf(node)));
    });
    const failed = (await Promise.allSettled(opening)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } catch (error) {
    await inProcess.close({ graceMs: 0 });
    throw error;
  }
  return inProcess;
}

/** Gates and nodes that run in this process; made by {@link startInProcess}. */
export class InProcess {
  /** Gates by name. */
  readonly gates = new Map<string, Gate>();
  /** Nodes by name. */
  readonly nodes = new Map<string, GameNode>();
  /** Ports of each gate, by the gate's name. */
  readonly addresses: Record<string, GatePorts> = {};
  readonly #topology: ResolvedTopology;
  readonly #canaries: CanarySettings;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #hosted = new Map<ResolvedProcess, Hosted>();
  readonly #closeData: (graceMs: number) => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(topology: ResolvedTopology, clock: Clock, closeData: (graceMs: number) => Promise<void>) {
    this.#topology = topology;
    this.#canaries = new CanarySettings(topology.nodes);
    this.#clock = clock;
    this.#closeData = closeData;
    this.#startedAt = clock.now();
  }

  /** Adds an open gate; called only while the topology opens. */
  addGate(target: ResolvedProcess, hosted: HostedGate): void {
    this.gates.set(target.name, hosted.gate);
    this.addresses[target.name] = hosted.ports;
    this.#hosted.set(target, hosted);
  }

  /** Adds an open node; called only while the topology opens. */
  addNode(target: ResolvedProcess, hosted: HostedNode): void {
    this.nodes.set(target.name, hosted.node);
    this.#hosted.set(target, hosted);
  }

  /** Returns the status of all gates and nodes, as `photinus status` shows it. */
  status(): StatusReport {
    const uptimeMs = Math.round(this.#clock.now() - this.#startedAt);
    const memoryBytes = process.memoryUsage.rss();
    const processes = [...this.#hosted].map(
      ([target, hosted]): ProcessStatus => ({
        name: target.name,
        kind: target.kind,
        ...(target.kind === "node" ? { role: target.role } : {}),
        pid: process.pid,
        state: this.#closing === undefined ? "ready" : "stopping",
        uptimeMs,
        restarts: 0,
        memoryBytes,
        [target.kind]: hosted.figures(),
      }),
    );
    return { pid: process.pid, source: this.#topology.source, uptimeMs, processes };
  }

  /**
   * Sets the least release of clients that may enter, at all gates that run here. Throws FAILED_PRECONDITION when it is above the
   * release of a gate, or when no gate runs here, and INVALID_ARGUMENT for anything but a whole number.
   */
  async setMinRelease(minRelease: number): Promise<void> {
    checkMinRelease(minRelease, this.status().processes);
    for (const gate of this.gates.values()) gate.setMinRelease(minRelease);
  }

  /** Changes what canary nodes that run here take. Throws as {@link CanarySettings.change} does. */
  async setCanary(change: CanaryChange): Promise<void> {
    for (const name of this.#canaries.change(change)) {
      const canary = this.#canaries.of(name);
      if (canary !== undefined) this.nodes.get(name)?.setCanary(canary);
    }
  }

  /** Closes the gates, then the nodes. `graceMs` covers both, half for each. Default: `stop.graceMs` of the topology. */
  close(options?: { readonly graceMs?: number }): Promise<void> {
    const given = resolveOptions("InProcess.close", inProcessCloseRule, options);
    this.#closing ??= this.#closeAll((given.graceMs ?? this.#topology.graceMs) / 2);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeAll(graceMs: number): Promise<void> {
    for (const node of this.nodes.values()) node.setGates([]);
    for (const gate of this.gates.values()) gate.setPeers([]);
    await Promise.all([...this.gates.values()].map((gate) => gate.close({ graceMs })));
    await closeInTime(this.#clock, graceMs, {
      work: async (workMs) => {
        await Promise.all([...this.nodes.values()].map((node) => node.close({ graceMs: workMs })));
      },
      data: this.#closeData,
    });
  }
}
