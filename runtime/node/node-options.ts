import type { WorkerPoolOptions } from "./heavy/worker-pool.ts";

/** Where a gate listens for links. */
export interface GateAddress {
  readonly host: string;
  readonly port: number;
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

export interface ResolvedNodeLimits {
  readonly laneCount: number;
  readonly inFlightCount: number;
  readonly heavy: WorkerPoolOptions;
}

/** The limits of a node that is given none. */
export const defaultNodeLimits: ResolvedNodeLimits = Object.freeze({
  laneCount: 1_024,
  inFlightCount: 16_384,
  heavy: Object.freeze({}),
});

/** Fills in the defaults; throws a RangeError that names a bad limit. */
export function resolveNodeLimits(limits: NodeLimits = {}): ResolvedNodeLimits {
  const resolved = { ...defaultNodeLimits, ...limits };
  for (const name of ["laneCount", "inFlightCount"] as const) {
    const value = resolved[name];
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`node limit ${name} must be a whole number of at least 1, not ${value}`);
    }
  }
  return resolved;
}
