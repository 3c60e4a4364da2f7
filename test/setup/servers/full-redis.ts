import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { type RedisServer, startRedis } from "./redis.ts";

/** Every `maxmemory-policy` that takes only keys with a time to live, and the one that takes none. */
export const soundPolicies = [
  "noeviction",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
] as const;
/** Policies that take any key. */
export const unsoundPolicies = ["allkeys-lru", "allkeys-lfu", "allkeys-random"] as const;

export type EvictionPolicy = (typeof soundPolicies)[number] | (typeof unsoundPolicies)[number];

/** More than a Redis takes by itself, and little enough to be full in a moment. */
const maxMemory = "24mb";
/** Bytes of a row, about; rows of one call; and the wait between two calls when Redis is full, milliseconds. */
const rowBytes = 2_000;
const rowCount = 50;
const restMs = 2;
/** How long a Redis without eviction stays full, milliseconds, and how many rows leave then. */
const fullMs = 200;
const leavingCount = 2_000;

/** A Redis of the test's own that gets full of clean rows, and more of them until it is emptied or closed. */
export class FullRedis implements AsyncDisposable {
  readonly server: RedisServer;
  readonly url: string;
  readonly #client: Redis;
  #filling: Promise<void> | undefined;
  #rows = 0;
  #refused = 0;
  #left = 0;
  #isEmptied = false;

  private constructor(server: RedisServer) {
    this.server = server;
    this.url = server.url;
    this.#client = new Redis(server.url);
  }

  /** Starts one that has room. */
  static async start(policy: EvictionPolicy): Promise<FullRedis> {
    return new FullRedis(
      await startRedis({ settings: { maxmemory: maxMemory, "maxmemory-policy": policy } }),
    );
  }

  /** Begins to fill it; resolves when it has no room left. */
  async fill(): Promise<void> {
    this.#filling ??= this.#fill();
    while (this.#refused === 0 && (await this.evictedKeys()) === 0) await sleep(20);
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
    await this.#filling?.catch(() => undefined);
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
      if (isRefused) await this.#leave();
      await sleep(restMs);
    }
  }

  /** Without eviction clean rows leave when their time to live is over. */
  async #leave(): Promise<void> {
    this.#refused++;
    await sleep(fullMs);
    const rows = Array.from({ length: leavingCount }, () => nameOf(this.#left++));
    await this.#client.unlink(rows);
  }
}

const nameOf = (row: number) => `full:{s${row % 16}}:r:hero:${row}`;
