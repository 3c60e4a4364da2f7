import type { ResolvedProcess } from "../topology/resolved-topology.ts";
import type { Order, Report } from "./supervisor-messages.ts";

/** Handle of a started process. */
export interface Child {
  /** Process id; 0 when the start failed, which `onExit` reports as well. */
  readonly pid: number;
  /** Sends an order; drops it when the process is gone. */
  send(order: Order): void;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Callbacks of a {@link Child}. */
export interface ChildEvents {
  onReport(report: Report): void;
  /** Called once, at the end of the process. `how` is "exit code 1" or "signal SIGKILL". */
  onExit(code: number | null, how: string): void;
}

/** Starts the process of a gate or node. */
export type Launch = (target: ResolvedProcess, events: ChildEvents) => Child;
