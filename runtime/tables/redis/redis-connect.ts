import type { Cluster, Redis } from "ioredis";
import { fail, messageOf } from "../../../schema/errors.ts";
import { backoffMs } from "../../clock/backoff.ts";
import type { Clock } from "../../clock/clock.ts";
import { clockOption } from "../../clock/clock-rules.ts";
import type { Logger } from "../../log/logger.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf } from "../../options/option-rules.ts";
import { redisUrlFault } from "../../options/url-rules.ts";
import { redisOptions } from "../redis-mysql/cached-store-options.ts";
import { Redirects } from "./cluster-redirects.ts";
import { RedisServers } from "./cluster-servers.ts";
import { isDenied } from "./redis-error.ts";

const longestRetryMs = 1_000;
/** Timeout of a TCP connect, milliseconds. */
const connectMs = 3_000;
/** Connections to a single Redis server. While one waits for the server, the process handles replies of the other. */
const connectionCount = 2;

/**
 * HGETALL in upper case, because the driver turns replies of the lower-case name into objects; and the method that returns
 * bytes.
 */
const hashCommand = "HGETALL";
export const allFields = "HGETALLBuffer";

/** Timeouts of a client of Redis. */
export interface RedisClientOptions {
  /**
   * Time without any answer from Redis while a command waits, milliseconds; then the connection is closed. Default 10,000.
   */
  readonly silenceMs?: number;
  /** Time for which commands wait for a reconnect, milliseconds. Default 100. */
  readonly reconnectWaitMs?: number;
  /** Time source. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Rule that checks {@link RedisClientOptions} and fills in defaults. */
export const redisClientRule = object({
  silenceMs: redisOptions.silenceMs,
  reconnectWaitMs: redisOptions.reconnectWaitMs,
  clock: clockOption,
} satisfies RulesOf<RedisClientOptions>);

/** Fills in defaults. Ignores other options, which the caller validates. */
export function resolveRedisClient({ silenceMs, reconnectWaitMs, clock }: RedisClientOptions) {
  return resolveOptions("RedisClient.open", redisClientRule, { silenceMs, reconnectWaitMs, clock });
}

/** Parts of the driver that are used; loaded on first connect. */
export type Driver = Pick<typeof import("ioredis"), "Redis" | "Cluster" | "Command">;

/** Result of {@link connect}. */
export interface Connected {
  /** Two connections to a single server, or the client of a cluster. */
  readonly clients: readonly (Redis | Cluster)[];
  /** Redirections of a cluster; undefined for a single server. */
  readonly redirects: Redirects | undefined;
}

/**
 * Connects to Redis.
 *
 * @param urls one URL, or several nodes of a cluster, joined by commas
 * @throws UNAVAILABLE when no server can be reached, FAILED_PRECONDITION when the server rejects the user
 */
export async function connect(urls: string, log: Logger, options: RedisClientOptions): Promise<Connected> {
  const driver: Driver = await import("ioredis");
  const { silenceMs } = resolveRedisClient(options);
  const places = urls.split(",").map((url) => placeOf(url, silenceMs));
  const cluster = places.length > 1 ? clusterOf(driver, places) : undefined;
  const redirects = cluster && redirectsOf(driver, cluster, places[0]!);
  const clients: (Redis | Cluster)[] = cluster
    ? [cluster]
    : Array.from({ length: connectionCount }, () => clientOf(driver, places[0]!));
  for (const client of clients) client.addBuiltinCommand(hashCommand);
  const latest = watch(clients, log);
  try {
    await Promise.all(clients.map((client) => client.connect()));
  } catch (error) {
    for (const client of clients) client.disconnect();
    const names = places.map(({ host, port }) => `${host}:${port}`).join(", ");
    // The error event has more details than the driver's rejection.
    const cause = latest() ?? error;
    if (isDenied(cause))
      throw fail("FAILED_PRECONDITION", `Redis at ${names} cannot be used: ${cause.message}`, { cause });
    throw fail("UNAVAILABLE", `Redis at ${names} cannot be reached: ${messageOf(cause)}`, { cause });
  }
  return { clients, redirects };
}

const shared = Object.freeze({
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: true,
});

function clientOf(driver: Driver, { host, port, options }: Place): Redis {
  const client = new driver.Redis({
    ...shared,
    ...options,
    host,
    port,
    lazyConnect: true,
    // The first retry comes soon, so that commands waiting for the reconnect succeed.
    retryStrategy: (times) => backoffMs({ minDelayMs: 10, maxDelayMs: longestRetryMs }, times - 1),
  });
  forgetTimer(client);
  return client;
}

/** Clears the driver's socket timer when a connection breaks; otherwise the timer would close the next connection. */
function forgetTimer(client: Redis): void {
  const inner = client as unknown as { socketTimeoutTimer: NodeJS.Timeout | undefined };
  client.on("close", () => {
    clearTimeout(inner.socketTimeoutTimer);
    inner.socketTimeoutTimer = undefined;
  });
}

function clusterOf(driver: Driver, places: readonly Place[]): Cluster {
  return new driver.Cluster(
    places.map(({ host, port }) => ({ host, port })),
    {
      redisOptions: { ...shared, ...places[0]!.options },
      enableOfflineQueue: false,
      lazyConnect: true,
      clusterRetryStrategy: (times) => Math.min(longestRetryMs, 50 * times),
    },
  );
}

function redirectsOf(driver: Driver, cluster: Cluster, place: Place): Redirects {
  const join = (host: string, port: number) => unmanagedServerOf(driver, { ...place, host, port });
  const servers = new RedisServers(cluster, join, (server) => server.addBuiltinCommand(hashCommand));
  return new Redirects(servers, driver.Command);
}

/** Connects to a cluster server that the cluster's client does not know. Its commands fail when it cannot be reached. */
function unmanagedServerOf(driver: Driver, { host, port, options }: Place): Redis {
  const server = new driver.Redis({
    ...shared,
    ...options,
    host,
    port,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    retryStrategy: () => null,
  });
  // Each failed command reports the error to its caller.
  server.on("error", () => undefined);
  return server;
}

/** Logs disconnects and reconnects. Returns a function that returns the latest error. */
function watch(clients: readonly (Redis | Cluster)[], log: Logger): () => unknown {
  let state: "opening" | "there" | "away" = "opening";
  let latest: unknown;
  for (const client of clients) {
    client.on("error", (error: Error) => {
      latest = error;
      if (state !== "there") return;
      log.warn({ reason: error.message }, "Redis connection lost; reconnecting");
      state = "away";
    });
    client.on("ready", () => {
      if (clients.some(({ status }) => status !== "ready")) return;
      if (state === "away") log.info({}, "Redis reconnected");
      state = "there";
    });
  }
  return () => latest;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly options: Access;
}

/** Driver options for a server, other than its place. */
interface Access {
  readonly socketTimeout: number;
  readonly connectTimeout: number;
  username?: string;
  password?: string;
  db?: number;
  tls?: object;
}

function placeOf(url: string, silenceMs: number): Place {
  const fault = redisUrlFault(url);
  if (fault !== undefined) throw fail("INVALID_ARGUMENT", `Redis URL: ${fault.wrong}; ${fault.remedy}`);
  const { protocol, hostname, port, username, password, pathname } = new URL(url.trim());
  const host = hostname.replace(/^\[|\]$/g, "");
  const options: Access = {
    socketTimeout: silenceMs,
    connectTimeout: Math.min(connectMs, silenceMs),
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
  return { host, port: Number(port || 6379), options };
}
