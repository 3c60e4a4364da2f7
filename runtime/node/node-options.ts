import { availableParallelism } from "node:os";
import type { Clock } from "../clock/clock.ts";
import { clockOption } from "../clock/clock-rules.ts";
import type { Counters } from "../log/counters.ts";
import { countersOption, loggerOption } from "../log/log-rules.ts";
import type { Logger } from "../log/logger.ts";
import { host, nodeName, port } from "../options/address-rules.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import {
  type Given,
  nested,
  object,
  optional,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { flag, having, list, text, whole } from "../options/rule-kinds.ts";
import { type LinkLimits, linkLimitsOption } from "../rpc/link-options.ts";
import { type LinkTrust, linkTrustOption } from "../rpc/trust/link-trust.ts";
import type { Tables } from "../tables/tables.ts";
import { type CanaryOptions, canaryRule } from "./canary-options.ts";

/** Address on which a gate listens for the links of nodes. */
export interface GateAddress {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** Limits of the worker threads that run heavy handlers. */
export interface WorkerPoolOptions {
  /** Most threads. Default: the machine's parallelism minus 1, at least 1. */
  readonly threads?: number;
  /** Most tasks that wait for a thread; further ones fail with RESOURCE_EXHAUSTED. Default 256. */
  readonly queueCount?: number;
}

/** Limits of a node's queues and threads. */
export interface NodeLimits {
  /** Most commands that wait on one lane of one session; further ones fail with RESOURCE_EXHAUSTED. Default 1,024. */
  readonly laneCount?: number;
  /**
   * Most calls whose handlers run. Further commands without a lane, and calls of other nodes, fail with RESOURCE_EXHAUSTED.
   * Default 16,384.
   */
  readonly inFlightCount?: number;
  /** Limits of the worker threads of heavy handlers. */
  readonly heavy?: WorkerPoolOptions;
}

/** Options of `GameNode.open`. */
export interface GameNodeOptions {
  /** Name of the node, unique among the nodes of a cluster. */
  readonly name: string;
  /** Role of the node: the commands and methods of services with this role are routed to it. */
  readonly role: string;
  /** Link addresses of all gates; `setGates` replaces the list later. */
  readonly gates: readonly GateAddress[];
  /** Fingerprint of the schema that the handlers were generated from; gate and node log a difference. Default "", no check. */
  readonly schema?: string;
  /** Release of that schema: calls with a later `min_release` do not come. Default 0: unknown, none is too new. */
  readonly release?: number;
  /** Keys and users that the node takes as a canary; `setCanary` changes them later. Default: the node is no canary. */
  readonly canary?: CanaryOptions;
  /** Limits of the node's queues and threads; each has a default. */
  readonly limits?: NodeLimits;
  /** Proofs that gates must give, and that the node gives. Default: none. */
  readonly linkTrust?: LinkTrust;
  /** Limits of the links to gates; each has a default. */
  readonly link?: LinkLimits;
  /** Time source, for tests. Default: the system clock. */
  readonly clock?: Clock;
  /** Logger of the node, such as pino's. Default: no log. */
  readonly log?: Logger;
  /** Counters that the node adds to. Default: new counters. */
  readonly counters?: Counters;
  /**
   * Whether errors of calls to other nodes carry the caller's stack, which costs a microsecond or two a call. Default: true
   * unless NODE_ENV is "production".
   */
  readonly callStacks?: boolean;
  /** Tables for `node.table`. The node does not close them. Default: none; `table` throws FAILED_PRECONDITION then. */
  readonly tables?: Tables;
}

/** Options of `GameNode.close`. */
export interface NodeCloseOptions {
  /** Longest wait for `onStop` listeners and running handlers, in ms. Default 5,000. */
  readonly graceMs?: number;
}

const count = whole(1, 100_000_000, "");

/** Rule that checks {@link WorkerPoolOptions} and fills in defaults. */
export const workerPoolRule = object({
  threads: withDefault(whole(1, 1024, "threads"), Math.max(1, availableParallelism() - 1)),
  queueCount: withDefault(whole(0, 100_000_000, ""), 256),
} satisfies RulesOf<WorkerPoolOptions>);

/** Rule that checks {@link NodeLimits} and fills in defaults, shared with the topology. */
export const nodeLimitsRule = object({
  laneCount: withDefault(count, 1_024),
  inFlightCount: withDefault(count, 16_384),
  heavy: nested(workerPoolRule),
} satisfies RulesOf<NodeLimits>);

/** Limits of a node with all defaults filled in. */
export type ResolvedNodeLimits = Given<typeof nodeLimitsRule>;

/** Checks limits and fills in the defaults. Throws INVALID_ARGUMENT that names each invalid limit. */
export function resolveNodeLimits(limits?: NodeLimits): ResolvedNodeLimits {
  return resolveOptions("node limits", nodeLimitsRule, limits);
}

/** Limits of a node that sets none. */
export const defaultNodeLimits: ResolvedNodeLimits = resolveNodeLimits();

const gateAddress = object({
  host: required(host),
  port: required(port),
} satisfies RulesOf<GateAddress>);

/** Rule that checks {@link GameNodeOptions} and fills in defaults. */
export const nodeOptionsRule = object({
  name: required(nodeName),
  role: required(nodeName),
  gates: required(list(gateAddress, 0, "gates")),
  schema: withDefault(text, ""),
  release: withDefault(whole(0, 0xffff_ffff), 0),
  canary: optional(canaryRule),
  limits: nested(nodeLimitsRule),
  linkTrust: linkTrustOption,
  link: linkLimitsOption,
  clock: clockOption,
  log: loggerOption,
  counters: countersOption,
  callStacks: optional(flag),
  tables: optional(having<Tables>("the Tables of the process", "table")),
} satisfies RulesOf<GameNodeOptions>);

/** Checks options and fills in the defaults. Throws INVALID_ARGUMENT that names each invalid option. */
export function resolveNodeOptions(options: GameNodeOptions): Given<typeof nodeOptionsRule> {
  return resolveOptions("GameNode.open", nodeOptionsRule, options);
}
