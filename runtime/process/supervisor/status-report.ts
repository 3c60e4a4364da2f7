import type { CanaryChange } from "./canary-settings.ts";
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

/** Subject of `photinus restart`. */
export interface Restart {
  /** Name of a gate or node; undefined for all nodes, one after another. */
  readonly name: string | undefined;
}

/** Gate or node whose new process is ready. */
export interface Restarted {
  readonly name: string;
  /** Process id of the new process. */
  readonly pid: number | undefined;
  /** Time from the launch of the new process until it was ready, in ms. */
  readonly tookMs: number;
}

/** Target of `photinus status`, `restart`, `clients`, `canary` and `stop`. */
export interface Controllable {
  status(): Promise<StatusReport>;
  /** Replaces processes, and yields each one that is done. Leaving the loop early leaves the rest as it is. */
  restart(what: Restart): AsyncIterable<Restarted>;
  /**
   * Sets the least release of clients that may enter, at all gates. Throws FAILED_PRECONDITION when it is above the release of a gate,
   * or when no gate runs here.
   */
  setMinRelease(minRelease: number): Promise<void>;
  /** Changes what canary nodes take. Throws as `CanarySettings.change` does. */
  setCanary(change: CanaryChange): Promise<void>;
  /** Stops all gates and nodes; resolves once they are gone. */
  stop(): Promise<void>;
}
