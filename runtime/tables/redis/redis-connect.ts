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
/** The longest time until a TCP connection is there, milliseconds. */
const connectMs = 3_000;
/** Connections to a Redis that is no cluster. While some wait for the server, the process works for the others. */
const connectionCount = 2;

/** HGETALL under a name for which the driver makes no object of the reply, and its method that answers bytes. */
const hashCommand = "HGETALL";
export const allFields = "HGETALLBuffer";

/** How a process behaves towards a Redis that is away. */
export interface RedisClientOptions {
  /** How long a Redis may say nothing while a command waits for it, milliseconds: then its connection is ended. Default 10,000. */
  readonly silenceMs?: number;
  /** How long commands wait for a connection that has broken to come back, milliseconds. Default 100. */
  readonly reconnectWaitMs?: number;
  readonly clock?: Clock;
}

/** The rules of {@link RedisClientOptions}. */
export const redisClientRule = object({
  silenceMs: redisOptions.silenceMs,
  reconnectWaitMs: redisOptions.reconnectWaitMs,
  clock: clockOption,
} satisfies RulesOf<RedisClientOptions>);

/** Fills in the defaults of what it knows; whoever opens a link may have other options besides, which are checked there. */
export function resolveRedisClient({ silenceMs, reconnectWaitMs, clock }: RedisClientOptions) {
  return resolveOptions("RedisClient.open", redisClientRule, { silenceMs, reconnectWaitMs, clock });
}

export type Driver = Pick<typeof import("ioredis"), "Redis" | "Cluster" | "Command">;

export interface Connected {
  readonly clients: readonly (Redis | Cluster)[];
  /** Of a cluster. */
  readonly redirects: Redirects | undefined;
}

/**
 * @param urls one URL, or several nodes of a cluster, joined by commas
 * @throws UNAVAILABLE when it cannot be reached now, FAILED_PRECONDITION when it does not let the user in
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
    // What the driver rejects with says less than what it has met.
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
    // Soon at first: a connection that was broken comes back while commands wait for it.
    retryStrategy: (times) => backoffMs({ minDelayMs: 10, maxDelayMs: longestRetryMs }, times - 1),
  });
  forgetTimer(client);
  return client;
}

/** The driver leaves its timer of silence to a connection that has broken, and would end the next one by it. */
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
  const join = (host: string, port: number) => strangerOf(driver, { ...place, host, port });
  const servers = new RedisServers(cluster, join, (server) => server.addBuiltinCommand(hashCommand));
  return new Redirects(servers, driver.Command);
}

/** A server of a cluster that the cluster's client does not know of. It fails what it is given when it cannot be reached. */
function strangerOf(driver: Driver, { host, port, options }: Place): Redis {
  const stranger = new driver.Redis({
    ...shared,
    ...options,
    host,
    port,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    retryStrategy: () => null,
  });
  // Its commands fail, and tell their callers.
  stranger.on("error", () => undefined);
  return stranger;
}

/** Logs when the server goes and comes back. Returns a way to ask for the latest trouble. */
function watch(clients: readonly (Redis | Cluster)[], log: Logger): () => unknown {
  let state: "opening" | "there" | "away" = "opening";
  let latest: unknown;
  for (const client of clients) {
    client.on("error", (error: Error) => {
      latest = error;
      if (state !== "there") return;
      log.warn({ reason: error.message }, "Redis is away");
      state = "away";
    });
    client.on("ready", () => {
      if (clients.some(({ status }) => status !== "ready")) return;
      if (state === "away") log.info({}, "Redis is back");
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

/** What the driver is told of a server besides its place. */
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
  if (fault !== undefined) throw fail("INVALID_ARGUMENT", `the Redis URL: ${fault.wrong}; ${fault.remedy}`);
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
