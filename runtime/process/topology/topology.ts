import type { Protocol } from "../../api/protocol.ts";
import type { AuthOptions } from "../../gate/auth/auth-options.ts";
import type { CompressionOptions } from "../../gate/compression/compression-options.ts";
import type { ClientReleaseOptions } from "../../gate/entrance/client-releases.ts";
import type { GateLimits } from "../../gate/gate-options.ts";
import type { ListenTlsOptions } from "../../gate/listen-options.ts";
import type { AdvertisedAddresses } from "../../gate/peers/client-addresses.ts";
import type { LoginPolicy } from "../../gate/peers/peer-options.ts";
import type { QueueOptions } from "../../gate/queue/queue-options.ts";
import type { CanaryOptions } from "../../node/canary-options.ts";
import type { NodeModule } from "../../node/define-node.ts";
import type { NodeLimits } from "../../node/node-options.ts";
import type { LinkSecurityTopology } from "../../rpc/trust/link-security-options.ts";
import type { CipherListen } from "../../transport/cipher/cipher-listen.ts";
import type { AllowedOrigins } from "../../transport/connection/origins.ts";
import type { HttpHandler } from "../../transport/http.ts";
import type { ProxyOptions } from "../../transport/proxy/proxy-options.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";

/** Content of `photinus.config.json`, or default export of `photinus.config.ts`: gates, nodes and their data. */
export interface Topology {
  /** Generated protocol, or the path of a module that exports it as `protocol`. */
  readonly protocol: Protocol | string | URL;
  /** Gates, at least one. */
  readonly gates: readonly GateTopology[];
  /** Nodes; every role with commands needs one. */
  readonly nodes: readonly NodeTopology[];
  /**
   * Releases of clients that may enter, at all gates. Default: all that understand the protocol. `photinus clients --min-release N`
   * changes the least one while the topology runs.
   */
  readonly clients?: ClientReleaseOptions;
  /** Keys and certificates of the links between gates and nodes. Default: none, for links on this machine only. */
  readonly links?: LinkSecurityTopology;
  /** Store of the tables. Default: MySQL and Redis when environment variables name them, else the embedded store. */
  readonly data?: DataTopology;
  /** Log level and log file. */
  readonly log?: LogTopology;
  /** Shutdown of the topology. */
  readonly stop?: StopTopology;
  /** HTTP address that tells load balancers whether the topology is ready. Default: none. */
  readonly health?: HealthTopology;
  /**
   * Policy for rejected promises without a handler, such as a call whose `await` was forgotten. "log" logs and counts the
   * rejection (default). "exit" ends the process with its sessions; the supervisor restarts it.
   */
  readonly onUnhandledRejection?: OnUnhandledRejection;
}

/** Address to listen on for clients. */
export interface ListenTopology extends ProxyOptions {
  /** Host to listen on. Default "127.0.0.1", for this machine only; "0.0.0.0" or "::" for every network. */
  readonly host?: string;
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Certificates; the port then speaks TLS only. Paths are relative to the topology file. Default: no TLS. */
  readonly tls?: ListenTlsOptions | undefined;
  /** Encryption of client connections by Photinus itself, for raw TCP and engines without TLS. Default: none. */
  readonly cipher?: CipherListen | undefined;
}

/** Address that nodes connect to. */
export interface LinksTopology {
  /** Host to listen on. Default "127.0.0.1". Other hosts need keys or certificates: see `links` of the topology. */
  readonly host?: string;
  /** TCP port. Default 0: the system chooses, and `photinus start` informs its nodes. Other nodes need a fixed port. */
  readonly port?: number;
  /** Host that nodes connect to. Default: `host`, or "127.0.0.1" where `host` is every network. */
  readonly advertise?: string;
}

