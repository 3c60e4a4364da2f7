import type { Protocol } from "../../api/protocol.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import type { Tables } from "../../tables/tables.ts";
import type { GateAddress, GatePorts } from "../topology/resolved-topology.ts";

/** What a gate or node is given by the process that hosts it. */
export interface Host {
  readonly clock: Clock;
  readonly log: Logger;
  readonly protocol: Protocol;
  readonly tables: Tables;
}

/** A gate or node that runs in this process. */
export interface Hosted {
  readonly name: string;
  /** What `photinus status` shows as its counters. */
  readonly counters: Counters;
  /** Of a gate. */
  readonly ports: GatePorts | undefined;
  /** Tells a node where the gates are now. */
  moveGates(gates: readonly GateAddress[]): void;
  /** Figures for `photinus status`. */
  figures(): Readonly<Record<string, unknown>>;
  close(options: { readonly graceMs: number }): Promise<void>;
}
