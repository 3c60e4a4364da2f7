import type { ProcessStatus } from "../../process/supervisor/status-report.ts";
import { table } from "../status-text.ts";

/** Sessions of the clients of one release or schema: entry of `clients` in the figures of a gate. */
export interface SessionsOfClients {
  readonly sessions: number;
  /** Whether these clients are served when they connect again. */
  readonly served: boolean;
  /** Release of the clients; absent when unknown. */
  readonly release?: number;
  /** Fingerprint of the clients' schema where their release is unknown, "unknown", or "other". */
  readonly schema?: string;
}

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
  /** Sessions by the release of their clients. */
  readonly clients: readonly SessionsOfClients[];
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
      clients: (gate["clients"] ?? []) as readonly SessionsOfClients[],
    };
  });
}

/** Formats the releases of gates as a table, and below it the sessions at all of them by release. */
export function releasesText(gates: readonly GateReleases[]): string {
  const rows = gates.map(({ clients: _, ...one }) => Object.values(one).map(String));
  const lines = table(["gate", "release", "min release", "too old", "too new"], rows);
  const sums = sumsOf(gates.flatMap(({ clients }) => clients));
  if (sums.length === 0) return lines.join("\n");
  const texts = sums.map((one) => [clientText(one), String(one.sessions), one.served ? "served" : "refused"]);
  return [...lines, "", ...table(["client", "sessions", "next connect"], texts)].join("\n");
}

/** Adds up the sessions at several gates, by release and then by schema. */
function sumsOf(counts: readonly SessionsOfClients[]): SessionsOfClients[] {
  const sums = new Map<string, SessionsOfClients>();
  for (const one of counts) {
    const { sessions = 0, served = true } = sums.get(clientText(one)) ?? {};
    sums.set(clientText(one), {
      ...one,
      sessions: sessions + one.sessions,
      served: served && one.served,
    });
  }
  const last = Number.POSITIVE_INFINITY;
  return [...sums.values()].sort((a, b) => {
    const [one, other] = [a.release ?? last, b.release ?? last];
    return one === other ? 0 : one - other;
  });
}

function clientText({ release, schema = "unknown" }: SessionsOfClients): string {
  if (release !== undefined) return `release ${release}`;
  return /^[0-9a-f]{16}$/.test(schema) ? `schema ${schema}` : schema;
}
