import { describe, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import type { Logger } from "../../../runtime/log/logger.ts";
import { take } from "../../../runtime/options/option-rules.ts";
import { Problems, problemText } from "../../../runtime/process/diagnosis/topology-problem.ts";
import { closeTables } from "../../../runtime/process/hosting/open-tables.ts";
import {
  type DataEnvironment,
  type ResolvedCached,
  resolveData,
} from "../../../runtime/process/topology/resolve/resolve-data.ts";
import { databasesOf, unusedDatabases } from "../../../runtime/process/topology/table-databases.ts";
import type { DataTopology } from "../../../runtime/process/topology/topology.ts";
import { topologyRule } from "../../../runtime/process/topology/topology-grammar.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import type { Remainder, TableStore } from "../../../runtime/tables/table-store.ts";
import { Tables } from "../../../runtime/tables/tables.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";

const tableIn = (database: string): TableLayout => ({ ...heroTable, name: `${database}_table`, database });
const redisUrl = "redis://127.0.0.1";
const [gameUrl, shopUrl, copyUrl] = ["game", "shop", "copy"].map((name) => `mysql://root@127.0.0.1/${name}`);

function problemsOf(check: (problems: Problems) => void): string[] {
  const problems = new Problems();
  check(problems);
  return problems.all.map((problem) => problemText(problem, "x.ts"));
}

function resolved(data: DataTopology | undefined, environment: DataEnvironment = {}): ResolvedCached {
  const problems = new Problems();
  const result = resolveData(data, "x.ts", "/", environment, problems);
  expect(problems.all).toEqual([]);
  if (result.kind !== "cached") throw new Error("tables live in the embedded store");
  return result;
}

const databases = (data: ResolvedCached, ...names: string[]) =>
  Object.fromEntries(databasesOf(data, names.map(tableIn)));

describe("the databases of a topology", () => {
  test("are found by the names that tables give them, each with what is said of it alone", () => {
    const data = resolved({
      mysql: { url: gameUrl!, connections: 3 },
      redis: { url: redisUrl, prefix: "meadow", shards: 4 },
      databases: { shop: { url: shopUrl!, replicas: [copyUrl!], createTables: false } },
      journal: { flushMs: 20 },
    });
    expect(databases(data, "shop", "main", "shop")).toEqual({
      main: { mysqlUrl: gameUrl, replicaUrls: [], connections: 3 },
      shop: { mysqlUrl: shopUrl, replicaUrls: [copyUrl], createTables: false },
    });
    expect(data).toMatchObject({ redisUrl, options: { prefix: "meadow", shards: 4, flushMs: 20 } });
    expect(unusedDatabases(data, [tableIn("main")])).toEqual(["shop"]);
  });

  test("may come from the environment, whose replicas belong to its own servers", () => {
    const environment = {
      ...{ MYSQL_URL: gameUrl, MYSQL_REPLICA_URLS: ` ${copyUrl}, ${shopUrl},`, REDIS_URL: redisUrl },
      ...{ MYSQL_URL_SHOP_EU: shopUrl, MYSQL_REPLICA_URLS_SHOP_EU: copyUrl, MYSQL_URL_NONE: "" },
    };
    const data = resolved(undefined, environment);
    expect(data).toMatchObject({ because: "MYSQL_URL", redisUrl });
    expect(databases(data, "main", "shop-eu")).toEqual({
      main: { mysqlUrl: gameUrl, replicaUrls: [copyUrl, shopUrl] },
      "shop-eu": { mysqlUrl: shopUrl, replicaUrls: [copyUrl] },
    });
    expect(() => databasesOf(data, [tableIn("none")])).toThrow("no MySQL is configured");
    const half = resolved({ databases: { "shop-eu": { connections: 2 } } }, environment);
    expect(databases(half, "shop-eu")["shop-eu"]).toEqual({
      ...{ mysqlUrl: shopUrl, replicaUrls: [copyUrl], connections: 2 },
    });
    const other = resolved({ mysql: { url: "mysql://root@10.0.0.1/other" } }, environment);
    expect(databases(other, "main")["main"]?.replicaUrls).toEqual([]);
  });

  test("ask for MySQL and Redis wherever one is named, also by a variable of its own", () => {
    expect(resolved(undefined, { MYSQL_URL_SHOP: shopUrl }).because).toBe("MYSQL_URL_SHOP");
    expect(resolved({ databases: {} }).because).toBe("data.mysql or data.redis");
    expect(resolveData({ embedded: {} }, "x.ts", "/", { MYSQL_URL: gameUrl }, new Problems()).kind).toBe(
      "embedded",
    );
  });

  test("that are not configured are named with a table, and with what would configure them", () => {
    const data = resolved({ mysql: { url: gameUrl! }, databases: { shopp: { url: shopUrl! } } });
    expect(() => databasesOf(data, [tableIn("main"), tableIn("shop")])).toThrow(
      'FAILED_PRECONDITION: no MySQL is configured for the database "shop" of the table shop_table; set ' +
        'data.databases.shop.url or MYSQL_URL_SHOP; did the schema mean "shopp"?',
    );
    const bare = resolved({ redis: { url: redisUrl }, databases: { shop: { url: shopUrl! } } });
    expect(databases(bare, "shop")).toHaveProperty("shop");
    expect(() => databasesOf(bare, [tableIn("main")])).toThrow(
      "data.mysql or data.redis selects MySQL and Redis for tables, but no MySQL is configured; set MYSQL_URL or data.mysql.url",
    );
  });

  test("that are one are refused, and no password is told", () => {
    const shop = { url: "mysql://you:secret@127.0.0.1:3306/game?a=b" };
    const data = resolved({ mysql: { url: gameUrl! }, databases: { shop } });
    expect(() => databasesOf(data, [tableIn("main"), tableIn("shop")])).toThrow(
      'the databases "main" and "shop" are both 127.0.0.1:3306/game; configure a separate MySQL database for each',
    );
    expect(databases(data, "shop")).toHaveProperty("shop");
  });
});

describe("what is wrong with data is told with its place and remedy", () => {
  const wrong = (data: unknown) =>
    problemsOf((problems) =>
      take(topologyRule, { protocol: 1, gates: [], nodes: [], data }, [], problems.report),
    )
      .filter((line) => line.includes("data"))
      .map((line) => line.replace("x.ts: ", ""));

  test("names and numbers", () => {
    const redis = { prefix: "p.q", shards: 2_000, missMs: 0, allowEviction: "yes" };
    const journal = { flushMs: 1.5, flushCount: 0, backlogCount: -1, leaseMs: 5, leasMs: 1 };
    const named = { "1st": {}, main: {}, shop: { conections: 1, connections: 0, createTables: 1 } };
    expect(wrong({ databases: named, redis, journal })).toEqual([
      'data.databases.1st: "1st" is not a name; expected a letter and then up to 63 letters, digits, _ or - [bad-name]',
      'data.databases.main: "main" is not an option here; use "data.mysql" [renamed-option]',
      "data.databases.shop.connections: found 0; expected a whole number of connections from 1 to 10000 [out-of-range]",
      "data.databases.shop.createTables: found 1; expected true or false [wrong-kind]",
      'data.databases.shop.conections: unknown option "conections"; did you mean "connections"? [unknown-option]',
      'data.redis.prefix: "p.q" is not a name; expected 1 to 40 letters, digits, _ or - [bad-name]',
      "data.redis.shards: found 2000; expected a whole number of shards from 1 to 1024 [out-of-range]",
      "data.redis.missMs: found 0; expected a whole number of milliseconds from 1 to 3600000 [out-of-range]",
      'data.redis.allowEviction: found "yes"; expected true or false [wrong-kind]',
      "data.journal.flushMs: found 1.5; expected a whole number of milliseconds from 1 to 3600000 [out-of-range]",
      "data.journal.flushCount: found 0; expected a whole number of changes from 1 to 1000000 [out-of-range]",
      "data.journal.backlogCount: found -1; expected a whole number of changes from 1 to 1000000000 [out-of-range]",
      "data.journal.leaseMs: found 5; expected a whole number of milliseconds from 100 to 3600000 [out-of-range]",
      'data.journal.leasMs: unknown option "leasMs"; did you mean "leaseMs"? [unknown-option]',
    ]);
    expect(wrong({ databases: [] })).toEqual([
      "data.databases: found a list; expected an object with one member for each name [wrong-kind]",
    ]);
  });

  test("URLs, without showing them", () => {
    const mysql = { url: "redis://secret@127.0.0.1", replicas: ["mysql://secret@127.0.0.1", "secret", 7] };
    const redis = { url: "redis://127.0.0.1:7001,http://secret@127.0.0.1:7002" };
    const remedy = "expected mysql://user:password@host:3306/database [wrong-kind]";
    const lines = wrong({ mysql, redis });
    expect(lines).toEqual([
      `data.mysql.url: unexpected scheme redis:; ${remedy}`,
      `data.mysql.replicas[0]: the URL names no database; ${remedy}`,
      `data.mysql.replicas[1]: invalid URL; ${remedy}`,
      `data.mysql.replicas[2]: invalid URL; ${remedy}`,
      "data.redis.url: unexpected scheme http:; expected redis://host:6379, or several URLs of one cluster, joined by commas [wrong-kind]",
    ]);
    expect(lines.join()).not.toContain("secret");
    const cluster = "redis://127.0.0.1:7001, redis://127.0.0.1:7002,rediss://10.0.0.1";
    expect(wrong({ mysql: { url: gameUrl }, redis: { url: cluster } })).toEqual([]);
  });

  test("variables, once each", () => {
    const environment = {
      ...{ MYSQL_URL: "game", REDIS_URL: "mysql://127.0.0.1/x" },
      ...{ MYSQL_URL_SHOP: "shop", MYSQL_REPLICA_URLS_SHOP: `${copyUrl},copy` },
    };
    const lines = problemsOf((problems) => {
      resolveData({ databases: { shop: {} } }, "x.ts", "/", environment, problems);
    });
    expect(lines.sort()).toEqual([
      expect.stringMatching(
        /^x\.ts: data: the environment variable MYSQL_REPLICA_URLS_SHOP: invalid URL; expected/,
      ),
      expect.stringMatching(/^x\.ts: data: the environment variable MYSQL_URL: invalid URL; expected/),
      expect.stringMatching(/^x\.ts: data: the environment variable MYSQL_URL_SHOP: invalid URL; expected/),
      expect.stringMatching(
        /^x\.ts: data: the environment variable REDIS_URL: unexpected scheme mysql:; expected/,
      ),
    ]);
  });

  test("two stores at once, by any part", () => {
    for (const part of [{ databases: {} }, { journal: {} }, { redis: {} }, { mysql: {} }]) {
      const lines = problemsOf((problems) => {
        resolveData({ embedded: {}, ...part }, "x.ts", "/", {}, problems);
      });
      expect(lines).toEqual([expect.stringContaining("[two-stores]")]);
    }
  });
});

describe("a process that closes its tables", () => {
  const closed = async (remainder: Remainder) => {
    const lines: [string, object, string][] = [];
    const at = (level: string) => (details: object, message: string) =>
      void lines.push([level, details, message]);
    const log: Logger = {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: () => log,
    };
    const store = { close: async () => remainder } as unknown as TableStore;
    await closeTables(new Tables(() => store, systemClock, store), 10, log);
    return lines;
  };

  test("says what remains in its own shards, and in those of which processes", async () => {
    expect(await closed({ remaining: 0 })).toEqual([]);
    expect(await closed({ remaining: 7, elsewhere: 5, owners: ["812:a"] })).toEqual([
      [
        "info",
        { remaining: 5, owners: ["812:a"] },
        "unflushed changes remain in shards of other processes, which flush them",
      ],
      ["warn", { remaining: 2 }, "table store closed; unflushed changes remain in its journal"],
    ]);
  });

  test("says when nobody can tell", async () => {
    expect(await closed({ remaining: 0, isUnknown: true })).toEqual([
      ["warn", {}, "number of unflushed changes unknown: Redis does not answer"],
    ]);
  });
});
