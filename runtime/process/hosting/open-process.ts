import { fail } from "../../../schema/errors.ts";
import { nearest } from "../../../schema/suggest.ts";
import type { StartOrder } from "../supervisor/supervisor-messages.ts";
import { loadTopology } from "../topology/load-topology.ts";
import type { ResolvedGate, ResolvedProcess, ResolvedTopology } from "../topology/resolved-topology.ts";
import type { OnUnhandledRejection } from "../topology/topology.ts";
import { closeInTime } from "./close-in-time.ts";
import type { Host, Hosted } from "./hosted.ts";
import { importHttp, openGate } from "./hosted-gate.ts";
import { importNode, openNode } from "./hosted-node.ts";
import { closeTables, noTables, openTables } from "./open-tables.ts";
import { openTicketStore } from "./open-ticket-store.ts";

/** Open gate or node, with the settings of its process. */
export interface OpenProcess {
  readonly hosted: Hosted;
  /** Longest close of the gate or node, in ms. */
  readonly graceMs: number;
  /** Policy for promise rejections without a handler. */
  readonly onUnhandledRejection: OnUnhandledRejection;
}

/** Gate or node `name` of a topology file, for one process of a supervisor: first loaded, then opened. */
export class ProcessOpener {
  readonly #config: string;
  readonly #name: string;
  #loading: Promise<{ topology: ResolvedTopology; target: ResolvedProcess }> | undefined;

  constructor(config: string, name: string) {
    this.#config = config;
    this.#name = name;
  }

  /**
   * Loads the topology and imports the module, so that a mistake there is found before the process that this one replaces is
   * stopped. The module's function does not run yet. Throws NOT_FOUND when the topology has no such gate or node,
   * FAILED_PRECONDITION for a module that fails or has an unusable default export, and the errors of `loadTopology`.
   */
  async load(): Promise<void> {
    const { target } = await this.#load();
    await (target.kind === "gate" ? importHttp(target) : importNode(target));
  }

  /** Opens the gate or node, on the order of the supervisor. */
  async open(order: StartOrder, outside: Omit<Host, "protocol" | "tables" | "links">): Promise<OpenProcess> {
    const { topology, target } = await this.#load();
    return openProcess(topology, target, order, outside);
  }

  #load() {
    this.#loading ??= loadTopology(this.#config).then((topology) => {
      return { topology, target: findProcess(topology, this.#name) };
    });
    return this.#loading;
  }
}

async function openProcess(
  topology: ResolvedTopology,
  target: ResolvedProcess,
  order: StartOrder,
  outside: Omit<Host, "protocol" | "tables" | "links">,
): Promise<OpenProcess> {
  const tables = target.kind === "gate" ? noTables(outside) : await openTables(topology, outside);
  const links = { ...topology.links, startKey: order.linkKey };
  const gates = target.kind === "gate" ? [target] : [];
  const { minRelease, canary } = order;
  const tickets = await openTicketStore(topology.data, gates, outside);
  const host = { ...outside, protocol: topology.protocol, tables, links, ticketStore: tickets.store };
  const hosted =
    target.kind === "gate"
      ? await openGate(withMinRelease(target, minRelease), topology.protocol, host, order.ports, order.gates)
      : await openNode(canary === undefined ? target : { ...target, canary }, order.gates, host);
  const data = (graceMs: number) => closeTables(tables, graceMs, outside.log);
  const close = ({ graceMs }: { readonly graceMs: number }) =>
    closeInTime(outside.clock, graceMs, {
      work: async (workMs) => {
        await hosted.close({ graceMs: workMs });
        await tickets.close();
      },
      ...(target.kind === "gate" ? {} : { data }),
    });
  const { graceMs, onUnhandledRejection } = topology;
  return { hosted: { ...hosted, close }, graceMs: graceMs / 2, onUnhandledRejection };
}

/** Returns a gate with the minimum release that was set since the start of the topology, if any. */
function withMinRelease(gate: ResolvedGate, minRelease: number | undefined): ResolvedGate {
  return minRelease === undefined ? gate : { ...gate, clients: { ...gate.clients, minRelease } };
}

/** Finds a gate or node by name. Throws NOT_FOUND with a suggestion or with all names. */
export function findProcess(topology: ResolvedTopology, name: string): ResolvedProcess {
  const all = [...topology.gates, ...topology.nodes];
  const found = all.find((target) => target.name === name);
  if (found !== undefined) return found;
  const names = all.map((target) => target.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `known names: ${names.join(", ")}` : `did you mean "${near}"?`;
  throw fail("NOT_FOUND", `${topology.source} has no gate or node "${name}"; ${hint}`);
}
