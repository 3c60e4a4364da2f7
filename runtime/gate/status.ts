export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

export interface NodeStatusAtGate {
  readonly name: string;
  readonly role: string;
  /** `away`: the link was lost, and the node keeps its place for a while. */
  readonly state: "ready" | "draining" | "away";
  /** Calls that wait for its answer. */
  readonly pending: number;
  readonly roundTripMs: number;
}

/** Figures of a gate at one moment. */
export interface GateStatus {
  readonly name: string;
  readonly client: PortAddress | undefined;
  readonly links: PortAddress | undefined;
  /** Client connections, also those that have not said hello. */
  readonly connections: number;
  readonly sessions: number;
  /** Sessions that are bound to a user. */
  readonly users: number;
  readonly groups: number;
  /** Requests that wait for an answer. */
  readonly inFlight: number;
  readonly nodes: readonly NodeStatusAtGate[];
  readonly counters: readonly [string, number][];
}
