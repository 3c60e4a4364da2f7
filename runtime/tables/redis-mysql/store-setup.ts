import { fail, isPhotinusError, messageOf } from "../../../schema/errors.ts";
import type { Database } from "../mysql/mysql-database.ts";
import { databaseError, errnoOf, noSuchTable, troubleOf } from "../mysql/mysql-error.ts";
import type { RedisClient } from "../redis/redis-client.ts";
import type { TableLayout } from "../table-layout.ts";
import { createPositions } from "./journal/shard-lease.ts";
import type { KeyNames } from "./key-names.ts";
import { refuseLeftBehind } from "./left-behind-check.ts";
import { serverLife } from "./lua/generated/lua-scripts.ts";
import { refuseRenamed } from "./renamed-tables-check.ts";
import { createSequences } from "./rows/sequences.ts";
import type { StoreCore } from "./store-core.ts";

/**
 * The tables of the store's own. They are looked for first, so that a user who may not create any can work with them.
 *
 * @param until by the clock's `now`
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

/** The number of shards is part of every key's name. */
export async function checkShards(redis: RedisClient, names: KeyNames): Promise<void> {
  // A Redis without memory takes no new key, and lets a node start that finds this one.
  const known = await redis.command("get", names.shardCount);
  if (known === null) await redis.command("set", names.shardCount, names.shards, "NX");
  const found = Number(String(known ?? (await redis.command("get", names.shardCount))));
  if (found === names.shards) return;
  throw fail(
    "FAILED_PRECONDITION",
    `the rows in Redis are in ${found} shards and the configuration says ${names.shards}; change it back, or use another prefix when the journal is empty`,
  );
}

/**
 * Throws FAILED_PRECONDITION when Redis does not tell its life: tables could not know then what a restart or a failover has made
 * it forget.
 */
export async function checkLife(redis: RedisClient, names: KeyNames): Promise<void> {
  try {
    await redis.run(serverLife, [names.shardCount], []);
  } catch (error) {
    if (!isPhotinusError(error) || error.code === "UNAVAILABLE") throw error;
    const reason = messageOf(error.cause ?? error);
    throw fail(
      "FAILED_PRECONDITION",
      `Redis does not run INFO in a script: ${reason}; tables ask by it whether the server has started anew or another has ` +
        "taken over: allow it, as by ACL SETUSER name +info",
      { cause: error },
    );
  }
}

/** Looks for rows and changes where an earlier schema or configuration left them. Throws FAILED_PRECONDITION for any. */
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
          "the table of a former name has rows too, which nobody reads: a node of the earlier schema may have written them",
        );
      }
    }
    await refuseLeftBehind(core, tables, until);
  } catch (error) {
    throw databaseError(error);
  }
}
