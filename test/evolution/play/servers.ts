import { Redis } from "ioredis";
import { SystemClock } from "../../../runtime/clock/clock.ts";
import type { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { migrate } from "../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { TableLayout } from "../../../runtime/tables/table-layout.ts";
import { Tables } from "../../../runtime/tables/tables.ts";
import { type MariaDb, startMariaDb, type TestDatabase } from "../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../setup/servers/redis.ts";
import type { Place } from "./rows.ts";
import type { PlayedShape } from "./sides.ts";

/** How long the journal may take until MySQL has all of it, in ms. */
const flushedMs = 10_000;

/** MariaDB and Redis of the player, started when a pair first needs them. */
export class Servers {
  #started: Promise<{ readonly maria: MariaDb; readonly redis: RedisServer }> | undefined;

  /** Makes an empty database, with the tables of these releases in the order of the list, and empties Redis. */
  async ground(...releases: readonly (readonly TableLayout[])[]): Promise<Ground> {
    this.#started ??= started();
    const { maria, redis } = await this.#started;
    const ground = new Ground(await maria.createDatabase(), redis.url);
    await ground.loseRedis();
    for (const tables of releases) await ground.migrate(tables);
    return ground;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#started === undefined) return;
    const { maria, redis } = await this.#started;
    await redis[Symbol.asyncDispose]();
    await maria[Symbol.asyncDispose]();
  }
}

async function started(): Promise<{ readonly maria: MariaDb; readonly redis: RedisServer }> {
  const redis = await startRedis();
  try {
    return { maria: await startMariaDb(), redis };
  } catch (error) {
    await redis[Symbol.asyncDispose]();
    throw error;
  }
}

/** Database and Redis of one play. */
export class Ground implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #redisUrl: string;

  constructor(database: TestDatabase, redisUrl: string) {
    this.#database = database;
    this.#redisUrl = redisUrl;
  }

  /** Runs a node that does not flush the journal to MySQL, as one that is killed before its next flush. */
  async node(
    { side, table }: Place,
    run: (handle: TableHandle<PlayedShape>, tables: Tables) => Promise<unknown>,
  ): Promise<void> {
    const store = await this.#open(side.tables, false);
    try {
      const tables = new Tables(() => store, new SystemClock({ keepAlive: true }));
      await run(tables.table(table), tables);
    } finally {
      await store.close({ graceMs: 0 });
    }
  }

  /** Lets a node with these tables flush the journal to MySQL, and ends it. */
  async flush(tables: readonly TableLayout[]): Promise<void> {
    const store = await this.#open(tables, true);
    try {
      for (const end = performance.now() + flushedMs; (await store.status()).journalLength > 0; ) {
        if (performance.now() > end) throw new Error("changes stay in the journal");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      await store.close({ graceMs: 0 });
    }
  }

  /** Empties Redis, as a crash without a file does. */
  async loseRedis(): Promise<void> {
    const redis = new Redis(this.#redisUrl);
    try {
      await redis.flushall();
    } finally {
      redis.disconnect();
    }
  }

  /** Brings the database to the tables of a release, as `photinus data migrate --additive` does. */
  async migrate(tables: readonly TableLayout[]): Promise<void> {
    const database = await openMysql("main", this.#database.url);
    try {
      await migrate([database], tables, { isPartial: true });
    } finally {
      await database.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#database.drop();
  }

  #open(tables: readonly TableLayout[], writer: boolean): Promise<CachedStore> {
    const urls = { mysqlUrl: this.#database.url, redisUrl: this.#redisUrl };
    return CachedStore.open({ ...urls, tables, writer, shards: 2, flushMs: 1, leaseMs: 200 });
  }
}
