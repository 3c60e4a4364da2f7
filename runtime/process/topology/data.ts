import { basename, extname, resolve } from "node:path";
import type { Problems } from "../diagnosis/problem.ts";
import type { DataTopology } from "./topology.ts";

/** Where the tables of a topology live. */
export type ResolvedData =
  | { readonly kind: "embedded"; readonly file: string; readonly synchronous: "normal" | "full" }
  | {
      readonly kind: "cached";
      /** What asked for it: the option or the variable. */
      readonly because: string;
      readonly mysqlUrl: string | undefined;
      readonly redisUrl: string | undefined;
      /** Whether a Redis that may evict changes is accepted. */
      readonly allowEviction: boolean;
    };

/** Environment variables that choose the cached store, as DESIGN has them. */
export interface DataEnvironment {
  readonly MYSQL_URL?: string | undefined;
  readonly REDIS_URL?: string | undefined;
}

/** A file that is none: each process has tables of its own, and forgets them. */
const inMemory = ":memory:";

/**
 * The embedded store, unless MySQL or Redis is configured: in the topology, or by MYSQL_URL and REDIS_URL, which count only
 * where the topology names no URL and no file. What is configured is never replaced by something else.
 */
export function resolveData(
  data: DataTopology | undefined,
  source: string,
  directory: string,
  environment: DataEnvironment,
  problems: Problems,
): ResolvedData {
  const { embedded, mysql, redis } = data ?? {};
  if (embedded !== undefined && (mysql !== undefined || redis !== undefined)) {
    const remedy = "keep one of the two: embedded, or mysql and redis";
    problems.add("two-stores", ["data"], "tables cannot live in two places", remedy);
  }
  const named = mysql !== undefined || redis !== undefined;
  const mysqlUrl = mysql?.url ?? (environment.MYSQL_URL || undefined);
  const redisUrl = redis?.url ?? (environment.REDIS_URL || undefined);
  if (embedded === undefined && (named || mysqlUrl !== undefined || redisUrl !== undefined)) {
    const because = named ? "data.mysql or data.redis" : mysqlUrl !== undefined ? "MYSQL_URL" : "REDIS_URL";
    const allowEviction = redis?.allowEviction ?? false;
    return { kind: "cached", because, mysqlUrl, redisUrl, allowEviction };
  }
  const file = embedded?.file ?? `.photinus/${basename(source, extname(source))}.sqlite`;
  return {
    kind: "embedded",
    file: file === inMemory ? file : resolve(directory, file),
    synchronous: embedded?.synchronous ?? "normal",
  };
}
