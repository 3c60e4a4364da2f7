import { isRecord } from "../../options/option-rules.ts";
import type { GateAddress, GatePorts } from "../topology/resolved-topology.ts";

/**
 * What a supervisor and its children say to each other over Node's IPC channel. Each message has the property
 * `photinus`; a user's module may send messages of its own, which are ignored.
 */

/** Open: the first order. A gate is told the ports that it had before, a node the gates. */
export interface StartOrder {
  readonly photinus: "start";
  readonly gates: readonly GateAddress[];
  readonly ports: GatePorts | undefined;
}

/** From the supervisor. */
export type Order =
  | StartOrder
  /** The gates have these addresses now. */
  | { readonly photinus: "gates"; readonly gates: readonly GateAddress[] }
  /** Tell how you are; the answer repeats the key. */
  | { readonly photinus: "status"; readonly key: number };

/** From a child. */
export type Report =
  | { readonly photinus: "ready"; readonly ports: GatePorts | undefined }
  /** It cannot run as it was configured; it exits with {@link unableExitCode}. */
  | { readonly photinus: "unable"; readonly reason: string }
  | { readonly photinus: "status"; readonly key: number; readonly status: ProcessHealth };

/** What a process tells of itself. */
export interface ProcessHealth {
  readonly memoryBytes: number;
  /** Counters and sizes, by name; what they are depends on the kind of process. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** The exit code of a process that cannot run as it was configured (EX_CONFIG of sysexits.h). */
export const unableExitCode = 78;

export function asOrder(message: unknown): Order | undefined {
  return isRecord(message) && isOneOf(message["photinus"], ["start", "gates", "status"])
    ? (message as unknown as Order)
    : undefined;
}

export function asReport(message: unknown): Report | undefined {
  return isRecord(message) && isOneOf(message["photinus"], ["ready", "unable", "status"])
    ? (message as unknown as Report)
    : undefined;
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === "string" && words.includes(value);
}
