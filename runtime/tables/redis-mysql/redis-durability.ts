import { isPhotinusError } from "../../../schema/errors.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import type { CacheSettings } from "../table-store.ts";

/** Losses that the settings of Redis permit. */
export interface Durability {
  /** Possible loss, as a sentence. */
  readonly text: string;
  /** Policy by which Redis evicts keys without a time to live; undefined when it evicts none. */
  readonly evicts: string | undefined;
  /** Settings from which the text was derived. */
  readonly settings: CacheSettings;
}

/**
 * Reads what Redis may lose from its settings; of several servers, the worst one counts. Policies that evict only keys with
 * a time to live are harmless, because a row with queued changes has none.
 */
export async function durabilityOf(redis: RedisClient): Promise<Durability> {
  const servers = await serversOf(redis);
  const losses = servers.map(lossOf);
  const worst = servers[losses.indexOf(Math.max(...losses))] ?? new Map<string, string>();
  const policies = [...new Set(servers.map((server) => server.get("maxmemory-policy") ?? unknown))];
  const evicts = policies.find((policy) => policy.startsWith("allkeys"));
  const loss = lossTexts[lossOf(worst)]!;
  return {
    text:
      evicts === undefined
        ? loss
        : `Redis may evict writes that are not in MySQL yet (maxmemory-policy ${evicts}); ${loss}`,
    evicts,
    settings: {
      evictionPolicy: policies.join(", "),
      mayEvictChanges: evicts !== undefined,
      persistence: persistenceOf(worst),
    },
  };
}

const unknown = "unknown";

/** Settings of each server. A hosted server that refuses CONFIG GET reports some of them in INFO. */
async function serversOf(redis: RedisClient): Promise<ReadonlyMap<string, string>[]> {
  try {
    return (await redis.atEach("config", "GET", "*")).map(settingsOf);
  } catch (error) {
    if (isPhotinusError(error) && error.code === "UNAVAILABLE") throw error;
  }
  try {
    return (await redis.atEach("info")).map((reply) => settingsOfFigures(String(reply)));
  } catch (error) {
    if (isPhotinusError(error) && error.code === "UNAVAILABLE") throw error;
    return [new Map()];
  }
}

/** Possible losses, from best to worst. */
const lossTexts = Object.freeze([
  "every write is on Redis' disk before it is acknowledged",
  "a crash of Redis can lose up to one second of writes that are not in MySQL yet",
  "a crash of Redis can lose the writes since its last snapshot that are not in MySQL yet",
  "a crash of Redis loses the writes that are not in MySQL yet",
  "Redis does not report its settings; the possible loss of a crash is unknown",
]);

function lossOf(settings: ReadonlyMap<string, string>): number {
  if (settings.get("appendonly") === "yes") {
    const sync = settings.get("appendfsync");
    return sync === "always" ? 0 : sync === "everysec" ? 1 : sync === undefined ? 4 : 2;
  }
  const save = settings.get("save");
  return save === undefined ? 4 : save === "" ? 3 : 2;
}

/** Persistence settings, in the terms of redis.conf. */
function persistenceOf(settings: ReadonlyMap<string, string>): string {
  const file = settings.get("appendonly") ?? unknown;
  if (file === "yes") return `appendonly yes, appendfsync ${settings.get("appendfsync") ?? unknown}`;
  const save = settings.get("save") ?? unknown;
  return `appendonly ${file}, save ${save === "" ? '""' : save}`;
}

function settingsOf(reply: unknown): Map<string, string> {
  const list = Array.isArray(reply) ? reply : Object.entries(reply as object).flat();
  const settings = new Map<string, string>();
  for (let at = 0; at < list.length; at += 2) settings.set(String(list[at]), String(list[at + 1]));
  return settings;
}

/** Settings from an INFO reply: "maxmemory_policy:noeviction", "aof_enabled:1". */
function settingsOfFigures(text: string): Map<string, string> {
  const figures = new Map(text.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
  const settings = new Map<string, string>();
  const policy = figures.get("maxmemory_policy");
  if (policy !== undefined) settings.set("maxmemory-policy", policy);
  const file = figures.get("aof_enabled");
  if (file !== undefined) settings.set("appendonly", file === "1" ? "yes" : "no");
  return settings;
}
