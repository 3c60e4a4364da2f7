import { dirname, resolve } from "node:path";
import type { NodeModule } from "../../node/define-node.ts";
import { isWildcard } from "../../options/address-rules.ts";
import { shown } from "../../options/option-resolver.ts";
import { isRecord, type Path, take } from "../../options/option-rules.ts";
import type { HttpHandler } from "../../transport/http.ts";
import { type Locate, Problems, problemText, refusal } from "../diagnosis/topology-problem.ts";
import { resolveAuth, resolveClassic } from "./resolve/resolve-auth.ts";
import { resolveData } from "./resolve/resolve-data.ts";
import { resolveLinks } from "./resolve/resolve-links.ts";
import { resolveListen } from "./resolve/resolve-listen.ts";
import {
  defaultGraceMs,
  defaultHost,
  defaultReadyWaitMs,
  instanceNames,
  type ResolvedGate,
  type ResolvedNode,
  type ResolvedTopology,
} from "./resolved-topology.ts";
import type { GateTopology, NodeTopology, Topology } from "./topology.ts";
import { topologyRule } from "./topology-grammar.ts";
import { loadProtocol, moduleUrl } from "./topology-modules.ts";
import { checkNames, checkPorts, checkReleases, checkRoles } from "./topology-rules.ts";

/** Origin of a topology. */
export interface TopologySource {
  /** Name of the topology in messages: its path, or "topology". */
  readonly source: string;
  /** Folder of relative paths. Default: the folder of `source`. */
  readonly directory?: string;
  /** Finds the place of a path in the file; undefined where places are unknown, as in a module. */
  readonly locate?: Locate;
}

/**
 * Checks a topology and fills in its defaults. Throws INVALID_ARGUMENT with one line for each problem that one run can find.
 */
export async function resolveTopology(value: unknown, from: TopologySource): Promise<ResolvedTopology> {
  const problems = new Problems();
  take(topologyRule, value, [], problems.report);
  const directory = from.directory ?? dirname(resolve(from.source));
  // Entries of the wrong shape are excluded from the following checks, so that one run can report all other problems.
  const gates = soundEntries<GateTopology>(value, "gates", problems);
  const nodes = soundEntries<NodeTopology>(value, "nodes", problems);
  const clients = (isSound(["clients"], problems) && (value as Topology | undefined)?.clients) || {};
  const readyNodes = countByRole(nodes);
  const resolvedGates = gates.map(([index, gate]) => {
    return resolveGate(gate, index, { clients, readyNodes }, directory, problems);
  });
  const resolvedNodes = nodes.flatMap(([index, node]) => resolveNode(node, index, directory, problems));
  checkNames(gates, nodes, problems);
  const health = isSound(["health"], problems) ? (value as Topology | undefined)?.health : undefined;
  checkPorts(gates, health, problems);
  const security = isSound(["links"], problems) ? (value as Topology | undefined)?.links : undefined;
  const links = resolveLinks(security, gates, nodes, directory, problems);
  const data = isSound(["data"], problems) ? (value as Topology | undefined)?.data : undefined;
  const store = resolveData(data, from.source, directory, process.env, problems);
  const written = isRecord(value) ? value["protocol"] : undefined;
  const protocol = written === undefined ? undefined : await loadProtocol(written, directory, problems);
  if (protocol !== undefined && isSound(["nodes"], problems)) checkRoles(protocol, gates, nodes, problems);
  if (protocol !== undefined) checkReleases(protocol, clients, problems);

  if (protocol === undefined || problems.errors.length > 0) {
    throw refusal(problems.all, from.source, from.locate);
  }
  const parts = { protocol, gates: resolvedGates, nodes: resolvedNodes, links, data: store };
  return assemble(value as Topology, parts, problems, from, directory);
}

/** Returns the entries of a list that have no errors so far, each with its index. */
function soundEntries<T>(value: unknown, name: "gates" | "nodes", problems: Problems): [number, T][] {
  const list = isRecord(value) ? value[name] : undefined;
  if (!Array.isArray(list)) return [];
  return [...(list as T[]).entries()].filter(([index]) => isSound([name, index], problems));
}

