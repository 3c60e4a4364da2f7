import type { ProcessStatus } from "../../process/supervisor/status-report.ts";
import { table } from "../status-text.ts";

/** Releases of clients at one gate, as `photinus clients --json` prints them. */
export interface GateReleases {
  /** Name of the gate. */
  readonly gate: string;
  /** Release of the gate; 0: never released. */
  readonly release: number;
  /** Least release from which on all clients are served. */
  readonly minRelease: number;
  /** Number of clients that were refused as too old since the gate started. */
  readonly refusedTooOld: number;
  /** Number of clients that were refused as too new since the gate started. */
  readonly refusedTooNew: number;
}

/** Returns the releases of all gates among these processes that have answered. */
export function gateReleases(processes: readonly ProcessStatus[]): GateReleases[] {
  return processes.flatMap(({ name, gate }) => {
    if (gate === undefined) return [];
    const counters = gate["counters"] as Readonly<Record<string, number>>;
    return {
      gate: name,
      release: Number(gate["release"]),
      minRelease: Number(gate["minRelease"]),
      refusedTooOld: counters["client.refused.too-old"] ?? 0,
      refusedTooNew: counters["client.refused.too-new"] ?? 0,
    };
  });
}

/** Formats the releases of gates as a table. */
export function releasesText(gates: readonly GateReleases[]): string {
  const rows = gates.map((one) => Object.values(one).map(String));
  return table(["gate", "release", "min release", "too old", "too new"], rows).join("\n");
}
