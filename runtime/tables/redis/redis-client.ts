import type { Cluster, Redis } from "ioredis";
import type { Logger } from "../../log/logger.ts";
import type { Text } from "../redis-mysql/column-text.ts";
import { CallBatcher } from "./call-batcher.ts";
import { isMoving, type Redirects } from "./cluster-redirects.ts";
import { HashReads } from "./hash-reads.ts";
import { OfflineQueue } from "./offline-queue.ts";
import type { LuaScript, RedisReply, Run } from "./redis-calls.ts";
import {
  allFields,
  type Connected,
  connect,
  type RedisClientOptions,
  resolveRedisClient,
} from "./redis-connect.ts";
import { NotSent, redisError } from "./redis-error.ts";
import { ServerLife } from "./server-life.ts";
import { SingleCalls } from "./single-calls.ts";

/**
 * The driver's commands that answer bytes, by name: "evalshaBuffer". Its types leave some out, and its general `callBuffer`
 * loses the command's name when commands are pipelined by themselves.
 */
interface ByteCommands {
  readonly [name: string]: (...args: (Text | number)[]) => Promise<RedisReply>;
}

const commandsOf = (client: Redis | Cluster) => client as unknown as ByteCommands;

/**
 * Hashes that are read at a time; more wait. What one round trip gives is taken in without a pause, so this bounds how long
 * a process of many readers is held up. The next round trip begins when one ends.
 */
const readCount = 64;

/**
 * One Redis, or a Redis Cluster. Commands of one tick go in one write. A command for a server that is away fails at once with
 * UNAVAILABLE; only in the moment after a connection has broken it waits ({@link OfflineQueue}). No command is sent a second
 * time, since it may have been executed, unless the server of a cluster says that it was not. Commands of one shard are
 * executed in the order in which they were given, except for a function whose text the server has not seen yet, and for reads
 * of hashes, which may come later. While the shard's slot is moved, the order holds for the changes of each row only.
 */
export class RedisClient {
  readonly #clients: readonly (Redis | Cluster)[];
  /** One for each client of a Redis that is no cluster. */
  readonly #queues: readonly OfflineQueue<RedisReply>[];
  /** One for each client of a single server; scripts ask other servers themselves. */
  readonly #lives: readonly ServerLife[];
  /** Of a cluster. */
  readonly #redirects: Redirects | undefined;
  /** Whether a function may have keys of several shards; a server of a cluster refuses that. */
  readonly isOneServer: boolean;
  readonly #batchers = new Map<number, CallBatcher>();
  /** Of functions that change nothing. */
  readonly #readBatchers = new Map<number, CallBatcher>();
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
   * @param urls one URL, or several nodes of a cluster, joined by commas
   * @throws UNAVAILABLE when it cannot be reached now
   */
  static async open(urls: string, log: Logger, options: RedisClientOptions = {}): Promise<RedisClient> {
    const connected = await connect(urls, log, options);
    return new RedisClient(connected, await isAlone(connected.clients[0]!), options);
  }

  /** Runs a Lua function. */
  async run(script: LuaScript, keys: readonly Text[], args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#run(script, keys, args);
    } catch (error) {
      throw redisError(error);
    }
  }

  /**
   * Runs a Lua function that does the same with each of many: in one call, or in one for each while the slot of their keys is
   * being moved. For each call its reply.
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
   * Runs a Lua function of changes together with other calls of it for the same server: see {@link CallBatcher} for what it
   * gets. UNAVAILABLE says what became of the change.
   * @param common arguments that all have alike: calls with another list go in another call
   * @param isRead whether it changes nothing, and may go before or after changes that are not acknowledged yet
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
      batcher = new CallBatcher(run, new SingleCalls(run, this.#redirects));
      batchers.set(group, batcher);
    }
    try {
      return await batcher.add(script, common, keys, args);
    } catch (error) {
      throw redisError(error, !isRead);
    }
  }

  /** Keys of shards with the same number here may go to one call of a function. */
  groupOf(shard: number): number {
    return this.isOneServer ? shard % this.#clients.length : shard;
  }

  /**
   * Whole hashes: field, value, field, value ... All fields, since Redis looks for each that is asked for from the hash's
   * beginning; and as bytes, which the driver would make strings of one by one.
   * @param map what the caller makes of a hash, as soon as it is there
   */
  async hashes<T>(keys: readonly Text[], map: (hash: readonly Buffer[]) => T): Promise<T[]> {
    try {
      return await this.#hashes.read(keys, map);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Any other command, its name in lower case; `key` says which server of a cluster it is for. */
  async command(name: string, key: Text, ...args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#send(`${name}Buffer`, key, [key, ...args]);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Runs a command at every master: for settings and figures. */
  async atEach(name: string, ...args: readonly string[]): Promise<RedisReply[]> {
    try {
      return await Promise.all(this.#masters().map((node) => commandsOf(node)[`${name}Buffer`]!(...args)));
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Keys that fit a pattern, a batch at a time. */
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

  close(): void {
    this.#redirects?.servers.close();
    for (const client of this.#clients) client.disconnect();
  }

  /** Runs a Lua function; rejects with the driver's error. */
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
    // This server has not seen the text yet, or has forgotten it. Nothing has been executed.
    return send("evalBuffer", script.text);
  }

  /**
   * @param name of the driver's method: "evalshaBuffer"
   * @param until {@link Refused}; as long as usual when it is left out
   * @param appendsLife whether the last argument is the server's life, as it is known when the command is sent
   */
  #send(
    name: string,
    place: Text,
    args: (Text | number)[],
    until?: number,
    appendsLife = false,
  ): Promise<RedisReply> {
    const shard = shardOf(place);
    // What was asked for before goes first, and commands of one shard go by one connection.
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

/** The number at the end of a key's hash tag; 0 without one. */
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

/** A URL may also be of a cluster with one server, or of something between that does not say. */
async function isAlone(client: Redis | Cluster): Promise<boolean> {
  if ("nodes" in client) return false;
  try {
    return /^redis_mode:standalone\r?$/m.test(await client.info("server"));
  } catch {
    return false;
  }
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("NOSCRIPT");
}
