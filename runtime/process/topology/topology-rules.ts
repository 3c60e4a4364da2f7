import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import { nearest } from "../../../schema/suggest.ts";
import type { Protocol } from "../../api/protocol.ts";
import type { ClientReleaseOptions } from "../../gate/entrance/client-releases.ts";
import { serverRelease } from "../../gate/entrance/served-releases.ts";
import { isWildcard } from "../../options/address-rules.ts";
import type { Path } from "../../options/option-rules.ts";
import type { Problems } from "../diagnosis/topology-problem.ts";
import { checkAuthRoles } from "./resolve/resolve-auth.ts";
import { defaultHost, instanceNames } from "./resolved-topology.ts";
import type { GateTopology, HealthTopology, ListenTopology, NodeTopology } from "./topology.ts";

/** Entries of a list of the topology, each with its index. */
export type Entries<T> = readonly (readonly [number, T])[];

/** Checks that names are unique among gates and instances of nodes, because addresses, logs and `--only` use them. */
export function checkNames(
  gates: Entries<GateTopology>,
  nodes: Entries<NodeTopology>,
  problems: Problems,
): void {
  const owners = new Map<string, Path>();
  const claim = (name: string, path: Path, place: string) => {
    if (!owners.has(name)) {
      owners.set(name, path);
      return;
    }
    const first = owners.get(name)!;
    const remedy = `choose another name (the first is ${first[0]}[${first[1]}])`;
    problems.add("duplicate-name", path, `${place} "${name}" already exists`, remedy);
  };
  for (const [index, gate] of gates) claim(gate.name, ["gates", index, "name"], "the name");
  for (const [index, node] of nodes) {
    for (const name of instanceNames(node)) {
      if (isNodeName(node.name ?? node.role) && !isNodeName(name)) {
        const remedy = `shorten the name; expected ${nodeNameRule}`;
        problems.add("bad-name", ["nodes", index], `the instance name "${name}" is too long`, remedy);
        break;
      }
      claim(name, ["nodes", index], "an instance called");
    }
  }
}

/** Checks that ports of one machine differ; 0 stands for a free port. */
export function checkPorts(
  gates: Entries<GateTopology>,
  health: HealthTopology | undefined,
  problems: Problems,
): void {
  const taken: { host: string; port: number; place: string }[] = [];
  const take = (address: Partial<ListenTopology> | undefined, path: Path, place: string) => {
    const { host = defaultHost, port = 0 } = address ?? {};
    if (port === 0) return;
    const other = taken.find((entry) => entry.port === port && overlap(entry.host, host));
    if (other !== undefined) {
      const wrong = `port ${port} is already used by ${other.place}`;
      problems.add("same-port", [...path, "port"], wrong, "choose another port, or 0");
    }
    taken.push({ host, port, place });
  };
  for (const [index, gate] of gates) {
    for (const kind of ["listen", "links"] as const) {
      take(gate[kind], ["gates", index, kind], `gates[${index}].${kind}`);
    }
  }
  take(health, ["health"], "health");
}

/** Whether two hosts can stand for one address of a machine. */
function overlap(a: string, b: string): boolean {
  return a === b || isWildcard(a) || isWildcard(b);
}

/** Checks that the least release of a client is not above that of the server: no client could enter. */
export function checkReleases(
  protocol: Protocol,
  { minRelease = 0 }: ClientReleaseOptions,
  problems: Problems,
): void {
  const release = serverRelease(protocol);
  if (release === 0 || minRelease <= release) return;
  const wrong = `found ${minRelease}, above the release of the protocol, which is ${release}`;
  const remedy = "set a release that has clients, or generate the protocol of the new release";
  problems.add("out-of-range", ["clients", "minRelease"], wrong, remedy);
}

/** Checks that every role with commands has a node. A node whose role has no service gets a warning. */
export function checkRoles(
  protocol: Protocol,
  gates: Entries<GateTopology>,
  nodes: Entries<NodeTopology>,
  problems: Problems,
): void {
  const offered = [...new Set(nodes.map(([, node]) => node.role))];
  const authRoles = checkAuthRoles(gates, offered, problems);
  const commandRoles = new Set(protocol.commands.map((command) => command.role));
  const methodRoles = new Set(protocol.methods.map((method) => method.role));
  for (const role of commandRoles) {
    if (offered.includes(role)) continue;
    const near = nearest(role, offered);
    const hint = near === undefined ? "" : ` (is "${near}" a typo?)`;
    problems.add(
      "role-missing",
      ["nodes"],
      `no node has the role "${role}" that commands need`,
      `add a node of this role${hint}`,
    );
  }
  for (const [index, node] of nodes) {
    if (commandRoles.has(node.role) || methodRoles.has(node.role) || authRoles.includes(node.role)) continue;
    const wrong = `no service of the schema has the role "${node.role}"`;
    problems.add("role-unused", ["nodes", index, "role"], wrong, "correct the role, or remove the node");
  }
}
