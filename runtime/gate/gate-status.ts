/** Address that a port listens on. */
export interface PortAddress {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port number, never 0. */
  readonly port: number;
}

/** State of a node, as one gate sees the node. */
export interface NodeStatusAtGate {
  /** Name of the node, unique in its cluster. */
  readonly name: string;
  /** Role of the node, as in the schema: "scene". */
  readonly role: string;
  /** Release of the node's schema; 0 when unknown or never released. */
  readonly release: number;
  /**
   * `ready`: linked. `draining`: linked, about to stop, gets no new work. `away`: unreachable; the node keeps its place for
   * `rejoinMs`.
   */
  readonly state: "ready" | "draining" | "away";
  /** Calls to the node that are in flight. */
  readonly pending: number;
  /** Clients that the gate does not read from, because the node is overloaded. */
  readonly pausedClients: number;
  /** Round trip of the link's last ping, in ms; 0 before the first. */
  readonly roundTripMs: number;
}

/** Uses of a deprecated command by the clients of one release or schema, since the start of the gate. */
export interface DeprecatedUse {
  /** Full name of the command: "meadow.Meadow.Enter". */
  readonly command: string;
  /** Number of calls that the gate accepted; 0, without a client, for a command that nobody has called. */
  readonly calls: number;
  /** Release of the clients; absent when unknown. */
  readonly release?: number;
  /**
   * Fingerprint of the clients' schema, where their release is unknown. "unknown": the clients have sent neither, as classic ones.
   * "other": clients of further schemas, which are counted together.
   */
  readonly schema?: string;
}

/** Sessions of the clients of one release or schema. */
export interface SessionsOfClients {
  /** Number of sessions, including those that wait for their clients. */
  readonly sessions: number;
  /** Whether these clients are served when they connect again. */
  readonly served: boolean;
  /** Release of the clients; absent when unknown. */
  readonly release?: number;
  /**
   * Fingerprint of the clients' schema, where their release is unknown. "unknown": the clients have sent neither, as classic ones.
   * "other": clients of further releases and schemas, which are counted together.
   */
  readonly schema?: string;
}

/** Snapshot of a gate's state and counters. */
export interface GateStatus {
  /** Name of the gate, unique in its cluster. */
  readonly name: string;
  /** Address for clients; undefined for a gate without ports. */
  readonly client: PortAddress | undefined;
  /** Address for the links of nodes; undefined for a gate without ports. */
  readonly links: PortAddress | undefined;
  /** Release of the gate's schema; of a schema that has changed since, the number after its last release. 0: never released. */
  readonly release: number;
  /** Least release from which on all clients are served; 0: every release. */
  readonly minRelease: number;
  /** Roles that the gate waits for before it serves clients, "scene (1 of 2)"; empty once clients are served. */
  readonly waitsFor: readonly string[];
  /** Client connections from accept to close, with those that have sent nothing and those of HTTP. */
  readonly connections: number;
  /** Sessions, with and without a user, including those that wait for their clients. */
  readonly sessions: number;
  /** Sessions by the release of their clients; has all releases of the protocol, also those without a session. */
  readonly clients: readonly SessionsOfClients[];
  /** Clients that wait in the login queue. */
  readonly queued: number;
  /** Sessions that have lost their connection and wait for their clients to resume. */
  readonly suspended: number;
  /** Memory of unacknowledged answers and pushes of all sessions, in bytes; at most `limits.resumeGateBytes`. */
  readonly resumeBytes: number;
  /** Users with a session at this gate. */
  readonly users: number;
  /** Push groups with at least one member at this gate. */
  readonly groups: number;
  /** Client requests that wait for an answer. */
  readonly inFlight: number;
  /** Other gates of the cluster, and whether the gate has a link to each. */
  readonly gates: readonly { readonly name: string; readonly linked: boolean }[];
  /** Nodes known to the gate, including those that are draining or unreachable. */
  readonly nodes: readonly NodeStatusAtGate[];
  /** Uses of all deprecated commands of the protocol, by command and client; empty for a protocol without any. */
  readonly deprecated: readonly DeprecatedUse[];
  /** Counts by dotted name, sorted by name. */
  readonly counters: readonly [string, number][];
}
