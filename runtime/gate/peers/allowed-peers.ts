import { nodeName } from "../../options/address-rules.ts";
import { nested, object, optional, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { flag, having, list } from "../../options/rule-kinds.ts";
import { type LinkTrust, linkTrustOptions } from "../../rpc/trust/link-trust.ts";
import type { ServerCredentials } from "../../transport/tls/server-credentials.ts";

/** Nodes that may take one role. */
export interface AllowedNode {
  readonly role: string;
  /** Name of the node. */
  readonly name: string;
  /** Whether the nodes are called `name-1`, `name-2` ... up to `name-1000` instead. Default false. */
  readonly numbered?: boolean;
}

/** Peers that may register at a gate, once they have proved themselves. */
export interface AllowedPeers {
  readonly nodes: readonly AllowedNode[];
  /** Names of gates. */
  readonly gates: readonly string[];
}

/** Means by which a gate checks the peers that link to it, and proves itself. */
export interface GateLinkTrust extends LinkTrust {
  /**
   * Certificates of the link port, which then speaks TLS only. When they ask peers for a certificate, it must name the peer: see
   * `isCertificateFor`. Default: no TLS.
   */
  readonly serverTls?: ServerCredentials | undefined;
  /** Whether the link port may be open to other machines without TLS. Default false. */
  readonly plaintext?: boolean;
  /** Names and roles that peers may take; others get PERMISSION_DENIED. Default: all names and roles. In a topology: its nodes and gates. */
  readonly peers?: AllowedPeers | undefined;
}

const allowedNode = object({
  role: required(nodeName),
  name: required(nodeName),
  numbered: withDefault(flag, false),
} satisfies RulesOf<AllowedNode>);

/** Rule of the option `linkTrust` of a gate. */
export const gateLinkTrustOption = nested(
  object({
    ...linkTrustOptions,
    serverTls: optional(having<ServerCredentials>("ServerCredentials", "contextFor", "refusalOf")),
    plaintext: withDefault(flag, false),
    peers: optional(
      object({
        nodes: required(list(allowedNode, 0, "nodes")),
        gates: required(list(nodeName, 0, "names of gates")),
      } satisfies RulesOf<AllowedPeers>),
    ),
  } satisfies RulesOf<GateLinkTrust>),
);

/** Whether a node may take a role. A numbered name has no leading zero, so that one number has one name. */
export function mayTakeRole({ nodes }: AllowedPeers, name: string, role: string): boolean {
  return nodes.some((node) => {
    if (node.role !== role) return false;
    if (node.numbered !== true) return node.name === name;
    const number = name.startsWith(`${node.name}-`) ? name.slice(node.name.length + 1) : "";
    return /^[1-9]\d{0,3}$/.test(number) && Number(number) <= 1_000;
  });
}