/** Whether no error is reported at or below a path. */
function isSound(prefix: Path, problems: Problems): boolean {
  return !problems.errors.some((problem) => prefix.every((step, depth) => problem.path[depth] === step));
}

function assemble(
  topology: Topology,
  parts: Pick<ResolvedTopology, "protocol" | "gates" | "nodes" | "links" | "data">,
  problems: Problems,
  from: TopologySource,
  directory: string,
): ResolvedTopology {
  const file = topology.log?.file;
  return {
    source: from.source,
    ...parts,
    log: {
      level: topology.log?.level ?? "info",
      file: file === undefined ? undefined : resolve(directory, file),
    },
    graceMs: topology.stop?.graceMs ?? defaultGraceMs,
    onUnhandledRejection: topology.onUnhandledRejection ?? "log",
    health: topology.health && { host: topology.health.host ?? defaultHost, port: topology.health.port },
    warnings: problems.warnings.map((problem) => problemText(problem, from.source, from.locate)),
  };
}

/** Counts the instances of each role, those of external nodes included. */
function countByRole(nodes: readonly [number, NodeTopology][]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [, node] of nodes) {
    counts.set(node.role, (counts.get(node.role) ?? 0) + instanceNames(node).length);
  }
  return Object.fromEntries(counts);
}

function resolveGate(
  gate: GateTopology,
  index: number,
  shared: Pick<ResolvedGate, "clients" | "readyNodes">,
  directory: string,
  problems: Problems,
): ResolvedGate {
  const path = ["gates", index];
  const host = gate.links?.host ?? defaultHost;
  return {
    kind: "gate",
    name: gate.name,
    listen: resolveListen(gate.listen, directory, [...path, "listen"], problems),
    links: {
      host,
      port: gate.links?.port ?? 0,
      advertise: gate.links?.advertise ?? (isWildcard(host) ? defaultHost : host),
    },
    classic: resolveClassic(gate, path, problems),
    session: gate.session ?? true,
    frame: gate.frame ?? {},
    requireSchema: gate.requireSchema ?? false,
    origins: gate.origins,
    http: resolveHttp(gate.http, [...path, "http"], directory, problems),
    heartbeatMs: gate.heartbeatMs,
    advertise: gate.advertise ?? {},
    auth: resolveAuth(gate, path, directory, problems),
    compression: gate.compression ?? false,
    queue: gate.queue,
    logins: gate.logins ?? {},
    readyWaitMs: gate.readyWaitMs ?? defaultReadyWaitMs,
    ...shared,
    limits: gate.limits ?? {},
  };
}

function resolveHttp(
  http: GateTopology["http"],
  path: Path,
  directory: string,
  problems: Problems,
): HttpHandler | URL | undefined {
  if (http === undefined || typeof http === "function") return http;
  if (typeof http === "string" || http instanceof URL) return moduleUrl(http, directory, path, problems);
  problems.add("wrong-kind", path, "invalid handler", "expected a function or the path of a module");
  return undefined;
}

function resolveNode(
  node: NodeTopology,
  index: number,
  directory: string,
  problems: Problems,
): ResolvedNode[] {
  if (node.external === true) return [];
  const path = ["nodes", index];
  const module = resolveModule(node.module, path, directory, problems);
  if (module === undefined) return [];
  const limits = node.limits ?? {};
  const { role, canary } = node;
  const more = canary === undefined ? {} : { canary };
  return instanceNames(node).map((name) => ({ kind: "node", name, role, module, limits, ...more }));
}

function resolveModule(
  module: NodeTopology["module"],
  path: Path,
  directory: string,
  problems: Problems,
): NodeModule | URL | undefined {
  const place = [...path, "module"];
  if (typeof module === "string" || module instanceof URL)
    return moduleUrl(module, directory, place, problems);
  if (typeof module === "function" || (typeof module === "object" && module !== null)) return module;
  if (module === undefined) {
    problems.add("missing-option", path, '"module" is missing', "add it, or set external: true");
  } else {
    problems.add("wrong-kind", place, `found ${shown(module)}`, "expected the path of a module");
  }
  return undefined;
}
