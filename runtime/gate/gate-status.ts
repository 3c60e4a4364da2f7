/** Where a port listens. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** A node, as a gate sees it. */
export interface NodeStatusAtGate {
  readonly name: string;
  readonly role: string;
  /** `away`: the link was lost, and the node keeps its place for a while. */
  readonly state: "ready" | "draining" | "away";
  /** Calls that wait for its answer. */
  readonly pending: number;
  /** Of the link's last ping, milliseconds; 0 before the first. */
  readonly roundTripMs: number;
}

/** Figures of a gate at one moment. */
export interface GateStatus {
  readonly name: string;
  /** Where clients connect; undefined for a gate without ports. */
  readonly client: PortAddress | undefined;
  /** Where nodes connect. */
  readonly links: PortAddress | undefined;
  /** What the gate waits for before it serves clients, "scene (1 of 2)"; empty when it serves them. */
  readonly waitsFor: readonly string[];
  /** Client connections from accept to their end, also those that have said nothing, and those of HTTP. */
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