/** One gate, the process that clients connect to. */
export interface GateTopology {
  /** Name, unique among gates and nodes: a letter and then up to 62 letters, digits, `_` or `-`. */
  readonly name: string;
  /** Address of the client port, shared by TCP, WebSocket and HTTP. */
  readonly listen: ListenTopology;
  /** Address of the link port for nodes. */
  readonly links?: LinksTopology;
  /**
   * Whether clients without a handshake (protoVersion 0) may connect. Default true where only this machine reaches the gate, false
   * elsewhere, since these clients have no ticket.
   */
  readonly classic?: boolean;
  /** Whether clients of the session protocol (protoVersion 1) may connect. Default true. */
  readonly session?: boolean;
  /** Fixed parts of the header of client frames. Default: four zero bytes, the standard layout, version 0. */
  readonly frame?: Partial<FrameFormat>;
  /** Whether clients of another schema are rejected; otherwise they only learn of the difference. Default false. */
  readonly requireSchema?: boolean;
  /**
   * Pages that may open WebSockets: a list of origins, such as "https://play.example", or "*" for all. Default: pages of the
   * requested host, on any port.
   */
  readonly origins?: AllowedOrigins;
  /** Handler of plain HTTP requests on the client port, or the path of a module whose default export is the handler. */
  readonly http?: HttpHandler | string | URL;
  /** Heartbeat interval proposed to clients, in ms. Default 15,000. */
  readonly heartbeatMs?: number;
  /**
   * Addresses under which clients reach this gate alone, not others behind a balancer. Default: those of `listen`, or none when it
   * listens on every network.
   */
  readonly advertise?: AdvertisedAddresses;
  /** Way in which the gate judges the tickets of clients, or "none". Default "none": every client may enter. */
  readonly auth?: "none" | AuthOptions;
  /** Compression of large bodies for clients that ask for it; true: with its defaults. Default false. */
  readonly compression?: boolean | CompressionOptions;
  /** Login queue of the gate. Default: none. */
  readonly queue?: QueueOptions;
  /** Policy for a login of a user who has sessions already; the same for all gates. Default: it ends the former session. */
  readonly logins?: LoginPolicy;
  /**
   * Longest wait of a starting gate for its nodes before it serves clients, in ms. The gate waits for every node of the
   * topology whose role the protocol routes to. Client connections are accepted meanwhile, and wait. 0: no wait. Default
   * 8,000.
   */
  readonly readyWaitMs?: number;
  /** Limits of clients, sessions and queues; each has a default. */
  readonly limits?: GateLimits;
}

/** One role with the processes that serve it. */
export interface NodeTopology {
  /** Role of the services that the node implements. */
  readonly role: string;
  /** Name of the node. Default: the role. With `instances`, or without a name, "-1", "-2" ... is appended. */
  readonly name?: string;
  /** Number of processes, 1 to 1,000. Default 1. */
  readonly instances?: number;
  /** Path of the node's module, or the module's default export. Required unless the node is external. */
  readonly module?: NodeModule | string | URL;
  /**
   * Keys and users that the node takes as a canary, to try the next release with a part of the players; the nodes of its role without
   * this option take the rest. Default: the node is no canary.
   */
  readonly canary?: CanaryOptions;
  /** Limits of queues and threads; each has a default. */
  readonly limits?: NodeLimits;
  /** Whether another program starts the node, for example one in another language. Default false. */
  readonly external?: boolean;
}

/**
 * Store of the tables: either `embedded`, or MySQL and Redis by the other options. Default: MySQL and Redis when MYSQL_URL and
 * REDIS_URL are set, else the embedded store.
 */
export interface DataTopology {
  /** Embedded store: a SQLite file, shared by the processes of this machine. */
  readonly embedded?: EmbeddedTopology;
  /** Database "main", for tables that name no other database. */
  readonly mysql?: DatabaseTopology;
  /** Further databases by name, for tables with `database: "shop"`; each is a separate MySQL database. */
  readonly databases?: Readonly<Record<string, DatabaseTopology>>;
  /** Redis server or cluster for the cache and the journal. */
  readonly redis?: RedisTopology;
  /** Write-behind from Redis to MySQL, for each database. */
  readonly journal?: JournalTopology;
}

/** One MySQL database. */
export interface DatabaseTopology {
  /** URL: "mysql://user:password@host:3306/database". Default: MYSQL_URL; for the database "shop" MYSQL_URL_SHOP. */
  readonly url?: string;
  /**
   * URLs of read replicas, for reads with `from: "replica"`. Default, if `url` is not set: MYSQL_REPLICA_URLS (for "shop"
   * MYSQL_REPLICA_URLS_SHOP), joined by commas; otherwise no replicas.
   */
  readonly replicas?: readonly string[];
  /** Most connections of one process to the database, and to each replica. Default 8. */
  readonly connections?: number;
  /**
   * Timeout of one call to the database, in ms, 100 to 30,000: covers the wait for a connection, all statements, and the end of
   * the transaction. A call to a silent server then fails with UNAVAILABLE. Default 15,000.
   */
  readonly timeoutMs?: number;
  /** Whether a missing table is created at its first use. False leaves that to `photinus data migrate`. Default true. */
  readonly createTables?: boolean;
}

