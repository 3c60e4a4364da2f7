import type { UnitState } from "./unit.ts";

/** What `photinus status` tells. */
export interface StatusReport {
  /** The supervisor's, or the one process of `--in-process` and `--only`. */
  readonly pid: number;
  /** The topology file. */
  readonly source: string;
  readonly uptimeMs: number;
  readonly units: readonly UnitStatus[];
}

export interface UnitStatus {
  readonly name: string;
  readonly kind: "gate" | "node";
  /** Of a node. */
  readonly role?: string;
  readonly pid: number | undefined;
  readonly state: UnitState;
  readonly uptimeMs: number;
  readonly restarts: number;
  /** Resident memory of its process; undefined when it does not answer. */
  readonly memoryBytes: number | undefined;
  /** What the unit tells of itself: of a gate its addresses, sessions, links, counters. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Something that `photinus status` and `photinus stop` can be directed at. */
export interface Controllable {
  status(): Promise<StatusReport>;
  /** Begins to stop; resolves when all is stopped. */
  stop(): Promise<void>;
}
