import { fail, isPhotinusError, messageOf } from "../../../schema/errors.ts";
import { serverLife } from "../lua/generated/lua-scripts.ts";
import type { Database } from "../mysql/mysql-database.ts";
import { databaseError, errnoOf, noSuchTable, troubleOf } from "../mysql/mysql-error.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import type { TableLayout } from "../table-layout.ts";
import { createPositions } from "./journal/shard-lease.ts";
import type { KeyNames } from "./key-names.ts";
import { refuseLeftBehind } from "./left-behind-check.ts";
import { refuseRenamed } from "./renamed-tables-check.ts";
import { createSequences } from "./rows/sequences.ts";
import type { StoreCore } from "./store-core.ts";

/**
 * Creates the store's own tables in MySQL. Checks for them first, so that a user without the CREATE right can work with
 * existing ones. Throws FAILED_PRECONDITION with the missing statement when the user may not create them.
 *
 * @param until deadline, by the clock's `now`
 */
export async function createOwnTables(database: Database, until: number): Promise<void> {
  const own = { photinus_position: createPositions, photinus_sequence: createSequences };
  for (const [name, statement] of Object.entries(own)) {
    try {
      await database.rows(`SELECT 1 FROM \`${name}\` LIMIT 0`, [], until);
      continue;
    } catch (error) {
      if (errnoOf(error) !== noSuchTable) throw databaseError(error);
    }
    try {
      await database.run(statement, [], until);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble !== "broken" && trouble !== "denied") throw databaseError(error);
      const reason = messageOf(error);
      throw fail("FAILED_PRECONDITION", `MySQL has no table ${name}: ${reason}; create it: ${statement}`, {
        cause: error,
      });
    }
  }
}

/**
 * Checks the number of shards, which is part of every key's name, against the number in Redis. Throws FAILED_PRECONDITION
 * when they differ.
 */
export async function checkShards(redis: RedisClient, names: KeyNames): Promise<void> {
  // The GET comes first: a Redis without memory refuses a new key, but a node can start when the key exists.
  const known = await redis.command("get", names.shardCount);
  if (known === null) await redis.command("set", names.shardCount, names.shards, "NX");
  const found = Number(String(known ?? (await redis.command("get", names.shardCount))));
  if (found === names.shards) return;
  throw fail(
    "FAILED_PRECONDITION",
    `Redis holds rows in ${found} shards, but the configuration says ${names.shards}; change the number back, or use another prefix once the journal is empty`,
  );
}

/**
 * Checks that scripts can read the life of the Redis server. Throws FAILED_PRECONDITION otherwise: without it, a store could
 * not detect a restart or a failover that lost changes.
 */
export async function checkLife(redis: RedisClient, names: KeyNames): Promise<void> {
  try {
    await redis.run(serverLife, [names.shardCount], []);
  } catch (error) {
    if (!isPhotinusError(error) || error.code === "UNAVAILABLE") throw error;
    const reason = messageOf(error.cause ?? error);
    throw fail(
      "FAILED_PRECONDITION",
      `Redis does not run INFO in a script: ${reason}; tables need INFO to detect a restart or a failover; ` +
        "allow it, for example with ACL SETUSER name +info",
      { cause: error },
    );
  }
}

/**
 * Searches for rows and changes under the names of earlier schemas and configurations. Throws FAILED_PRECONDITION when it
 * finds any.
 */
export async function refuseFormer(
  core: StoreCore,
  tables: readonly TableLayout[],
  until: number,
): Promise<void> {
  try {
    for (const table of tables) {
      for (const former of await refuseRenamed(core.database, table, until)) {
        core.options.log.warn(
          { table: table.name, former },
          "the table of a former name has rows too, which no node reads; a node of the earlier schema may have written them",
        );
      }
    }
    await refuseLeftBehind(core, tables, until);
  } catch (error) {
    throw databaseError(error);
  }
}
