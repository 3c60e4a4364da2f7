import { basename, extname, resolve } from "node:path";
import type { Explanation } from "../../options/option-rules.ts";
import { mysqlUrlFault, redisUrlFault } from "../../options/url-rules.ts";
import type { Problems } from "../diagnosis/topology-problem.ts";
import { variableOf } from "./database-variables.ts";
import type { DatabaseTopology, DataTopology, JournalTopology, RedisTopology } from "./topology.ts";

/** Where the tables of a topology live. */
export type ResolvedData = ResolvedEmbedded | ResolvedCached;

export interface ResolvedEmbedded {
  readonly kind: "embedded";
  readonly file: string;
  readonly synchronous: "normal" | "full";
}

export interface ResolvedCached {
  readonly kind: "cached";
  /** What asked for it: the option or the variable. */
  readonly because: string;
  readonly redisUrl: string | undefined;
  /** Databases that the topology names, and "main", by name. */
  readonly databases: ReadonlyMap<string, ResolvedDatabase>;
  /** Databases that the environment has besides, by the name of their variable: "MYSQL_URL_SHOP". */
  readonly environment: ReadonlyMap<string, ResolvedDatabase>;
  /** What else is said of Redis and the journal; what is left out has the store's default. */
  readonly options: Omit<RedisTopology, "url"> & JournalTopology;
}

export interface ResolvedDatabase
  extends Pick<DatabaseTopology, "connections" | "timeoutMs" | "createTables"> {
  readonly mysqlUrl: string | undefined;
  readonly replicaUrls: readonly string[];
}

/**
 * Environment variables that choose the cached store: MYSQL_URL and REDIS_URL, as DESIGN has them, MYSQL_URL_SHOP for the
 * database "shop", and for their read replicas MYSQL_REPLICA_URLS and MYSQL_REPLICA_URLS_SHOP, joined by commas.
 */
export type DataEnvironment = Readonly<Record<string, string | undefined>>;

/** A file that is none: each process has tables of its own, and forgets them. */
const inMemory = ":memory:";

/**
 * The embedded store, unless MySQL or Redis is configured: in the topology, or by variables, each of which counts only where
 * the topology says nothing of it. What is configured is never replaced by something else.
 */
export function resolveData(
  data: DataTopology | undefined,
  source: string,
  directory: string,
  environment: DataEnvironment,
  problems: Problems,
): ResolvedData {
  const { embedded, mysql, redis, databases, journal } = data ?? {};
  const named = [mysql, redis, databases, journal].some((part) => part !== undefined);
  if (embedded !== undefined && named) {
    const remedy = "keep one of the two: embedded, or mysql and redis";
    problems.add("two-stores", ["data"], "tables cannot live in two places", remedy);
  }
  const variables = new Variables(environment, problems);
  if (embedded === undefined && (named || variables.asking !== undefined)) {
    const { url: redisUrl = variables.redisUrl, ...ofRedis } = redis ?? {};
    const all = { main: mysql ?? {}, ...databases };
    return {
      kind: "cached",
      because: named ? "data.mysql or data.redis" : variables.asking!,
      redisUrl,
      databases: new Map(Object.entries(all).map(([name, one]) => [name, variables.complete(name, one)])),
      environment: variables.databases,
      options: { ...ofRedis, ...journal },
    };
  }
  const file = embedded?.file ?? `.photinus/${basename(source, extname(source))}.sqlite`;
  return {
    kind: "embedded",
    file: file === inMemory ? file : resolve(directory, file),
    synchronous: embedded?.synchronous ?? "normal",
  };
}

/** What the environment says of data. A variable that is empty is none; one that is used and no URL is a problem. */
class Variables {
  readonly #environment: DataEnvironment;
  readonly #problems: Problems;
  readonly #told = new Set<string>();

  constructor(environment: DataEnvironment, problems: Problems) {
    this.#environment = environment;
    this.#problems = problems;
  }

  /** The variable that asks for MySQL and Redis, if there is one. */
  get asking(): string | undefined {
    const names = Object.keys(this.#environment).filter((name) => this.#environment[name]);
    const [first] = names.filter((name) => /^(MYSQL_URL|REDIS_URL|MYSQL_URL_\w+)$/.test(name)).sort();
    return first;
  }

  get redisUrl(): string | undefined {
    return this.#url("REDIS_URL", redisUrlFault);
  }

  /** Databases other than "main", by the name of their variable. */
  get databases(): ReadonlyMap<string, ResolvedDatabase> {
    const names = Object.keys(this.#environment).filter((name) => /^MYSQL_URL_\w+$/.test(name));
    return new Map(names.map((name) => [name, this.#database(name, name.replace("URL", "REPLICA_URLS"))]));
  }

  /** Adds to what the topology says of a database. Replicas of another primary than the variables' are not theirs to name. */
  complete(name: string, { url, replicas, ...rest }: DatabaseTopology): ResolvedDatabase {
    const found =
      url === undefined
        ? this.#database(variableOf("MYSQL_URL", name), variableOf("MYSQL_REPLICA_URLS", name))
        : { mysqlUrl: url, replicaUrls: [] };
    return { ...rest, ...found, ...(replicas === undefined ? {} : { replicaUrls: replicas }) };
  }

  #database(url: string, replicas: string): ResolvedDatabase {
    const list = (this.#environment[replicas] ?? "").split(",").map((one) => one.trim());
    const replicaUrls = list.filter((one) => one !== "");
    for (const replica of replicaUrls) this.#check(replicas, mysqlUrlFault(replica));
    return { mysqlUrl: this.#url(url, mysqlUrlFault), replicaUrls };
  }

  #url(name: string, faultOf: (text: string) => Explanation | undefined): string | undefined {
    const text = this.#environment[name] || undefined;
    if (text !== undefined) this.#check(name, faultOf(text));
    return text;
  }

  #check(name: string, fault: Explanation | undefined): void {
    if (fault === undefined || this.#told.has(name)) return;
    this.#told.add(name);
    this.#problems.add("wrong-kind", ["data"], `the variable ${name}: ${fault.wrong}`, fault.remedy);
  }
}
