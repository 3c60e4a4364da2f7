import type { Protocol } from "../../api/protocol.ts";
import type { GateLimits } from "../../gate/gate-options.ts";
import type { NodeModule } from "../../node/define-node.ts";
import type { NodeLimits } from "../../node/node-options.ts";
import type { AllowedOrigins } from "../../transport/connection/origins.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";

/** What `photinus.config.ts` (as its default export) or `photinus.config.json` says. */
export interface Topology {
  /** The generated protocol, or the path of a module that exports it as `protocol`. */
  readonly protocol: Protocol | string | URL;
  readonly gates: readonly GateTopology[];
  readonly nodes: readonly NodeTopology[];
  readonly data?: DataTopology;
  readonly log?: LogTopology;
  readonly stop?: StopTopology;
  /**
   * What a process does when a promise was rejected that nobody waits for, as of a call whose `await` was forgotten: "log" it,
   * count it and go on (default), or "exit", so that the supervisor starts it anew, without its sessions.
   */
  readonly onUnhandledRejection?: OnUnhandledRejection;
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
  /** Default 0: the system chooses one, and the supervisor tells the nodes. External and `--only` nodes need a fixed one. */
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
  /**
   * Which pages may open WebSockets: a list of origins, such as "https://play.example", or "*" for all. Default: pages of the
   * host that the request is for, by any port.
   */
  readonly origins?: AllowedOrigins;
  /** Answers plain HTTP requests on the client port: the function, or the path of a module that exports it as default. */
  readonly http?: HttpHandler | string | URL;
  /** Heartbeat proposed to clients, in milliseconds. Default: the gate's. */
  readonly heartbeatMs?: number;
  /**
   * How long at most a gate that starts waits for its nodes before it serves clients, milliseconds: for every node of the
   * topology whose role the protocol routes to. Their connections are accepted meanwhile, and wait. 0: no wait. Default 8000.
   */
  readonly readyWaitMs?: number;
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
  /** The database "main", where tables are that name no other. */
  readonly mysql?: DatabaseTopology;
  /** The databases that tables name by `database: "shop"`, each a MySQL database of its own. */
  readonly databases?: Readonly<Record<string, DatabaseTopology>>;
  readonly redis?: RedisTopology;
  /** How changes get from Redis to MySQL, in each database. */
  readonly journal?: JournalTopology;
}

/** One MySQL database. */
export interface DatabaseTopology {
  /** "mysql://user:password@host:3306/database". Default: MYSQL_URL, or of the database "shop" MYSQL_URL_SHOP. */
  readonly url?: string;
  /**
   * Read replicas of it, for reads that ask for them by `from: "replica"`. Default: MYSQL_REPLICA_URLS (of "shop"
   * MYSQL_REPLICA_URLS_SHOP), joined by commas, when the URL comes from the environment too; else none.
   */
  readonly replicas?: readonly string[];
  /** Most connections of one process to it, and to each replica. Default 8. */
  readonly connections?: number;
  /**
   * Most time of one call to it, milliseconds, 100 to 30,000: for a connection, all statements and the end of a transaction. A
   * call that meets a silent server fails then with UNAVAILABLE. Default 15,000.
   */
  readonly timeoutMs?: number;
  /** Whether a table that is missing is created when it is first used. False: only `photinus data migrate` does. Default true. */
  readonly createTables?: boolean;
}

/** One Redis, or one Redis Cluster, for the tables of all databases. */
export interface RedisTopology {
  /** "redis://host:6379"; several, joined by commas, are nodes of one cluster. Default: REDIS_URL. */
  readonly url?: string;
  /**
   * Begins the name of every key; games that share a Redis need different ones. Letters, digits, "_" and "-". Keys of the
   * database "shop" begin with "p.shop". It never changes while the journal holds changes. Default "p".
   */
  readonly prefix?: string;
  /** Parts that rows and journal are spread over, 1 to 1,024; it never changes while Redis holds rows. Default 16. */
  readonly shards?: number;
  /** How long it is remembered that there is no row of a key, milliseconds. Default 2,000. */
  readonly missMs?: number;
  /** How long Redis may say nothing while a call waits for it, milliseconds; then the call fails. Default 10,000. */
  readonly silenceMs?: number;
  /** How long calls wait for a connection that has just broken to come back, milliseconds; 0: not at all. Default 100. */
  readonly reconnectWaitMs?: number;
  /** Works with a Redis that may evict changes that are not in MySQL yet (`maxmemory-policy allkeys-...`). Default false. */
  readonly allowEviction?: boolean;
}

export interface JournalTopology {
  /** Wait between two transactions of one shard, milliseconds. Default 100. */
  readonly flushMs?: number;
  /** Most changes in one transaction. Default 5,000. */
  readonly flushCount?: number;
  /** Changes that may wait for MySQL, of each database; then writes are refused. Default 1,000,000. */
  readonly backlogCount?: number;
  /** How long a shard stays its process's when that has died, milliseconds. Default 5,000. */
  readonly leaseMs?: number;
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

export const rejectionPolicies = ["log", "exit"] as const;
export type OnUnhandledRejection = (typeof rejectionPolicies)[number];

export interface StopTopology {
  /** How long processes may take to finish their work before they are killed. Default 10000. */
  readonly graceMs?: number;
}

/** Gives a topology its type: `export default defineTopology({ ... })`. It is checked when it is loaded. */
export function defineTopology(topology: Topology): Topology {
  return topology;
}