/** Redis server or Redis Cluster for the tables of all databases. */
export interface RedisTopology {
  /** URL: "redis://host:6379"; several URLs, joined by commas, are nodes of one cluster. Default: REDIS_URL. */
  readonly url?: string;
  /**
   * Prefix of every key: 1 to 40 letters, digits, "_" and "-". Games that share a Redis need different prefixes. Keys of the
   * database "shop" begin with "p.shop". Must not change while the journal holds changes. Default "p".
   */
  readonly prefix?: string;
  /** Number of shards of rows and journal, 1 to 1,024. Must not change while Redis holds rows. Default 16. */
  readonly shards?: number;
  /** How long the cache remembers that a key has no row, in ms. Default 2,000. */
  readonly missMs?: number;
  /** Longest silence of Redis while a call waits, in ms; then the call fails. Default 10,000. */
  readonly silenceMs?: number;
  /** How long calls wait for the reconnect after a lost connection, in ms; 0: no wait. Default 100. */
  readonly reconnectWaitMs?: number;
  /** Accepts a Redis that may evict changes that are not in MySQL yet (`maxmemory-policy allkeys-...`). Default false. */
  readonly allowEviction?: boolean;
}

/** Write-behind from Redis to MySQL. */
export interface JournalTopology {
  /** Interval between two flushes of one shard, in ms. Default 100. */
  readonly flushMs?: number;
  /** Most changes in one flush transaction. Default 5,000. */
  readonly flushCount?: number;
  /** Most unflushed changes of each database; beyond it writes fail with RESOURCE_EXHAUSTED. Default 1,000,000. */
  readonly backlogCount?: number;
  /** Lease of a shard, in ms: how long the shard of a dead process waits for its next owner. Default 5,000. */
  readonly leaseMs?: number;
}

/** Embedded SQLite store. */
export interface EmbeddedTopology {
  /**
   * Path of the SQLite file, relative to the topology file. Default ".photinus/NAME.sqlite" with the name of the topology file.
   * ":memory:" stores nothing on disk, and shares nothing between processes: for tests in one process.
   */
  readonly file?: string;
  /**
   * Durability of an acknowledged change. "normal" survives the death of any process. "full" survives a power cut as well, and
   * makes every transaction wait for the disk. Default "normal".
   */
  readonly synchronous?: "normal" | "full";
}

/** Log of all processes of a topology. */
export interface LogTopology {
  /** Lowest level that is logged. Default "info". */
  readonly level?: LogLevel;
  /** Path of a file to append records to, besides the standard output; relative to the topology file. Default: no file. */
  readonly file?: string;
}

/** Log levels, in ascending order. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
/** Lowest level that is logged; "silent" logs nothing. */
export type LogLevel = (typeof logLevels)[number];

/** Whether a text is a log level. */
export function isLogLevel(text: string): text is LogLevel {
  return logLevels.some((level) => level === text);
}

/** Policies for rejected promises without a handler. */
export const rejectionPolicies = ["log", "exit"] as const;
/** Policy for rejected promises without a handler: log it and continue, or exit the process. */
export type OnUnhandledRejection = (typeof rejectionPolicies)[number];

/** Shutdown of a topology. */
export interface StopTopology {
  /** Longest stop of all processes, in ms: half for the gates, then half for the nodes; then a kill. Default 10,000. */
  readonly graceMs?: number;
}

/** HTTP address of `GET /ready` and `GET /live`, for load balancers and orchestrators. */
export interface HealthTopology {
  /** Host to listen on. Default "127.0.0.1", for this machine only; "0.0.0.0" or "::" for every network. */
  readonly host?: string;
  /** TCP port; 0 lets the system choose, and the log shows the port. */
  readonly port: number;
}

/** Types a topology: `export default defineTopology({ ... })`. Returns it unchanged; the checks run when it is loaded. */
export function defineTopology(topology: Topology): Topology {
  return topology;
}
