import { type GateLimits, leastServerFrameBytes } from "../../gate/gate-options.ts";
import type { NodeLimits } from "../../node/node-options.ts";
import { isOrigin, nearestOrigin, originRule } from "../../transport/connection/origins.ts";
import { mysqlUrl, redisUrl } from "../diagnosis/database-url.ts";
import {
  anything,
  choice,
  file,
  flag,
  head,
  host,
  list,
  name,
  named,
  type Option,
  object,
  optional,
  port,
  required,
  type Shape,
  shown,
  whole,
  word,
} from "../diagnosis/option-shapes.ts";
import {
  type DatabaseTopology,
  type JournalTopology,
  logLevels,
  type RedisTopology,
  rejectionPolicies,
} from "./topology.ts";

const hourMs = 3_600_000;

const count = (least: number) => optional(whole(least, 100_000_000, ""));
const bytes = optional(whole(64, 0x4000_0000, "bytes"));
const ms = (least: number) => optional(whole(least, hourMs, "milliseconds"));

const rate = optional(
  object({
    count: required(whole(1, 1_000_000, "")),
    perMs: required(whole(1, hourMs, "milliseconds")),
  }),
);

/** Has the names of `GateLimits`, so that a new limit without a rule here does not compile. */
const gateLimits: Readonly<Record<keyof GateLimits, Option>> = {
  connectionCount: count(1),
  connectionsPerAddress: count(1),
  ipv6PrefixBits: optional(whole(1, 128, "bits")),
  nodeCount: count(1),
  handshakeMs: ms(1),
  halfCloseMs: ms(0),
  maxFrameBytes: bytes,
  maxServerFrameBytes: optional(whole(leastServerFrameBytes, 0x4000_0000, "bytes")),
  inFlightCount: count(1),
  laneQueueCount: count(0),
  laneBarrierMs: ms(1),
  guestRate: rate,
  controlRate: rate,
  turnFrameCount: count(1),
  softBufferBytes: bytes,
  hardBufferBytes: bytes,
  latestPushCount: count(1),
  groupsPerSession: count(1),
  groupCount: count(1),
  rejoinMs: ms(0),
  classicIdleMs: optional(whole(0, 24 * hourMs, "milliseconds")),
};

/** Has the names of `NodeLimits`. */
const nodeLimits: Readonly<Record<keyof NodeLimits, Option>> = {
  laneCount: count(1),
  inFlightCount: count(1),
  heavy: optional(object({ threads: optional(whole(1, 1024, "threads")), queueCount: count(0) })),
};

const origin: Shape = (value, path, problems) => {
  if (isOrigin(value)) return;
  const near = nearestOrigin(value);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  problems.add("wrong-kind", path, `it is ${shown(value)}`, `give ${originRule}${hint}`);
};
const originList = list(origin, 1, "origins");
const origins: Shape = (value, path, problems) => {
  if (value === "*") return;
  if (Array.isArray(value) && value.includes("*")) {
    problems.add(
      "wrong-kind",
      path,
      'it is a list with "*" in it',
      'give "*" alone for all pages, without a list',
    );
  } else if (Array.isArray(value)) originList(value, path, problems);
  else problems.add("wrong-kind", path, `it is ${shown(value)}`, 'give a list of origins, or "*" for all');
};

const gate = object(
  {
    name: required(name),
    listen: required(object({ host: optional(host), port: required(port) })),
    links: optional(object({ host: optional(host), port: optional(port), advertise: optional(host) })),
    classic: optional(flag),
    session: optional(flag),
    requireSchema: optional(flag),
    frame: optional(
      object({
        head: optional(head),
        layout: optional(choice(["standard", "wide"])),
        serverVersion: optional(whole(0, 0xffff_ffff, "the version")),
      }),
    ),
    origins: optional(origins),
    http: optional(anything),
    heartbeatMs: optional(whole(100, hourMs, "milliseconds")),
    readyWaitMs: ms(0),
    limits: optional(object(gateLimits)),
  },
  {
    port: "listen.port",
    host: "listen.host",
    netport: "listen.port",
    rootport: "links.port",
    webport: "listen.port",
  },
);

const node = object(
  {
    role: required(name),
    name: optional(name),
    instances: optional(whole(1, 1000, "instances")),
    module: optional(anything),
    limits: optional(object(nodeLimits)),
    external: optional(flag),
  },
  { app: "module", count: "instances", remoteport: "links of the gates" },
);

/** Has the names of `DatabaseTopology`; the tables below have those of its neighbours. */
const databaseOptions: Readonly<Record<keyof DatabaseTopology, Option>> = {
  url: optional(mysqlUrl),
  replicas: optional(list(mysqlUrl, 0, "URLs")),
  connections: optional(whole(1, 10_000, "connections")),
  timeoutMs: optional(whole(100, 30_000, "milliseconds")),
  createTables: optional(flag),
};
const database = object(databaseOptions);
const databaseName = word(/^[A-Za-z][\w-]{0,63}$/, "a letter and then up to 63 letters, digits, _ or -");

const redis: Readonly<Record<keyof RedisTopology, Option>> = {
  url: optional(redisUrl),
  prefix: optional(word(/^[\w-]{1,40}$/, "1 to 40 letters, digits, _ or -")),
  shards: optional(whole(1, 1024, "shards")),
  missMs: ms(1),
  silenceMs: ms(1),
  reconnectWaitMs: ms(0),
  allowEviction: optional(flag),
};

const journal: Readonly<Record<keyof JournalTopology, Option>> = {
  flushMs: ms(1),
  flushCount: optional(whole(1, 1_000_000, "changes")),
  backlogCount: optional(whole(1, 1_000_000_000, "changes")),
  leaseMs: ms(100),
};

/** Every option that a topology may have. What goes beyond one option is checked in `resolve.ts`. */
export const topologyShape: Shape = object(
  {
    protocol: required(anything),
    gates: required(list(gate, 1, "gates")),
    nodes: required(list(node, 0, "nodes")),
    data: optional(
      object({
        embedded: optional(
          object({ file: optional(file), synchronous: optional(choice(["normal", "full"])) }),
        ),
        mysql: optional(database),
        databases: optional(named(database, databaseName, { main: "data.mysql" })),
        redis: optional(object(redis)),
        journal: optional(object(journal)),
      }),
    ),
    log: optional(object({ level: optional(choice(logLevels)), file: optional(file) })),
    stop: optional(object({ graceMs: optional(whole(0, hourMs, "milliseconds")) })),
    onUnhandledRejection: optional(choice(rejectionPolicies)),
  },
  { servers: "nodes", master: "gates" },
);
