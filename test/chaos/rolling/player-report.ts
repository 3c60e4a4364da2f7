import type { UpgradeRequired } from "../../../schema/errors.ts";

/** Answer of a server that does not serve a client's release. */
export interface Upgrade extends UpgradeRequired {
  /** Time of the answer, in ns of the machine's monotonic clock. */
  readonly atNs: string;
  readonly state: string;
}

/** Calls and answers of the players of one release. */
export interface PlayersReport {
  readonly release: number;
  /** Answered requests by command. */
  readonly calls: Record<string, number>;
  /** Marks of the acts that were answered. */
  readonly answered: string[];
  /** Marks of the notifies that were sent. */
  readonly nudged: string[];
  newSessions: number;
  resumed: number;
  /** Longest time of a request, in ms. */
  slowestMs: number;
  readonly upgrades: Upgrade[];
  /** Calls that failed with UPGRADE_REQUIRED. */
  refusedCalls: number;
  readonly errors: string[];
}
