import type { Cluster, Redis } from "ioredis";
import type { Logger } from "../../log/logger.ts";
import type { Text } from "../redis-mysql/column-text.ts";
import { CallBatcher } from "./call-batcher.ts";
import { isMoving, type Redirects } from "./cluster-redirects.ts";
import { HashReads } from "./hash-reads.ts";
import { OfflineQueue } from "./offline-queue.ts";
import { type Attempts, KnownScripts, type LuaScript, type RedisReply, type Run } from "./redis-calls.ts";
import {
  allFields,
  type Connected,
  connect,
  type RedisClientOptions,
  resolveRedisClient,
} from "./redis-connect.ts";
import { isNoScript, NotSent, redisError } from "./redis-error.ts";
import { ServerLife } from "./server-life.ts";
import { SingleCalls } from "./single-calls.ts";

/**
 * Commands of the driver that reply with bytes, by name: "evalshaBuffer". The driver's types lack some of them. Its general
 * `callBuffer` loses the command's name in automatic pipelines.
 */
interface ByteCommands {
  readonly [name: string]: (...args: (Text | number)[]) => Promise<RedisReply>;
}

const commandsOf = (client: Redis | Cluster) => client as unknown as ByteCommands;

/**
 * Maximum hash reads in flight; more reads wait. All replies of one round trip are decoded in one turn, so this limit bounds
 * how long many reads block the process. A new request is sent as each reply arrives.
 */
const readCount = 64;

/**
 * Client of one Redis server or a Redis Cluster. Commands of one tick go in one write. A command for an unreachable server
 * fails at once with UNAVAILABLE; only shortly after a connection broke does it wait ({@link OfflineQueue}).
 *
 * A command is never sent twice, because it may have been executed, unless the server says that it was not. Commands of one
 * shard are executed in call order, with two exceptions: a script of {@link run} that the server does not have cached yet,
 * and hash reads, may be executed later. When the shard's slot moves, or its server has lost all scripts, only the changes
 * of each row ({@link batch}) keep their order.
 */
