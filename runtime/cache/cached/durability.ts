import { isPhotinusError } from "../../../schema/errors.ts";
import type { RedisLink } from "./drivers/redis.ts";

export interface Durability {
  /** What can be lost, in words. */
  readonly text: string;
  /** The policy by which Redis evicts keys that have no time to live; undefined when it does not. */
  readonly evicts: string | undefined;
}

/**
 * What Redis really does: its own settings, of the worst of its servers. Policies that evict keys with a time to live are
 * harmless: a row that waits for MySQL has none.
 */
export async function durabilityOf(redis: RedisLink): Promise<Durability> {
  let servers: Map<string, string>[];
  try {
    servers = (await redis.atEach("config", "GET", "*")).map(settingsOf);
  } catch (error) {
    if (isPhotinusError(error) && error.code === "UNAVAILABLE") throw error;
    return {
      text: "Redis does not tell its settings; what a crash of it can lose is not known",
      evicts: undefined,
    };
  }
  const policies = servers.map((settings) => settings.get("maxmemory-policy") ?? "noeviction");
  const worst = Math.max(...servers.map(lossOf));
  return { text: losses[worst]!, evicts: policies.find((policy) => policy.startsWith("allkeys")) };
}

/** From the best to the worst. */
const losses = Object.freeze([
  "every write is on Redis' disk before it is acknowledged",
  "a crash of Redis can lose up to one second of writes that are not in MySQL yet",
  "a crash of Redis can lose the writes since its last snapshot that are not in MySQL yet",
  "a crash of Redis loses the writes that are not in MySQL yet",
]);

function lossOf(settings: ReadonlyMap<string, string>): number {
  if (settings.get("appendonly") === "yes") {
    const sync = settings.get("appendfsync");
    return sync === "always" ? 0 : sync === "everysec" ? 1 : 2;
  }
  return (settings.get("save") ?? "") === "" ? 3 : 2;
}

function settingsOf(reply: unknown): Map<string, string> {
  const list = Array.isArray(reply) ? reply : Object.entries(reply as object).flat();
  const settings = new Map<string, string>();
  for (let at = 0; at < list.length; at += 2) settings.set(String(list[at]), String(list[at + 1]));
  return settings;
}
