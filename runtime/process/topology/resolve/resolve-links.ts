import { resolve } from "node:path";
import { isLoopback } from "../../../options/address-rules.ts";
import type { LinkSecurityTopology } from "../../../rpc/trust/link-security-options.ts";
import type { Problems } from "../../diagnosis/topology-problem.ts";
import { defaultHost, type ResolvedLinks } from "../resolved-topology.ts";
import type { GateTopology, NodeTopology } from "../topology.ts";
import type { Entries } from "../topology-rules.ts";

/** Checks the protection of links, and that no link port is open to other machines without it. */
export function resolveLinks(
  links: LinkSecurityTopology = {},
  gates: Entries<GateTopology>,
  nodes: Entries<NodeTopology>,
  directory: string,
  problems: Problems,
): ResolvedLinks {
  const { keys = [], tls, plaintext = false } = links;
  const open = gates.filter(([, gate]) => !isLoopback(gate.links?.host ?? defaultHost));
  const isProven = keys.length > 0 || tls?.clientCertificates === true;
  for (const [index, gate] of open) {
    const path = ["gates", index, "links", "host"];
    const host = gate.links?.host ?? defaultHost;
    if (!isProven) {
      problems.add(
        "links-open",
        path,
        `other machines can link to the gate on ${host}, and nothing proves who they are`,
        `add links: { keys: [{ env: "LINK_KEY" }] } with a key of openssl rand -base64 32, or use "${defaultHost}"`,
      );
    }
    if (tls !== undefined) continue;
    if (plaintext) {
      problems.add(
        "links-readable",
        path,
        `links on ${host} are not encrypted: who can read the network reads all that players send`,
        "add links.tls, or keep these links in a network that only your own servers reach",
      );
    } else {
      problems.add(
        "links-plaintext",
        path,
        `links on ${host} are not encrypted`,
        "add links.tls with certificates, or links.plaintext: true for a network that only your own servers reach",
      );
    }
  }
  const absolute = (path: string) => resolve(directory, path);
  return {
    keys: keys.map(({ env, file }) => (env === undefined ? { file: absolute(file ?? "") } : { env })),
    tls: tls && {
      ...tls,
      certFile: absolute(tls.certFile),
      keyFile: absolute(tls.keyFile),
      ...(tls.caFile === undefined ? {} : { caFile: absolute(tls.caFile) }),
    },
    plaintext,
    ownKey: !isProven && tls === undefined && open.length === 0 && !nodes.some(([, node]) => node.external),
    peers: {
      nodes: nodes.map(([, { role, name, instances }]) => ({
        role,
        name: name ?? role,
        numbered: name === undefined || instances !== undefined,
      })),
      gates: gates.map(([, gate]) => gate.name),
    },
  };
}
