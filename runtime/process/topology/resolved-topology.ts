import type { Protocol } from "../../api/protocol.ts";
import type { AuthOptions } from "../../gate/auth/auth-options.ts";
import type { CompressionOptions } from "../../gate/compression/compression-options.ts";
import type { ClientReleaseOptions } from "../../gate/entrance/client-releases.ts";
import type { GateLimits } from "../../gate/gate-options.ts";

import type { ListenOptions } from "../../gate/listen-options.ts";

import type { AllowedPeers } from "../../gate/peers/allowed-peers.ts";

import type { AdvertisedAddresses } from "../../gate/peers/client-addresses.ts";
import type { LoginPolicy } from "../../gate/peers/peer-options.ts";
import type { QueueOptions } from "../../gate/queue/queue-options.ts";
import type { CanaryOptions } from "../../node/canary-options.ts";
import type { NodeModule } from "../../node/define-node.ts";
import type { NodeLimits } from "../../node/node-options.ts";
import type { KeySource } from "../../rpc/trust/key-source.ts";
import type { LinkTlsTopology } from "../../rpc/trust/link-security-options.ts";
import type { AllowedOrigins } from "../../transport/connection/origins.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { ResolvedData } from "./resolve/resolve-data.ts";
import type { LogLevel, NodeTopology, OnUnhandledRejection } from "./topology.ts";

/** Valid topology: defaults filled in, one entry for each instance, absolute paths. */
export interface ResolvedTopology {
  /** Name of the topology in messages: the path of its file, or "topology". */
  readonly source: string;
  readonly protocol: Protocol;
  readonly gates: readonly ResolvedGate[];
  /** Nodes that this topology starts, one entry for each instance. */
  readonly nodes: readonly ResolvedNode[];
  readonly links: ResolvedLinks;
  readonly data: ResolvedData;
  readonly log: { readonly level: LogLevel; readonly file: string | undefined };
  /** Longest stop of all processes, in ms. */
  readonly graceMs: number;
  readonly onUnhandledRejection: OnUnhandledRejection;
  /** Address of the health checks; undefined for none. */
  readonly health: { readonly host: string; readonly port: number } | undefined;
  /** Problems that do not prevent a start, one line each; logged at start. */
  readonly warnings: readonly string[];
}

/** Protection of the links of a valid topology; paths are absolute. */
export interface ResolvedLinks {
  readonly keys: readonly KeySource[];
  readonly tls: LinkTlsTopology | undefined;
  /** Whether link ports may be open to other machines without TLS. */
  readonly plaintext: boolean;
  /**
   * Whether one process that starts all others gives them a random key: no link port can be reached from outside, no other
   * protection is configured, and nothing else starts a node.
   */
  readonly ownKey: boolean;
  /** Names and roles that peers may take. */
  readonly peers: AllowedPeers;
}

/** Valid gate of a topology. */
export interface ResolvedGate {
  readonly kind: "gate";
  readonly name: string;
  /** Client port; paths of certificates are absolute. */
  readonly listen: ListenOptions & { readonly host: string; readonly port: number };
  /** Address that the gate listens on for nodes; `advertise` is the host that nodes connect to. */
  readonly links: { readonly host: string; readonly port: number; readonly advertise: string };
  readonly classic: boolean;
  readonly session: boolean;
  readonly frame: Partial<FrameFormat>;
  readonly requireSchema: boolean;
  /** Releases of clients that may enter; the same for all gates. */
  readonly clients: ClientReleaseOptions;
  readonly origins: AllowedOrigins | undefined;
  /** Handler of HTTP requests, or the URL of its module. */
  readonly http: HttpHandler | URL | undefined;
  readonly heartbeatMs: number | undefined;
  readonly advertise: AdvertisedAddresses;
  readonly auth: "none" | AuthOptions | undefined;
  readonly compression: boolean | CompressionOptions;
  readonly queue: QueueOptions | undefined;
  readonly logins: LoginPolicy;
  readonly readyWaitMs: number;
  /** Number of nodes of each role in the topology, external nodes included. */
  readonly readyNodes: Readonly<Record<string, number>>;
  readonly limits: GateLimits;
}

/** One instance of a node of a topology. */
export interface ResolvedNode {
  readonly kind: "node";
  readonly name: string;
  readonly role: string;
  /** Node module, or the URL to import it from. */
  readonly module: NodeModule | URL;
  /** Keys and users of a canary node; undefined for any other node. */
  readonly canary?: CanaryOptions | undefined;
  readonly limits: NodeLimits;
}

/** Gate or node; each runs as one process under the supervisor. */
export type ResolvedProcess = ResolvedGate | ResolvedNode;

/** Link address of a gate, as nodes reach it. */
export interface GateAddress {
  /** Name of the gate, unique in its cluster. */
  readonly name: string;
  /** Host name or IP address of the gate's link port. */
  readonly host: string;
  /** TCP port number of the gate's link port. */
  readonly port: number;
}

/** Addresses that an open gate listens on, with the ports that the system chose. */
export interface GatePorts {
  /** Address for clients: TCP and WebSocket. */
  readonly client: { readonly host: string; readonly port: number };
  /** Address for the links of nodes. */
  readonly links: { readonly host: string; readonly port: number };
}

/** Default host of all ports: this machine only. */
export const defaultHost = "127.0.0.1";
/** Default of `stop.graceMs`, in ms. */
export const defaultGraceMs = 10_000;
/**
 * Default of `readyWaitMs`, in ms. Long enough for nodes, which dial a lost gate at least every 5 s; short enough for clients,
 * which abandon an attempt after 10 s.
 */
export const defaultReadyWaitMs = 8_000;

/** Returns the names of a node's instances: "scene-1", "scene-2"; the name itself for a named node without `instances`. */
export function instanceNames(node: NodeTopology): string[] {
  if (node.name !== undefined && node.instances === undefined) return [node.name];
  const base = node.name ?? node.role;
  return Array.from({ length: node.instances ?? 1 }, (_, index) => `${base}-${index + 1}`);
}
