import { callRule } from "../../../clients/typescript/src/call-descriptors.ts";
import { cipher } from "../../../clients/typescript/src/cipher/cipher.ts";
import { cipherRule } from "../../../clients/typescript/src/cipher/cipher-options.ts";
import { connectRule } from "../../../clients/typescript/src/connect-options.ts";
import { closeRule } from "../../../clients/typescript/src/connection.ts";
import { connect } from "../../../clients/typescript/src/index.ts";
import { dialWebSocket } from "../../../clients/typescript/src/transport/websocket.ts";
import { SystemClock, systemClock, systemClockRule } from "../../../runtime/clock/clock.ts";
import { Deadlines, deadlinesRule } from "../../../runtime/clock/deadlines.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import {
  gateCloseRule,
  gateLimitsRule,
  gateOptionsRule,
  resolveGateLimits,
} from "../../../runtime/gate/gate-options.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { canaryRule } from "../../../runtime/node/canary-options.ts";
import { NodeCalls } from "../../../runtime/node/gates/node-calls.ts";
import { NodeSession } from "../../../runtime/node/gates/node-session.ts";
import { PushHub } from "../../../runtime/node/gates/push-hub.ts";
import { WorkerPool } from "../../../runtime/node/heavy/worker-pool.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import {
  bindRule,
  joinRule,
  kickRule,
  membersRule,
  methodCallRule,
  nodeCloseRule,
} from "../../../runtime/node/node-call-options.ts";
import {
  nodeLimitsRule,
  nodeOptionsRule,
  resolveNodeLimits,
  workerPoolRule,
} from "../../../runtime/node/node-options.ts";
import type { Rule } from "../../../runtime/options/option-rules.ts";
import {
  inProcessCloseRule,
  inProcessRule,
  startInProcess,
} from "../../../runtime/process/hosting/in-process.ts";
import { Backoff, backoffRule } from "../../../runtime/process/supervisor/restart-backoff.ts";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { topologyRule } from "../../../runtime/process/topology/topology-grammar.ts";
import { Dialer, dialerOptionsRule } from "../../../runtime/rpc/dialer.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import {
  graceOf,
  linkCloseRule,
  linkLimitsRule,
  linkOptionsRule,
} from "../../../runtime/rpc/link-options.ts";
import { cachedDatabasesRule, openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { boundsRule } from "../../../runtime/tables/handle/increment-bounds.ts";
import { retryAborted, retryRule } from "../../../runtime/tables/handle/retry-aborted.ts";
import { streamRule, TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { migrate, migrateRule } from "../../../runtime/tables/migrate/migrate.ts";
import { mysqlRule, openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { Database, databaseRule } from "../../../runtime/tables/mysql/mysql-database.ts";
import { RedisClient } from "../../../runtime/tables/redis/redis-client.ts";
import { redisClientRule } from "../../../runtime/tables/redis/redis-connect.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { cachedStoreRule } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { embeddedRule } from "../../../runtime/tables/sqlite/embedded-options.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import { readRule, storeCloseRule } from "../../../runtime/tables/table-store.ts";
import { memoryPair, memoryPairRule } from "../../../runtime/transport/memory.ts";
import { openPort, portCloseRule } from "../../../runtime/transport/port.ts";
import { portOptionsRule } from "../../../runtime/transport/port-options.ts";
import { dialTcp, dialTcpRule } from "../../../runtime/transport/tcp.ts";
import { ClientCredentials } from "../../../runtime/transport/tls/client-credentials.ts";
import { ServerCredentials } from "../../../runtime/transport/tls/server-credentials.ts";
import { clientTlsRule, serverTlsRule } from "../../../runtime/transport/tls/tls-options.ts";
import { buffersRule, TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { frameFormatRule, resolveFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { FakeServer } from "../client/fake-server.ts";
import { ask, note } from "../client/notes.ts";
import { sampleProtocol } from "../process/protocol-sample.ts";

/** One options object, and the call that takes it. */
export interface OptionTable {
  /** The interfaces whose options these are, nested ones included. */
  readonly of: readonly string[];
  readonly rule: Rule;
  /** The options that cannot be left out. */
  readonly least?: Readonly<Record<string, unknown>>;
  /** Whether the call takes the options that it knows from a larger object, and leaves the rest to its caller. */
  readonly picks?: boolean;
  /** Hands the options over. Nothing is opened when they are refused. */
  readonly give: (options: never) => unknown;
}

const protocol = sampleProtocol(["scene"]);
const mysqlUrl = "mysql://root@127.0.0.1:1/game";
const redisUrl = "redis://127.0.0.1:1";
const deadlines = () => new Deadlines(systemClock);
const linkParts = () => ({
  clock: systemClock,
  deadlines: deadlines(),
  log: silentLogger,
  name: "link",
  handler: {} as never,
});
const gate = () => new Gate({ name: "gate-1", protocol });
const session = () => new NodeSession({} as never, "", 1, "");
const calls = () => new NodeCalls({ callStacks: false } as never);
const method = { name: "a.B.C", timeoutMs: 1 } as never;
const inMemory = () => new EmbeddedStore({ file: ":memory:" });
const handle = () => new TableHandle(heroTable, inMemory());

/** Opens something, hands the options to a call of it, and closes it. */
async function during<T extends AsyncDisposable>(open: Promise<T>, use: (opened: T) => unknown) {
  await using opened = await open;
  await use(opened);
}
const openedNode = () => GameNode.open(() => [], { name: "node-1", role: "scene", gates: [] });
const openedPort = () => openPort({ onTransport: () => undefined });
const openedTopology = () =>
  startInProcess({
    protocol: sampleProtocol([]),
    gates: [{ name: "gate-1", listen: { port: 0 } }],
    nodes: [{ role: "scene", module: () => [] }],
  });
const openedConnection = () => new FakeServer().connect();

/** Every options object. */
export const optionTables: readonly OptionTable[] = [
  {
    of: [
      "GateOptions",
      "ListenOptions",
      "ListenTlsOptions",
      "ProxyOptions",
      "QueueOptions",
      "ClientReleaseOptions",
      "CompressionOptions",
      "TicketOptions",
      "AuthOptions",
      "JwtOptions",
      "JwksOptions",
    ],
    rule: gateOptionsRule,
    least: { name: "gate-1", protocol },
    give: (options) => new Gate(options),
  },
  { of: ["GateLimits", "FloodLimits"], rule: gateLimitsRule, give: (limits) => resolveGateLimits(limits) },
  { of: ["GateCloseOptions"], rule: gateCloseRule, give: (options) => gate().close(options) },
  {
    of: ["GameNodeOptions"],
    rule: nodeOptionsRule,
    least: { name: "node-1", role: "scene", gates: [{ host: "127.0.0.1", port: 1 }] },
    give: (options) => GameNode.open(() => [], options),
  },
  { of: ["NodeLimits"], rule: nodeLimitsRule, give: (limits) => resolveNodeLimits(limits) },
  { of: ["WorkerPoolOptions"], rule: workerPoolRule, give: (options) => new WorkerPool(options) },
  {
    of: ["CanaryOptions"],
    rule: canaryRule,
    give: async (options) => {
      const node = await GameNode.open(() => [], { name: "node-1", role: "scene", gates: [], canary: {} });
      return during(Promise.resolve(node), (opened) => opened.setCanary(options));
    },
  },
  {
    of: ["NodeCloseOptions"],
    rule: nodeCloseRule,
    give: (options) => during(openedNode(), (node) => node.close(options)),
  },
  {
    of: ["MethodCallOptions"],
    rule: methodCallRule,
    give: (options) => calls().call(method, {}, options, 0, undefined),
  },
  { of: ["KickOptions"], rule: kickRule, give: (options) => session().kick("why", options) },
  { of: ["JoinOptions"], rule: joinRule, give: (options) => session().join("group", options) },
  {
    of: ["MembersOptions"],
    rule: membersRule,
    give: (options) => new PushHub([]).group("group").members(options),
  },
  { of: [], rule: bindRule, give: (options) => session().bind(1n, options) },
  {
    of: ["LinkLimits"],
    rule: linkLimitsRule,
    give: (limits: object) => new Link(memoryPair()[0], { ...linkParts(), ...limits }),
  },
  {
    of: ["LinkOptions"],
    rule: linkOptionsRule,
    least: linkParts(),
    give: (options) => new Link(memoryPair()[0], options),
  },
  { of: [], rule: linkCloseRule, give: (options) => graceOf(options) },
  {
    of: ["DialerOptions"],
    rule: dialerOptionsRule,
    least: { dial: () => undefined, to: "gate-1", link: linkParts(), onLink: () => undefined },
    give: (options) => new Dialer(options),
  },
  {
    of: ["PortOptions"],
    rule: portOptionsRule,
    least: { onTransport: () => undefined },
    give: (options) => openPort(options),
  },
  {
    of: ["ServerTlsOptions"],
    rule: serverTlsRule,
    least: { certificates: [{ certFile: "none.pem", keyFile: "none.key" }] },
    give: (options) => ServerCredentials.open(options),
  },
  {
    of: ["ClientTlsOptions"],
    rule: clientTlsRule,
    give: (options) => ClientCredentials.open(options),
  },
  {
    of: ["PortCloseOptions"],
    rule: portCloseRule,
    give: (options) => during(openedPort(), (port) => port.close(options)),
  },
  { of: ["DialTcpOptions"], rule: dialTcpRule, give: (options) => dialTcp("127.0.0.1", 1, options) },
  { of: ["MemoryPairOptions"], rule: memoryPairRule, give: (options) => memoryPair(options) },
  { of: ["TransportBuffersOptions"], rule: buffersRule, give: (options) => new TransportBuffers(options) },
  { of: ["FrameFormat"], rule: frameFormatRule, give: (format) => resolveFrameFormat(format) },
  { of: ["DeadlinesOptions"], rule: deadlinesRule, give: (options) => new Deadlines(systemClock, options) },
  { of: ["SystemClockOptions"], rule: systemClockRule, give: (options) => new SystemClock(options) },
  {
    of: ["EmbeddedOptions"],
    rule: embeddedRule,
    least: { file: ":memory:" },
    give: (options) => new EmbeddedStore(options),
  },
  {
    of: ["CachedStoreOptions"],
    rule: cachedStoreRule,
    least: { mysqlUrl, redisUrl },
    give: (options) => CachedStore.open(options),
  },
  {
    of: ["CachedDatabasesOptions"],
    rule: cachedDatabasesRule,
    least: { redisUrl, databases: new Map([["main", { mysqlUrl }]]) },
    give: (options) => openDatabases(options),
  },
  { of: [], rule: storeCloseRule, give: (options) => inMemory().close(options) },
  {
    of: ["DatabaseOptions"],
    rule: databaseRule,
    least: { url: mysqlUrl, connections: 1, timeoutMs: 100, clock: systemClock, log: silentLogger },
    picks: true,
    give: (options) => Database.open(options),
  },
  {
    of: ["RedisClientOptions"],
    rule: redisClientRule,
    picks: true,
    give: (options) => RedisClient.open(redisUrl, silentLogger, options),
  },
  { of: ["MysqlOptions"], rule: mysqlRule, give: (options) => openMysql("main", mysqlUrl, options) },
  { of: ["MigrateOptions"], rule: migrateRule, give: (options) => migrate([], [], options) },
  {
    of: ["RetryOptions"],
    rule: retryRule,
    give: (options) => retryAborted(systemClock, async () => 1, options),
  },
  {
    of: ["ReadOptions"],
    rule: readRule,
    give: (options) => handle().keysBy("guildId" as never, 1 as never, options),
  },
  { of: ["Bounds"], rule: boundsRule, give: (bounds) => handle().increment(1n, "gold", 1n, bounds) },
  { of: ["StreamOptions"], rule: streamRule, give: (options) => handle().stream(options).next() },
  { of: ["BackoffOptions"], rule: backoffRule, give: (options) => new Backoff(options) },
  {
    of: ["InProcessOptions"],
    rule: inProcessRule,
    give: (options) => startInProcess({ protocol, gates: [], nodes: [] }, options),
  },
  {
    of: [],
    rule: inProcessCloseRule,
    give: (options) => during(openedTopology(), (game) => game.close(options)),
  },
  {
    of: [
      "Topology",
      "ListenTopology",
      "LinksTopology",
      "GateTopology",
      "NodeTopology",
      "DataTopology",
    ].concat(
      ["DatabaseTopology", "RedisTopology", "JournalTopology", "EmbeddedTopology", "LogTopology"],
      ["StopTopology", "HealthTopology"],
      ["LinkSecurityTopology", "LinkKeyTopology", "LinkTlsTopology"],
    ),
    rule: topologyRule,
    least: {
      protocol,
      gates: [{ name: "gate-1", listen: { port: 0 } }],
      nodes: [{ role: "scene", module: () => [] }],
    },
    give: (topology) => resolveTopology(topology, { source: "topology", directory: "." }),
  },
  {
    of: ["ConnectOptions", "ReconnectOptions"],
    rule: connectRule,
    give: (options) => connect("ws://127.0.0.1:1", options),
  },
  {
    of: ["CipherOptions"],
    rule: cipherRule,
    least: { gateKey: "A".repeat(43) },
    give: (options) => cipher(dialWebSocket, options),
  },
  {
    of: ["CallOptions"],
    rule: callRule,
    give: (options) => during(openedConnection(), (client) => client.request(ask, note(1), options)),
  },
  {
    of: ["CloseOptions"],
    rule: closeRule,
    give: (options) => during(openedConnection(), (client) => client.close(options)),
  },
];
