import type { Protocol } from "../../api/protocol.ts";
import type { Clock } from "../../clock/clock.ts";
import type { TicketStore } from "../../gate/auth/ticket-store.ts";
import type { Counters } from "../../log/counters.ts";
import type { Logger } from "../../log/logger.ts";
import type { CanaryOptions } from "../../node/canary-options.ts";
import type { Tables } from "../../tables/tables.ts";
import type { GateAddress, GatePorts } from "../topology/resolved-topology.ts";
import type { HostLinks } from "./open-link-trust.ts";

/** Ports that a process provides to the gate or node it hosts. */
export interface Host {
  readonly clock: Clock;
  readonly log: Logger;
  readonly protocol: Protocol;
  readonly tables: Tables;
  readonly links: HostLinks;
  /** Store of revocations and used tickets; absent for a process without gates that ask for tickets. */
  readonly ticketStore?: TicketStore | undefined;
}

/** Gate or node that runs in this process. */
export interface Hosted {
  readonly name: string;
  /** Counters that `photinus status` shows. */
  readonly counters: Counters;
  /** Ports of a gate; undefined for a node. */
  readonly ports: GatePorts | undefined;
  /** Gives a node or gate the new addresses of all gates. */
  moveGates(gates: readonly GateAddress[]): void;
  /** Sets the least release of clients that may enter a gate; absent for a node. */
  setMinRelease?(minRelease: number): void;
  /** Changes what a canary node takes; absent for a gate. Throws FAILED_PRECONDITION for a node that is no canary. */
  setCanary?(canary: CanaryOptions): void;
  /** Figures for `photinus status`. */
  figures(): Readonly<Record<string, unknown>>;
  /** Closes the gate or node within `graceMs`. */
  close(options: { readonly graceMs: number }): Promise<void>;
}
