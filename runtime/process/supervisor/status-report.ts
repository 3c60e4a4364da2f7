import type { ProcessState } from "./supervised-process.ts";

/** What `photinus status` tells; `--json` prints it as it is. */
export interface StatusReport {
  /** The supervisor's, or that of the one process of `--in-process` and `--only`. */
  readonly pid: number;
  /** The topology file. */
  readonly source: string;
  readonly uptimeMs: number;
  readonly processes: readonly ProcessStatus[];
}

export interface ProcessStatus {
  readonly name: string;
  readonly kind: "gate" | "node";
  /** Of a node. */
  readonly role?: string;
  readonly pid: number | undefined;
  readonly state: ProcessState;
  readonly uptimeMs: number;
  readonly restarts: number;
  /** Resident memory of its process; undefined when it does not answer. */
  readonly memoryBytes: number | undefined;
  /** What a gate tells of itself: its `address`, `links` and figures. */
  readonly gate?: Readonly<Record<string, unknown>>;
  /** What a node tells of itself. */
  readonly node?: Readonly<Record<string, unknown>>;
}

/** Something that `photinus status` and `photinus stop` can be directed at. */
export interface Controllable {
  status(): Promise<StatusReport>;
  /** Begins to stop; resolves when all is stopped. */
  stop(): Promise<void>;
}
