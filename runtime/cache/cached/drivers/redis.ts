import type { Cluster, Redis } from "ioredis";
import { fail } from "../../../../schema/errors.ts";
import type { Logger } from "../../../log/logger.ts";
import type { Script } from "../lua/script.ts";
import type { Text } from "../text.ts";
import { redisError } from "./redis-error.ts";

/** What a command may answer, with texts as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

/**
 * The driver's commands that answer bytes, by name: "evalshaBuffer". Its types leave some out, and its general `callBuffer`
 * loses the command's name when commands are pipelined by themselves.
 */
interface ByteCommands {
  readonly [name: string]: (...args: (Text | number)[]) => Promise<RedisReply>;
}

const commandsOf = (client: Redis | Cluster) => client as unknown as ByteCommands;

/** Milliseconds after which a Redis that says nothing counts as gone. */
const silenceMs = 5_000;
const longestRetryMs = 1_000;
/**
 * Rows that are read at a time; more wait. What one round trip gives is taken in without a pause, so this bounds how long
 * a process of many readers is held up. Row reads that wait cost nothing: the next round trip begins when one ends.
 */
const readCount = 64;

/**
 * One Redis, or a Redis Cluster. Commands of one tick go in one write. Nothing waits for a server that is away: a command
 * fails at once with UNAVAILABLE. None is sent a second time, since it may have been executed.
 */
export class RedisLink {
  readonly #client: Redis | Cluster;
  readonly #commands: ByteCommands;
  readonly #isCluster: boolean;
  #reading = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(client: Redis | Cluster, isCluster: boolean) {
    this.#client = client;
    this.#commands = commandsOf(client);
    this.#isCluster = isCluster;
  }

  /**
   * @param urls one URL, or several nodes of a cluster, joined by commas
   * @throws UNAVAILABLE when it cannot be reached now
   */
  static async open(urls: string, log: Logger): Promise<RedisLink> {
    const driver = await import("ioredis");
    const places = urls.split(",").map(placeOf);
    const shared = {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 3_000,
      socketTimeout: silenceMs,
      enableAutoPipelining: true,
      protocol: 2 as const,
    };
    const [first] = places;
    const isCluster = places.length > 1;
    const client = isCluster
      ? new driver.Cluster(
          places.map(({ host, port }) => ({ host, port })),
          {
            redisOptions: { ...shared, ...first!.options },
            enableOfflineQueue: false,
            enableAutoPipelining: true,
            lazyConnect: true,
            // A command that was on its way when its connection broke may have been executed.
            retryDelayOnFailover: 0,
            clusterRetryStrategy: (times) => Math.min(longestRetryMs, 50 * times),
          },
        )
      : new driver.Redis({
          ...shared,
          ...first!.options,
          host: first!.host,
          port: first!.port,
          lazyConnect: true,
          retryStrategy: (times) => Math.min(longestRetryMs, 20 * 2 ** Math.min(times, 10)),
        });
    let state: "opening" | "there" | "away" = "opening";
    let latest: unknown;
    client.on("error", (error: Error) => {
      latest = error;
      if (state !== "there") return;
      log.warn({ reason: error.message }, "Redis is away");
      state = "away";
    });
    client.on("ready", () => {
      if (state === "away") log.info({}, "Redis is back");
      state = "there";
    });
    try {
      await client.connect();
    } catch (error) {
      client.disconnect();
      const names = places.map(({ host, port }) => `${host}:${port}`).join(", ");
      // What the driver rejects with says less than what it has met.
      const cause = latest ?? error;
      throw fail("UNAVAILABLE", `Redis at ${names} cannot be reached: ${reasonOf(cause)}`, { cause });
    }
    return new RedisLink(client, isCluster);
  }

  /** Runs a Lua function. */
  async run(script: Script, keys: readonly Text[], args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#commands["evalshaBuffer"]!(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw redisError(error);
    }
    // This server has not seen the text yet, or has forgotten it. Nothing has been executed.
    try {
      return await this.#commands["evalBuffer"]!(script.text, keys.length, ...keys, ...args);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** Values of a hash, in the order of the fields; as bytes, or as texts, which are cheaper to read. */
  async fields(
    key: Text,
    fields: readonly string[],
    areBytes: boolean,
  ): Promise<readonly (Buffer | string | null)[]> {
    if (this.#reading >= readCount) await this.#turn();
    else this.#reading++;
    try {
      return await (areBytes ? this.#client.hmgetBuffer(key, ...fields) : this.#client.hmget(key, ...fields));
    } catch (error) {
      throw redisError(error);
    } finally {
      this.#turnOver();
    }
  }

  /** A whole hash, by field. */
  async hash(key: Text, areBytes: boolean): Promise<Readonly<Record<string, Buffer | string>>> {
    if (this.#reading >= readCount) await this.#turn();
    else this.#reading++;
    try {
      return await (areBytes ? this.#client.hgetallBuffer(key) : this.#client.hgetall(key));
    } catch (error) {
      throw redisError(error);
    } finally {
      this.#turnOver();
    }
  }

  /** Any other command, its name in lower case; `key` says which server of a cluster it is for. */
  async command(name: string, key: Text, ...args: readonly (Text | number)[]): Promise<RedisReply> {
    try {
      return await this.#commands[`${name}Buffer`]!(key, ...args);
    } catch (error) {
      throw redisError(error);
    }
  }

  /** The same command at every master: for settings and figures. */
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
    this.#client.disconnect();
  }

  /** Resolves when a read before this one has ended, and its place is this one's. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #turnOver(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#reading--;
    else next();
  }

  async #scan(node: Redis, cursor: string, pattern: string): Promise<[Buffer, Buffer[]]> {
    try {
      return await node.scanBuffer(cursor, "MATCH", pattern, "COUNT", 1000);
    } catch (error) {
      throw redisError(error);
    }
  }

  #masters(): Redis[] {
    return this.#isCluster ? (this.#client as Cluster).nodes("master") : [this.#client as Redis];
  }
}

interface Access {
  username?: string;
  password?: string;
  db?: number;
  tls?: object;
}

function placeOf(url: string): { host: string; port: number; options: Access } {
  let parsed: URL;
  try {
    parsed = new URL(url.trim());
  } catch {
    throw fail("INVALID_ARGUMENT", "the Redis URL is none; it looks like redis://127.0.0.1:6379");
  }
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") {
    throw fail("INVALID_ARGUMENT", `the Redis URL begins with ${protocol}//; it takes redis:// or rediss://`);
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  const options: Access = {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
  return { host, port: Number(port || 6379), options };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
