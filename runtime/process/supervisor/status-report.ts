import type { ProcessState } from "./supervised-process.ts";

/** Status of a topology; `photinus status --json` prints it unchanged. */
export interface StatusReport {
  /** Process id of the supervisor, or of the single process of `--in-process` and `--only`. */
  readonly pid: number;
  /** Path of the topology file. */
  readonly source: string;
  /** Uptime of the supervisor or single process, in ms. */
  readonly uptimeMs: number;
  readonly processes: readonly ProcessStatus[];
}

/** Status of one gate or node. */
export interface ProcessStatus {
  readonly name: string;
  readonly kind: "gate" | "node";
  /** Role of a node; absent for a gate. */
  readonly role?: string;
  /** Process id; undefined while no process runs. */
  readonly pid: number | undefined;
  readonly state: ProcessState;
  /** Uptime of the process, in ms; 0 while no process runs. */
  readonly uptimeMs: number;
  /** Restarts since the start of the supervisor. */
  readonly restarts: number;
  /** Resident memory of the process, in bytes; undefined when the process does not answer. */
  readonly memoryBytes: number | undefined;
  /** Figures of a gate: `address`, `links`, sizes and counters. */
  readonly gate?: Readonly<Record<string, unknown>>;
  /** Figures of a node: `gates`, `inFlight` and counters. */
  readonly node?: Readonly<Record<string, unknown>>;
}

/** Target of `photinus status` and `photinus stop`. */
export interface Controllable {
  status(): Promise<StatusReport>;
  /** Stops all gates and nodes; resolves once they are gone. */
  stop(): Promise<void>;
}