export class RedisClient {
  readonly #clients: readonly (Redis | Cluster)[];
  /** Offline queue of each client of a single server; empty for a cluster. */
  readonly #queues: readonly OfflineQueue<RedisReply>[];
  /** Server life of each client of a single server. Cluster scripts read it themselves. */
  readonly #lives: readonly ServerLife[];
  /** Redirections of a cluster; undefined for a single server. */
  readonly #redirects: Redirects | undefined;
  /** Whether a script may have keys of several shards, which a cluster refuses. */
  readonly isOneServer: boolean;
  readonly #batchers = new Map<number, CallBatcher>();
  /** Batchers of scripts that change nothing. */
  readonly #readBatchers = new Map<number, CallBatcher>();
  readonly #scripts = new KnownScripts();
  readonly #hashes = new HashReads(
    (key) => this.#send(allFields, key, [key]) as Promise<readonly Buffer[]>,
    readCount,
  );

  private constructor({ clients, redirects }: Connected, isOneServer: boolean, options: RedisClientOptions) {
    const { clock, reconnectWaitMs } = resolveRedisClient(options);
    this.#clients = clients;
    this.#redirects = redirects;
    this.#queues = redirects ? [] : clients.map((client) => new OfflineQueue(client, clock, reconnectWaitMs));
    this.isOneServer = isOneServer;
    this.#lives = isOneServer ? clients.map((client) => new ServerLife(client as Redis, clock)) : [];
  }

  /**
   * Connects to Redis.
   *
   * @param urls one URL, or several nodes of a cluster, joined by commas
   * @throws UNAVAILABLE when no server can be reached, FAILED_PRECONDITION when the server rejects the user
   */
  static async open(urls: string, log: Logger, options: RedisClientOptions = {}): Promise<RedisClient> {
    const connected = await connect(urls, log, options);
    return new RedisClient(connected, await isAlone(connected.clients[0]!), options);
  }

  /** Runs a script. */
  async run(script: LuaScript, keys: readonly Text[], args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#run(script, keys, args);
    } catch (error) {
      throw redisError(error);
    }
  }

  /**
   * Runs a script over many items in one call, or in one call per item while the slot of their keys moves. Resolves with the
   * reply of each call.
   */
  async runOver<T>(
    script: LuaScript,
    all: readonly T[],
    keyOf: (one: T) => Text,
    argsOf: (some: readonly T[]) => readonly (Text | number)[],
  ): Promise<RedisReply[]> {
    const run = (some: readonly T[], until?: number) =>
      this.#run(script, some.map(keyOf), argsOf(some), until);
    const each = async (error: unknown) => {
      if (all.length === 1 || !isMoving(error)) throw error;
      return Promise.all(all.map((one) => run([one])));
    };
    try {
      return await run(all, all.length > 1 ? 0 : undefined).then((reply) => [reply], each);
    } catch (error) {
      throw redisError(error);
    }
  }

  /**
   * Runs a change script, batched with other calls of it for the same server: see {@link CallBatcher} for its arguments. An
   * UNAVAILABLE error has the outcome of the change.
   *
   * @param common arguments that all calls share; calls with another list go in another batch
   * @param isRead whether the script changes nothing, and may be executed before or after unacknowledged changes
   */
  async batch(
    script: LuaScript,
    common: readonly Text[],
    keys: readonly Text[],
    args: readonly Text[],
    isRead = false,
  ): Promise<RedisReply> {
    const group = this.groupOf(shardOf(keys[0]!));
    const batchers = isRead ? this.#readBatchers : this.#batchers;
    let batcher = batchers.get(group);
    if (batcher === undefined) {
      const run: Run = (...call) => this.#run(...call);
      const singles = new SingleCalls(run, this.#redirects);
      batcher = new CallBatcher(this.#attempts(group, isRead), run, singles);
      batchers.set(group, batcher);
    }
    try {
      return await batcher.add(script, common, keys, args);
    } catch (error) {
      throw redisError(error, !isRead);
    }
  }

  /** Group of a shard; keys of shards in one group may go to one script call. */
  groupOf(shard: number): number {
    return this.isOneServer ? shard % this.#clients.length : shard;
  }

  /**
   * Reads whole hashes: field, value, field, value ... Whole hashes, because Redis searches each requested field from the
   * hash's start. As bytes, because the driver would convert them to strings one by one.
   *
   * @param map converts a hash as soon as it arrives
   */
  async hashes<T>(keys: readonly Text[], map: (hash: readonly Buffer[]) => T): Promise<T[]> {
    try {
      return await this.#hashes.read(keys, map);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Runs any other command, its name in lower case; `key` selects the server of a cluster. */
  async command(name: string, key: Text, ...args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#send(`${name}Buffer`, key, [key, ...args]);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Runs a command on every master: for settings and statistics. */
  async atEach(name: string, ...args: readonly string[]): Promise<RedisReply[]> {
    try {
      return await Promise.all(this.#masters().map((node) => commandsOf(node)[`${name}Buffer`]!(...args)));
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Scans for keys that match a pattern, in batches. */
  async *keys(pattern: string): AsyncGenerator<Buffer[], void, void> {
    for (const node of this.#masters()) {
      let cursor = "0";
      do {
        const reply = await this.#scan(node, cursor, pattern);
        cursor = reply[0].toString();
        if (reply[1].length > 0) yield reply[1];
      } while (cursor !== "0");
    }
  }

  /** Closes all connections to Redis at once; commands in flight fail. */
  close(): void {
    this.#redirects?.servers.close();
    for (const client of this.#clients) client.disconnect();
  }

  /** Sends batches of a group. Earlier changes go before reads. */
  #attempts(group: number, isRead: boolean): Attempts {
    const redirects = this.#redirects;
    return {
      routeOf: (key) => redirects && routeOf(redirects, key),
      send: (script, keys, args) => {
        if (isRead) this.#batchers.get(group)?.flush();
        return this.#attempt(script, keys, args);
      },
    };
  }

  /**
   * Sends a script once, and follows no redirection. Sends its text until the server has executed it: a second attempt after
   * NOSCRIPT would come after scripts that were sent meanwhile. Rejects with the driver's error.
   */
  async #attempt(script: LuaScript, keys: readonly Text[], args: readonly Text[]): Promise<RedisReply> {
    const redirects = this.#redirects;
    if (redirects !== undefined)
      return this.#sendScript(serverOf(redirects, keys[0]!), script, keys, args, "");
    const at = shardOf(keys[0]!) % this.#clients.length;
    const client = this.#clients[at]!;
    return this.#queues[at]!.run(() => {
      const life = script.appends.length > 0 ? this.#lives[at]?.get() : undefined;
      return this.#sendScript(client, script, keys, args, life ?? "");
    });
  }

  #sendScript(
    server: Redis | Cluster,
    script: LuaScript,
    keys: readonly Text[],
    args: readonly Text[],
    life: string,
  ): Promise<RedisReply> {
    const commands = commandsOf(server);
    const ends = script.appends.length > 0 ? [life] : [];
    if (!this.#scripts.has(server, script)) {
      const reply = commands["evalBuffer"]!(script.text, keys.length, ...keys, ...args, ...ends);
      return reply.then((value) => {
        this.#scripts.add(server, script);
        return value;
      });
    }
    const reply = commands["evalshaBuffer"]!(script.sha, keys.length, ...keys, ...args, ...ends);
    reply.catch((error: unknown) => {
      if (isNoScript(error)) this.#scripts.delete(server, script);
    });
    return reply;
  }

  /** Runs a script. Rejects with the driver's error. */
  async #run(
    script: LuaScript,
    keys: readonly Text[],
    args: readonly (Text | number)[],
    until?: number,
  ): Promise<RedisReply> {
    const place = keys[0]!;
    const appends = script.appends.length > 0;
    const send = (name: string, script: string) =>
      this.#send(name, place, [script, keys.length, ...keys, ...args], until, appends);
    try {
      return await send("evalshaBuffer", script.sha);
    } catch (error) {
      if (!isNoScript(error)) throw error;
    }
    // The server does not have the script cached. Nothing was executed.
    return send("evalBuffer", script.text);
  }

  /**
   * Sends a command. Rejects with the driver's error.
   *
   * @param name the driver's method: "evalshaBuffer"
   * @param until deadline of {@link Refused}; default: the usual patience
   * @param appendsLife whether to append the server's life, as known when the command is sent
   */
  #send(
    name: string,
    place: Text,
    args: (Text | number)[],
    until?: number,
    appendsLife = false,
  ): Promise<RedisReply> {
    const shard = shardOf(place);
    // Flushes earlier batched calls first; commands of one shard use one connection, so the order holds.
    this.#batchers.get(this.groupOf(shard))?.flush();
    const redirects = this.#redirects;
    if (redirects === undefined) {
      const at = shard % this.#clients.length;
      const commands = commandsOf(this.#clients[at]!);
      if (!appendsLife) return this.#queues[at]!.run(() => commands[name]!(...args));
      const life = this.#lives[at];
      return this.#queues[at]!.run(() => commands[name]!(...args, life?.get() ?? ""));
    }
    if (appendsLife) args.push("");
    const again = async () => commandsOf(serverOf(redirects, place))[name]!(...args);
    return again().catch((error: unknown) =>
      redirects.follow(error, { name, args, until: until ?? redirects.patience(), again }),
    ) as Promise<RedisReply>;
  }

  async #scan(node: Redis, cursor: string, pattern: string): Promise<[Buffer, Buffer[]]> {
    try {
      return await node.scanBuffer(cursor, "MATCH", pattern, "COUNT", 1000);
    } catch (error) {
      throw redisError(error);
    }
  }

  #masters(): Redis[] {
    const [client] = this.#clients;
    return "nodes" in client! ? client.nodes("master") : [client!];
  }
}

function serverOf({ servers }: Redirects, place: Text): Redis {
  try {
    return servers.of(place);
  } catch (error) {
    throw new NotSent(error);
  }
}

/** Connection to the server of a key's slot; undefined when no server can be reached. */
function routeOf({ servers }: Redirects, place: Text): Redis | undefined {
  try {
    return servers.of(place);
  } catch {
    return undefined;
  }
}

/** Shard number at the end of a key's hash tag; 0 without one. */
function shardOf(key: Text): number {
  const end = key.indexOf("}");
  let shard = 0;
  for (let at = end - 1, unit = 1; at >= 0; at--, unit *= 10) {
    const digit = (typeof key === "string" ? key.charCodeAt(at) : key[at]!) - 0x30;
    if (digit < 0 || digit > 9) break;
    shard += digit * unit;
  }
  return shard;
}

/**
 * Whether the server is standalone. A single URL may also lead to a cluster with one server, or to a proxy that does not
 * report it.
 */
async function isAlone(client: Redis | Cluster): Promise<boolean> {
  if ("nodes" in client) return false;
  try {
    return /^redis_mode:standalone\r?$/m.test(await client.info("server"));
  } catch {
    return false;
  }
}
