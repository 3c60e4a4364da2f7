import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { type RedisServer, type RedisSettings, startRedis } from "./redis.ts";

/** Every `maxmemory-policy` that takes only keys with a time to live, and the one that takes none. */
export const soundPolicies = [
  "noeviction",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
] as const;
/** Those that take any key. */
export const unsoundPolicies = ["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const;

export type EvictionPolicy = (typeof soundPolicies)[number] | (typeof unsoundPolicies)[number];

/** More than a Redis takes by itself, and little enough to be full in a moment. */
const maxMemory = "24mb";
/** Bytes of a row, about; rows of one call; and the wait between two calls when Redis is full, milliseconds. */
const rowBytes = 2_000;
const rowCount = 50;
const restMs = 2;

/** A Redis of the test's own that is full of clean rows, and that gets more of them until it is closed. */
export class FullRedis implements AsyncDisposable {
  readonly server: RedisServer;
  readonly url: string;
  readonly #client: Redis;
  readonly #filling: Promise<void>;
  #rows = 0;
  #refused = 0;
  #isEmptied = false;

  private constructor(server: RedisServer) {
    this.server = server;
    this.url = server.url;
    this.#client = new Redis(server.url);
    this.#filling = this.#fill();
  }

  /** Resolves when it has no room left. */
  static async start(policy: EvictionPolicy, settings: RedisSettings = {}): Promise<FullRedis> {
    const server = await startRedis({
      ...settings,
      settings: { maxmemory: maxMemory, "maxmemory-policy": policy, ...settings.settings },
    });
    const full = new FullRedis(server);
    while (!(await full.isFull())) await sleep(20);
    return full;
  }

  async isFull(): Promise<boolean> {
    return this.#refused > 0 || (await this.evictedKeys()) > 0;
  }

  /** Keys that were evicted since the server started. */
  async evictedKeys(): Promise<number> {
    return Number(/^evicted_keys:(\d+)/m.exec(await this.#client.info("stats"))?.[1]);
  }

  /** How often the server has refused rows, as it does by the policy `noeviction`. */
  get refused(): number {
    return this.#refused;
  }

  /** Stops filling, and takes out what it was filled with. */
  async empty(): Promise<void> {
    if (this.#isEmptied) return;
    this.#isEmptied = true;
    await this.#filling;
    for (let row = 0; row < this.#rows; row += 1_000) {
      await this.#client.unlink(Array.from({ length: 1_000 }, (_, at) => nameOf(row + at)));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEmptied = true;
    await this.#filling.catch(() => undefined);
    this.#client.disconnect();
    await this.server[Symbol.asyncDispose]();
  }

  async #fill(): Promise<void> {
    const note = "x".repeat(rowBytes);
    while (!this.#isEmptied) {
      const batch = this.#client.pipeline();
      for (let at = 0; at < rowCount; at++) {
        const row = nameOf(this.#rows++);
        batch.hset(row, "v", "1", "1", String(at), "2", row, "7", note).pexpire(row, 3_600_000);
      }
      const replies = await batch.exec();
      const isRefused = replies?.some(([error]) => error?.message.startsWith("OOM")) ?? false;
      if (isRefused) this.#refused++;
      await sleep(isRefused ? 50 * restMs : restMs);
    }
  }
}

const nameOf = (row: number) => `full:{s${row % 16}}:r:hero:${row}`;
