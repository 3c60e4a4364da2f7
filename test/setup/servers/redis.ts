import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../free-port.ts";
import { ServerProgram } from "./program.ts";

export interface RedisServer extends AsyncDisposable {
  readonly program: ServerProgram;
  readonly url: string;
}

export interface RedisSettings {
  /** How its append-only file is kept. Default "no file". */
  readonly appendFsync?: "always" | "everysec";
  /** More settings, by name; several words as a list. */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
}

/** Starts a Redis of the test's own. */
export async function startRedis(options: RedisSettings = {}): Promise<RedisServer> {
  const port = await freePort();
  const program = redisProgram(port, options);
  await program.start();
  return { program, url: `redis://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => program.stop() };
}

/** `REDIS_URL` when it is set, else a Redis of the test's own. */
export async function openRedis(): Promise<AsyncDisposable & { readonly url: string }> {
  const given = process.env["TEST_REDIS_URL"];
  if (given !== undefined && given !== "") return { url: given, async [Symbol.asyncDispose]() {} };
  return startRedis();
}

export interface RedisCluster extends AsyncDisposable {
  readonly urls: readonly string[];
  /** In the order of the URLs. */
  readonly programs: readonly ServerProgram[];
}

/**
 * Starts a cluster of three masters.
 * @param spares further masters, the last of the URLs, which have no slots yet
 */
export async function startRedisCluster(spares = 0): Promise<RedisCluster> {
  const ports: number[] = [];
  while (ports.length < masterCount + spares) ports.push(await freePort());
  const programs: ServerProgram[] = [];
  const stop = async () => {
    await Promise.all(programs.map((program) => program.stop()));
  };
  try {
    for (const port of ports) {
      const settings = {
        "cluster-enabled": "yes",
        "cluster-node-timeout": "3000",
        // A server that has given its last slot away stays a master.
        "cluster-allow-replica-migration": "no",
        "cluster-port": String(await freePort()),
      };
      const program = redisProgram(port, { settings });
      programs.push(program);
      await program.start();
    }
    await formCluster(ports);
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = ports.map((port) => `redis://127.0.0.1:${port}`);
  return { urls, programs, [Symbol.asyncDispose]: stop };
}

const masterCount = 3;
const slotCount = 16_384;

/** Shares the slots out and makes the nodes known to each other; resolves when each sees the whole. */
async function formCluster(ports: readonly number[]): Promise<void> {
  const nodes = ports.map((port) => new Redis({ host: "127.0.0.1", port }));
  try {
    const share = Math.ceil(slotCount / masterCount);
    const [first] = nodes;
    const [, busPort] = (await first!.config("GET", "cluster-port")) as string[];
    for (const [at, node] of nodes.entries()) {
      const end = Math.min(slotCount, (at + 1) * share) - 1;
      if (at < masterCount) await node.call("CLUSTER", "ADDSLOTSRANGE", at * share, end);
      await node.call("CLUSTER", "SET-CONFIG-EPOCH", at + 1);
      if (at > 0) await node.call("CLUSTER", "MEET", "127.0.0.1", ports[0]!, busPort!);
    }
    for (const node of nodes) {
      while (!(await seesAll(node, nodes.length))) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    for (const node of nodes) node.disconnect();
  }
}

async function seesAll(node: Redis, count: number): Promise<boolean> {
  const info = String(await node.call("CLUSTER", "INFO"));
  return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${count}`);
}

function redisProgram(port: number, { appendFsync, settings = {} }: RedisSettings): ServerProgram {
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]);
  const file = appendFsync === undefined ? [] : ["--appendonly", "yes", "--appendfsync", appendFsync];
  const args = (folder: string) => [
    ...["--bind", "127.0.0.1", "--port", String(port), "--dir", join(folder, "data"), "--save", ""],
    ...file,
    ...given,
  ];
  return new ServerProgram("redis", "redis-server", args, () => answers(port));
}

async function answers(port: number): Promise<boolean> {
  const redis = new Redis({ host: "127.0.0.1", port, lazyConnect: true, retryStrategy: () => null });
  // Without a listener a refused connection would be printed.
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } finally {
    redis.disconnect();
  }
}
