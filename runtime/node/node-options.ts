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
import type { Tables } from "../tables/tables.ts";

/** Where a gate listens for links. */
export interface GateAddress {
  readonly host: string;
  readonly port: number;
}

/** The threads that run heavy handlers. */
export interface WorkerPoolOptions {
  /** Threads at most. Default: one fewer than the machine runs in parallel, at least 1. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; beyond it RESOURCE_EXHAUSTED. Default 256. */
  readonly queueCount?: number;
}

/** Bounds of a node's queues. */
export interface NodeLimits {
  /** Commands that may wait on one lane of one session; beyond it RESOURCE_EXHAUSTED. Default 1,024. */
  readonly laneCount?: number;
  /** Calls whose handlers have not finished; beyond it calls without a lane get RESOURCE_EXHAUSTED. Default 16,384. */
  readonly inFlightCount?: number;
  /** The threads of heavy handlers. */
  readonly heavy?: WorkerPoolOptions;
}

/** Options of `GameNode.open`. */
export interface GameNodeOptions {
  /** Unique among the nodes of a cluster. */
  readonly name: string;
  /** Which commands and methods come here: those of services with this role. */
  readonly role: string;
  /** Every gate's link address; may change later with `setGates`. */
  readonly gates: readonly GateAddress[];
  /** Fingerprint of the schema that the handlers were generated from; a gate logs a difference. Default "". */
  readonly schema?: string;
  /** Bounds of the node's queues and threads; each has a default. */
  readonly limits?: NodeLimits;
  /** Bounds of the links to gates; each has a default. */
  readonly link?: LinkLimits;
  /** Where time comes from; for tests. Default: the machine's. */
  readonly clock?: Clock;
  /** Default: nothing is logged. */
  readonly log?: Logger;
  /** Where the node counts. Default: counters of its own. */
  readonly counters?: Counters;
  /**
   * Whether errors of calls to other nodes have the stack of whoever called; it costs a microsecond or two a call. Default:
   * unless NODE_ENV is "production".
   */
  readonly callStacks?: boolean;
  /** Where tables live; whoever opened it closes it. Default: none, so that `table` throws. */
  readonly tables?: Tables;
}

/** Options of `GameNode.close`. */
export interface NodeCloseOptions {
  /** How long `onStop` listeners and running handlers may take to finish, milliseconds. Default 5,000. */
  readonly graceMs?: number;
}

const count = whole(1, 100_000_000, "");

/** The rules of {@link WorkerPoolOptions}. */
export const workerPoolRule = object({
  threads: withDefault(whole(1, 1024, "threads"), Math.max(1, availableParallelism() - 1)),
  queueCount: withDefault(whole(0, 100_000_000, ""), 256),
} satisfies RulesOf<WorkerPoolOptions>);

/** The rules of {@link NodeLimits}; the topology has the same. */
export const nodeLimitsRule = object({
  laneCount: withDefault(count, 1_024),
  inFlightCount: withDefault(count, 16_384),
  heavy: nested(workerPoolRule),
} satisfies RulesOf<NodeLimits>);

export type ResolvedNodeLimits = Given<typeof nodeLimitsRule>;

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad limit. */
export function resolveNodeLimits(limits?: NodeLimits): ResolvedNodeLimits {
  return resolveOptions("node limits", nodeLimitsRule, limits);
}

/** The limits of a node that is given none. */
export const defaultNodeLimits: ResolvedNodeLimits = resolveNodeLimits();

const gateAddress = object({
  host: required(host),
  port: required(port),
} satisfies RulesOf<GateAddress>);

/** The rules of {@link GameNodeOptions}. */
export const nodeOptionsRule = object({
  name: required(nodeName),
  role: required(nodeName),
  gates: required(list(gateAddress, 0, "gates")),
  schema: withDefault(text, ""),
  limits: nested(nodeLimitsRule),
  link: linkLimitsOption,
  clock: clockOption,
  log: loggerOption,
  counters: countersOption,
  callStacks: optional(flag),
  tables: optional(having<Tables>("the Tables of the process", "table")),
} satisfies RulesOf<GameNodeOptions>);

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveNodeOptions(options: GameNodeOptions): Given<typeof nodeOptionsRule> {
  return resolveOptions("GameNode.open", nodeOptionsRule, options);
}
