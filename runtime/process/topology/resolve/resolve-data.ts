import { basename, extname, resolve } from "node:path";
import type { Explanation } from "../../../options/option-rules.ts";
import { mysqlUrlFault, redisUrlFault } from "../../../options/url-rules.ts";
import type { Problems } from "../../diagnosis/topology-problem.ts";
import { variableOf } from "../database-variables.ts";
import type { DatabaseTopology, DataTopology, JournalTopology, RedisTopology } from "../topology.ts";

/** Store of the tables of a topology. */
export type ResolvedData = ResolvedEmbedded | ResolvedCached;

/** Settings of the embedded store. */
export interface ResolvedEmbedded {
  readonly kind: "embedded";
  /** Absolute path of the SQLite file, or ":memory:". */
  readonly file: string;
  readonly synchronous: "normal" | "full";
}

/** Settings of the cached store: Redis before MySQL. */
export interface ResolvedCached {
  readonly kind: "cached";
  /** Option or environment variable that selected this store, for errors. */
  readonly because: string;
  readonly redisUrl: string | undefined;
  /** Databases of the topology, and "main", by name. */
  readonly databases: ReadonlyMap<string, ResolvedDatabase>;
  /** Further databases of the environment, by the name of their variable: "MYSQL_URL_SHOP". */
  readonly environment: ReadonlyMap<string, ResolvedDatabase>;
  /** Other options of Redis and the journal; an absent option has the store's default. */
  readonly options: Omit<RedisTopology, "url"> & JournalTopology;
}

/** Settings of one MySQL database. */
export interface ResolvedDatabase
  extends Pick<DatabaseTopology, "connections" | "timeoutMs" | "createTables"> {
  /** URL of the primary; undefined when no URL is configured. */
  readonly mysqlUrl: string | undefined;
  /** URLs of the read replicas. */
  readonly replicaUrls: readonly string[];
}

/**
 * Environment variables that select the cached store: MYSQL_URL and REDIS_URL, and MYSQL_URL_SHOP for the database "shop". Read
 * replicas are in MYSQL_REPLICA_URLS and MYSQL_REPLICA_URLS_SHOP, joined by commas.
 */
export type DataEnvironment = Readonly<Record<string, string | undefined>>;

/** SQLite database in memory: each process has its own tables, and loses them at its end. */
const inMemory = ":memory:";

/**
 * Selects the store: the embedded store, unless the topology or the environment configures MySQL or Redis. An environment
 * variable counts only where the topology does not set its option. A configured store never falls back to another one. Adds
 * each fault to `problems`.
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
    const remedy = "keep either embedded, or mysql and redis";
    problems.add("two-stores", ["data"], "two stores are configured for tables", remedy);
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

/** Reads the database variables of the environment. An empty variable counts as unset; a used invalid URL is a problem. */
class Variables {
  readonly #environment: DataEnvironment;
  readonly #problems: Problems;
  readonly #told = new Set<string>();

  constructor(environment: DataEnvironment, problems: Problems) {
    this.#environment = environment;
    this.#problems = problems;
  }

  /** First variable that selects MySQL and Redis, if any. */
  get asking(): string | undefined {
    const names = Object.keys(this.#environment).filter((name) => this.#environment[name]);
    const [first] = names.filter((name) => /^(MYSQL_URL|REDIS_URL|MYSQL_URL_\w+)$/.test(name)).sort();
    return first;
  }

  /** URL of Redis; undefined without the variable. */
  get redisUrl(): string | undefined {
    return this.#url("REDIS_URL", redisUrlFault);
  }

  /** Databases other than "main", by the name of their variable. */
  get databases(): ReadonlyMap<string, ResolvedDatabase> {
    const names = Object.keys(this.#environment).filter((name) => /^MYSQL_URL_\w+$/.test(name));
    return new Map(names.map((name) => [name, this.#database(name, name.replace("URL", "REPLICA_URLS"))]));
  }

  /**
   * Completes the options of a database. With a `url` in the topology the variables are ignored, because their replicas belong
   * to another primary.
   */
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
    this.#problems.add(
      "wrong-kind",
      ["data"],
      `the environment variable ${name}: ${fault.wrong}`,
      fault.remedy,
    );
  }
}
