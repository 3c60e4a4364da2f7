import type { Protocol } from "../../door/protocol.ts";
import type { GateLimits } from "../../gate/options.ts";
import type { NodeModule } from "../../node/define.ts";
import type { NodeLimits } from "../../node/options.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { FrameFormat } from "../../wire/frame/format.ts";

/** What `photinus.config.ts` (as its default export) or `photinus.config.json` says. */
export interface Topology {
  /** The generated protocol, or the path of a module that exports it as `protocol`. */
  readonly protocol: Protocol | string | URL;
  readonly gates: readonly GateTopology[];
  readonly nodes: readonly NodeTopology[];
  readonly data?: DataTopology;
  readonly log?: LogTopology;
  readonly stop?: StopTopology;
}

/** An address to listen on. */
export interface ListenTopology {
  /** Default "127.0.0.1": only this machine. "0.0.0.0" or "::" is every network. */
  readonly host?: string;
  /** 0: the system chooses one. */
  readonly port: number;
}

/** The port that nodes connect to. */
export interface LinksTopology {
  /** Default "127.0.0.1". Anything else is reachable by peers that are not authenticated yet. */
  readonly host?: string;
  /** Default 0: the system chooses one, and the supervisor tells the nodes. Nodes started with `--only` need a fixed one. */
  readonly port?: number;
  /** The host that nodes connect to; default: `host`, or this machine where `host` is every network. */
  readonly advertise?: string;
}

/** One gate: the process that clients connect to. */
export interface GateTopology {
  /** Unique over gates and nodes. */
  readonly name: string;
  readonly listen: ListenTopology;
  readonly links?: LinksTopology;
  /** Whether clients without a handshake (protoVersion 0) may connect. Default true. */
  readonly classic?: boolean;
  /** Whether clients of the session protocol (protoVersion 1) may connect. Default true. */
  readonly session?: boolean;
  /** The fixed parts of a client frame's header. Default: four zero bytes, the standard layout, version 0. */
  readonly frame?: Partial<FrameFormat>;
  /** Whether clients of another schema are refused, instead of only told. Default false. */
  readonly requireSchema?: boolean;
  /** Answers plain HTTP requests on the client port: the function, or the path of a module that exports it as default. */
  readonly http?: HttpHandler | string | URL;
  /** Heartbeat proposed to clients, in milliseconds. Default: the gate's. */
  readonly heartbeatMs?: number;
  /** Default: the gate's. */
  readonly limits?: GateLimits;
}

/** One role, and how many processes serve it. */
export interface NodeTopology {
  readonly role: string;
  /** Default: the role. With `instances`, or without a name, "-1", "-2" ... is appended. */
  readonly name?: string;
  /** Default 1. */
  readonly instances?: number;
  /** The path of the node's module, or what that module would export. Left out only of an external node. */
  readonly module?: NodeModule | string | URL;
  readonly limits?: NodeLimits;
  /** True for a node that something else starts, such as a program in another language. Default false. */
  readonly external?: boolean;
}

/** Where tables live. Without it: in MySQL and Redis when MYSQL_URL and REDIS_URL are set, else in the embedded store. */
export interface DataTopology {
  /** A SQLite file, shared by the processes of this machine. */
  readonly embedded?: EmbeddedTopology;
  readonly mysql?: { readonly url: string };
  readonly redis?: RedisTopology;
}

export interface RedisTopology {
  /** Several, joined by commas, are nodes of one cluster. Default: REDIS_URL. */
  readonly url?: string;
  /** Accepts a Redis that evicts keys without a time to live, and so may lose changes that MySQL lacks. Default false. */
  readonly allowEviction?: boolean;
}

export interface EmbeddedTopology {
  /**
   * Relative to the topology file. Default ".photinus/NAME.sqlite", where NAME is that of the topology file. ":memory:" keeps
   * nothing, and shares nothing between processes: for tests in one process.
   */
  readonly file?: string;
  /**
   * What an acknowledged change outlives: "normal" the death of any process, "full" a power cut too, which makes every
   * transaction wait for the disk. Default "normal".
   */
  readonly synchronous?: "normal" | "full";
}

export interface LogTopology {
  /** Default "info". */
  readonly level?: LogLevel;
  /** A file to append to, besides the standard output; relative to the topology file. */
  readonly file?: string;
}

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export function isLogLevel(text: string): text is LogLevel {
  return logLevels.some((level) => level === text);
}

export interface StopTopology {
  /** How long processes may take to finish their work before they are killed. Default 10000. */
  readonly graceMs?: number;
}

/** Gives a topology its type: `export default defineTopology({ ... })`. It is checked when it is loaded. */
export function defineTopology(topology: Topology): Topology {
  return topology;
}
