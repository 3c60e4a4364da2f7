import { clientReleasesOption } from "../../gate/entrance/client-releases.ts";
import { sharedGateOptions } from "../../gate/gate-options.ts";
import { checkClients, listenOptions } from "../../gate/listen-options.ts";
import { advertiseOption } from "../../gate/peers/client-addresses.ts";
import { canaryRule } from "../../node/canary-options.ts";
import { nodeLimitsRule } from "../../node/node-options.ts";
import { filled, host, nodeName, port, word } from "../../options/address-rules.ts";
import { nested, object, optional, type RulesOf, required, withDefault } from "../../options/option-rules.ts";
import { anything, choice, flag, list, ms, named, whole } from "../../options/rule-kinds.ts";
import { mysqlUrl, redisUrl } from "../../options/url-rules.ts";
import { linkSecurityRule } from "../../rpc/trust/link-security-options.ts";
import {
  databaseOptions,
  defaultPrefix,
  journalOptions,
  redisOptions,
} from "../../tables/redis-mysql/cached-store-options.ts";
import { synchronousOption } from "../../tables/sqlite/embedded-options.ts";
import { checkProxies } from "../../transport/proxy/proxy-options.ts";
import { defaultGraceMs, defaultReadyWaitMs } from "./resolved-topology.ts";
import {
  type DatabaseTopology,
  type DataTopology,
  type EmbeddedTopology,
  type GateTopology,
  type HealthTopology,
  type JournalTopology,
  type LinksTopology,
  type ListenTopology,
  type LogTopology,
  logLevels,
  type NodeTopology,
  type RedisTopology,
  rejectionPolicies,
  type StopTopology,
  type Topology,
} from "./topology.ts";

const hourMs = 3_600_000;

/** Path of a file, relative to the folder of the topology file. */
const file = filled("a path, relative to the folder of this file");

const address = {
  host: withDefault(host, "127.0.0.1"),
  port: required(port),
} satisfies RulesOf<HealthTopology>;

const listen = object({ ...address, ...listenOptions } satisfies RulesOf<ListenTopology>, {
  together: checkProxies,
});

const links = object({
  host: withDefault(host, "127.0.0.1"),
  port: withDefault(port, 0),
  // The default depends on the host, so that it is filled in by `resolveTopology`.
  advertise: optional(host),
} satisfies RulesOf<LinksTopology>);

const gate = object(
  {
    name: required(nodeName),
    listen: required(listen),
    advertise: advertiseOption,
    links: nested(links),
    ...sharedGateOptions,
    http: optional(anything),
    readyWaitMs: withDefault(ms(0, hourMs), defaultReadyWaitMs),
  } satisfies RulesOf<GateTopology>,
  {
    renamed: {
      port: "listen.port",
      host: "listen.host",
      netport: "listen.port",
      rootport: "links.port",
      webport: "listen.port",
    },
    together: checkClients,
  },
);

const node = object(
  {
    role: required(nodeName),
    name: optional(nodeName),
    instances: optional(whole(1, 1000, "instances")),
    module: optional(anything),
    canary: optional(canaryRule),
    limits: nested(nodeLimitsRule),
    external: withDefault(flag, false),
  } satisfies RulesOf<NodeTopology>,
  { renamed: { app: "module", count: "instances", remoteport: "links of the gates" } },
);

const database = object({
  url: optional(mysqlUrl),
  replicas: optional(list(mysqlUrl, 0, "URLs")),
  ...databaseOptions,
} satisfies RulesOf<DatabaseTopology>);
const databaseName = word(/^[A-Za-z][\w-]{0,63}$/, "a letter and then up to 63 letters, digits, _ or -");

const redis = object({
  url: optional(redisUrl),
  prefix: withDefault(word(/^[\w-]{1,40}$/, "1 to 40 letters, digits, _ or -"), defaultPrefix),
  ...redisOptions,
} satisfies RulesOf<RedisTopology>);

const data = object({
  embedded: optional(
    object({ file: optional(file), synchronous: synchronousOption } satisfies RulesOf<EmbeddedTopology>),
  ),
  mysql: optional(database),
  databases: optional(named(database, databaseName, { main: "data.mysql" })),
  redis: optional(redis),
  journal: optional(object(journalOptions satisfies RulesOf<JournalTopology>)),
} satisfies RulesOf<DataTopology>);

/** Rule that checks {@link Topology} and fills in defaults. Checks across several options are in `topology-rules.ts`. */
export const topologyRule = object(
  {
    protocol: required(anything),
    gates: required(list(gate, 1, "gates")),
    nodes: required(list(node, 0, "nodes")),
    clients: clientReleasesOption,
    links: optional(linkSecurityRule),
    data: optional(data),
    log: optional(
      object({
        level: withDefault(choice(logLevels), "info"),
        file: optional(file),
      } satisfies RulesOf<LogTopology>),
    ),
    stop: optional(
      object({
        graceMs: withDefault(whole(0, hourMs, "milliseconds"), defaultGraceMs),
      } satisfies RulesOf<StopTopology>),
    ),
    health: optional(object(address)),
    onUnhandledRejection: withDefault(choice(rejectionPolicies), "log"),
  } satisfies RulesOf<Topology>,
  { renamed: { servers: "nodes", master: "gates" }, noun: "the topology" },
);
