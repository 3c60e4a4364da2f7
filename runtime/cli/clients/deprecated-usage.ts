import type { ProcessStatus } from "../../process/supervisor/status-report.ts";
import { durationText, table } from "../status-text.ts";

/** Calls of one deprecated command by the clients of one release or schema. */
export interface ClientCalls {
  readonly calls: number;
  /** Release of the clients; absent when unknown. */
  readonly release?: number;
  /** Fingerprint of the clients' schema where their release is unknown, "unknown", or "other". */
  readonly schema?: string;
}

/** Entry of `deprecated` in the figures of a gate. Without a client, nobody has called the command. */
export interface DeprecatedUse extends ClientCalls {
  readonly command: string;
}

/** Uses of deprecated commands at all gates of a topology, as `photinus usage --json` prints them. */
export interface DeprecatedUsage {
  /** Gates whose counts are in the sums. Each counts since its start, so after a restart from 0. */
  readonly gates: readonly { readonly name: string; readonly uptimeMs: number }[];
  /** Gates that did not answer: their counts are not in the sums. */
  readonly missing: readonly string[];
  /** All deprecated commands, also those that nobody has called, by name. */
  readonly commands: readonly {
    readonly command: string;
    /** Number of calls by all clients. */
    readonly calls: number;
    /** Calls by release, in ascending order, then by fingerprint. */
    readonly clients: readonly ClientCalls[];
  }[];
}

/** Adds up the uses of deprecated commands at all gates among these processes. */
export function deprecatedUsage(processes: readonly ProcessStatus[]): DeprecatedUsage {
  const gates: { name: string; uptimeMs: number }[] = [];
  const missing: string[] = [];
  const commands = new Map<string, Map<string, ClientCalls>>();
  for (const { name, kind, uptimeMs, gate } of processes) {
    if (kind !== "gate") continue;
    const uses = gate?.["deprecated"] as readonly DeprecatedUse[] | undefined;
    if (uses === undefined) {
      missing.push(name);
      continue;
    }
    gates.push({ name, uptimeMs });
    for (const { command, calls, ...client } of uses) {
      const clients = commands.get(command) ?? new Map<string, ClientCalls>();
      commands.set(command, clients);
      if (calls === 0) continue;
      const key = clientText(client);
      clients.set(key, { ...client, calls: calls + (clients.get(key)?.calls ?? 0) });
    }
  }
  const names = [...commands.keys()].sort();
  return { gates, missing, commands: names.map((command) => summary(command, commands.get(command))) };
}

function summary(command: string, clients: ReadonlyMap<string, ClientCalls> = new Map()) {
  const all = [...clients.values()].sort(byClient);
  return { command, calls: all.reduce((sum, { calls }) => sum + calls, 0), clients: all };
}

/** Formats the usage for a person: what the counts cover, then a table with a line for each command and client. */
export function usageText({ gates, missing, commands }: DeprecatedUsage): string {
  const since = gates.map(({ name, uptimeMs }) => `${name} for ${durationText(uptimeMs)}`).join(", ");
  const rows = commands.flatMap(({ command, clients }) => {
    if (clients.length === 0) return [[command, "nobody", "0"]];
    return clients.map((client) => [command, clientText(client), String(client.calls)]);
  });
  const lines = [
    ...(gates.length === 0
      ? []
      : [
          `Calls of deprecated commands since the start of each gate: ${since}. A gate that restarts counts from 0.`,
        ]),
    ...missing.map((name) => `The gate ${name} did not answer; its counts are missing.`),
    ...(gates.length > 0 && rows.length === 0 ? ["No command of the schema is deprecated."] : []),
    ...(rows.length === 0 ? [] : ["", ...table(["command", "client", "calls"], rows)]),
  ];
  return `${lines.join("\n")}\n`;
}

function clientText({ release, schema = "unknown" }: Omit<ClientCalls, "calls">): string {
  if (release !== undefined) return `release ${release}`;
  return /^[0-9a-f]{16}$/.test(schema) ? `schema ${schema}` : schema;
}

function byClient(a: ClientCalls, b: ClientCalls): number {
  const [one = Number.POSITIVE_INFINITY, other = Number.POSITIVE_INFINITY] = [a.release, b.release];
  if (one !== other) return one - other;
  return (a.schema ?? "") < (b.schema ?? "") ? -1 : 1;
}
