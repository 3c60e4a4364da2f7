import type { Protocol } from "../../api/protocol.ts";
import type { GateLimits } from "../../gate/gate-options.ts";
import type { NodeModule } from "../../node/define-node.ts";
import type { NodeLimits } from "../../node/node-options.ts";
import type { AllowedOrigins } from "../../transport/connection/origins.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { ResolvedData } from "./resolve-data.ts";
import type { LogLevel, NodeTopology, OnUnhandledRejection } from "./topology.ts";

/** A topology that was found valid: defaults filled in, instances counted out, paths absolute. */
export interface ResolvedTopology {
  /** What messages call it: the path of the file, or "topology". */
  readonly source: string;
  readonly protocol: Protocol;
  readonly gates: readonly ResolvedGate[];
  /** One for each instance. */
  readonly nodes: readonly ResolvedNode[];
  readonly data: ResolvedData;
  readonly log: { readonly level: LogLevel; readonly file: string | undefined };
  readonly graceMs: number;
  readonly onUnhandledRejection: OnUnhandledRejection;
  /** One line each, to be logged at start. */
  readonly warnings: readonly string[];
}

export interface ResolvedGate {
  readonly kind: "gate";
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly links: { readonly host: string; readonly port: number; readonly advertise: string };
  readonly classic: boolean;
  readonly session: boolean;
  readonly frame: Partial<FrameFormat>;
  readonly requireSchema: boolean;
  readonly origins: AllowedOrigins | undefined;
  /** The handler, or the module to import it from. */
  readonly http: HttpHandler | URL | undefined;
  readonly heartbeatMs: number | undefined;
  readonly readyWaitMs: number;
  /** How many nodes of each role there are in the topology, those that something else starts included. */
  readonly readyNodes: Readonly<Record<string, number>>;
  readonly limits: GateLimits;
}

export interface ResolvedNode {
  readonly kind: "node";
  readonly name: string;
  readonly role: string;
  /** What the module exports, or the module to import. */
  readonly module: NodeModule | URL;
  readonly limits: NodeLimits;
}

export type ResolvedProcess = ResolvedGate | ResolvedNode;

/** Where the nodes find a gate. */
export interface GateAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The ports that a gate really listens on. */
export interface GatePorts {
  readonly client: { readonly host: string; readonly port: number };
  readonly links: { readonly host: string; readonly port: number };
}

export const defaultHost = "127.0.0.1";
export const defaultGraceMs = 10_000;
/** Nodes that lost a gate dial it again every 5 s at the longest; clients give up their attempt after 10 s. */
export const defaultReadyWaitMs = 8_000;

/** The hosts that mean every network of a machine. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "[::]";
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The names of a node's instances: "scene-1", "scene-2"; a node with a name of its own and one instance has that name. */
export function instanceNames(node: NodeTopology): string[] {
  if (node.name !== undefined && node.instances === undefined) return [node.name];
  const base = node.name ?? node.role;
  return Array.from({ length: node.instances ?? 1 }, (_, index) => `${base}-${index + 1}`);
}
