import type { CanaryOptions } from "../../node/canary-options.ts";
import { isRecord } from "../../options/option-rules.ts";
import type { GateAddress, GatePorts } from "../topology/resolved-topology.ts";

/**
 * Messages between a supervisor and its children over Node's IPC channel. Each message has the property `photinus`. Messages
 * without it come from a user's module and are ignored.
 */

/** First order: open the gate or node, with the addresses of all gates once they are known. A restarted gate receives its former ports. */
export interface StartOrder {
  readonly photinus: "start";
  readonly gates: readonly GateAddress[];
  readonly ports: GatePorts | undefined;
  /**
   * Random key of the links among the processes of this supervisor; undefined where the topology has its own protection. The
   * channel of the order is readable by parent and child only, unlike a command line.
   */
  readonly linkKey?: string | undefined;
  /** Least release of clients, where it was set since the start of the topology; for gates. */
  readonly minRelease?: number | undefined;
  /** Share of a canary node, with the changes since the start of the topology. */
  readonly canary?: CanaryOptions | undefined;
}

/** Message from the supervisor to a child. */
export type Order =
  | StartOrder
  /** Loads the topology and the module, and opens nothing; the start order follows once the process before it is gone. */
  | { readonly photinus: "load" }
  /** New addresses of the gates. */
  | { readonly photinus: "gates"; readonly gates: readonly GateAddress[] }
  /** New least release of the clients that may enter; for gates. */
  | { readonly photinus: "clients"; readonly minRelease: number }
  /** New keys and users of a canary node. */
  | { readonly photinus: "canary"; readonly canary: CanaryOptions }
  /** Request for memory and figures; the answer repeats the key. */
  | { readonly photinus: "status"; readonly key: number };

/** Message from a child to the supervisor. */
export type Report =
  /** Answer to the order "load". */
  | { readonly photinus: "loaded" }
  | { readonly photinus: "ready"; readonly ports: GatePorts | undefined }
  /** The process cannot run as configured, and exits with {@link unableExitCode}. */
  | { readonly photinus: "unable"; readonly reason: string }
  | { readonly photinus: "status"; readonly key: number; readonly status: ProcessHealth };

/** Memory and figures of a process. */
export interface ProcessHealth {
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
  /** Counters and sizes by name; they depend on the kind of process. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Exit code of a process that cannot run as configured (EX_CONFIG of sysexits.h). */
export const unableExitCode = 78;

const orders = Object.freeze(["start", "load", "gates", "clients", "canary", "status"]);

/** Returns a message as an order; undefined for any other message. */
export function asOrder(message: unknown): Order | undefined {
  return isRecord(message) && isOneOf(message["photinus"], orders)
    ? (message as unknown as Order)
    : undefined;
}

/** Returns a message as a report; undefined for any other message. */
export function asReport(message: unknown): Report | undefined {
  return isRecord(message) && isOneOf(message["photinus"], ["loaded", "ready", "unable", "status"])
    ? (message as unknown as Report)
    : undefined;
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === "string" && words.includes(value);
}
