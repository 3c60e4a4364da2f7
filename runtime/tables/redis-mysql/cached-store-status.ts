import type { TableLayout } from "../table-layout.ts";
import type { StoreStatus } from "../table-store.ts";
import { countDeadLetters } from "./journal/journal-dead-letters.ts";
import { entriesOf } from "./journal/journal-entry.ts";
import { durabilityOf } from "./redis-durability.ts";
import type { StoreCore } from "./store-core.ts";

/** Journal entries per page. */
const pageCount = 500;

/** Parts of a store that {@link statusOf} reads. */
export interface Looking extends Pick<StoreCore, "redis" | "names"> {
  readonly options: Pick<StoreCore["options"], "clock">;
  readonly tables: { readonly all: readonly TableLayout[] };
}

/** Scans all of Redis for the status of a store. Slow: for people, not for hot paths. */
export async function statusOf(core: Looking): Promise<StoreStatus> {
  const { redis, tables, names, options } = core;
  const dirty = new Map<string, Set<string>>();
  let journalLength = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for (let shard = 0; shard < names.shards; shard++) {
    let from = "-";
    for (;;) {
      const reply = await redis.command("xrange", names.journal(shard), from, "+", "COUNT", pageCount);
      const entries = entriesOf(reply);
      for (const { id, table, key } of entries) {
        oldest = Math.min(oldest, Number(id.split("-")[0]));
        const keys = dirty.get(table) ?? new Set();
        dirty.set(table, keys.add(key));
      }
      journalLength += entries.length;
      if (entries.length < pageCount) break;
      from = `(${entries.at(-1)!.id}`;
    }
  }
  const rows = await Promise.all(
    tables.all.map(async ({ name, database }) => {
      let cachedRows = 0;
      for await (const keys of redis.keys(names.rowPattern(name))) cachedRows += keys.length;
      return { name, database, cachedRows, dirtyRows: dirty.get(name)?.size ?? 0 };
    }),
  );
  const { text, settings } = await durabilityOf(redis);
  return {
    kind: "cached",
    durability: text,
    cache: settings,
    tables: rows,
    journalLength,
    journalLagMs: journalLength === 0 ? 0 : Math.max(0, options.clock.wall() - oldest),
    deadLetters: await countDeadLetters(core),
  };
}
