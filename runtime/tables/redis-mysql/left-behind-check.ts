import { fail } from "../../../schema/errors.ts";
import { formerNamesOf } from "../migrate/renamed-tables.ts";
import type { TableLayout } from "../table-layout.ts";
import { compareIds, type Entry, entriesOf } from "./journal/journal-entry.ts";
import { KeyNames } from "./key-names.ts";
import type { StoreCore } from "./store-core.ts";

/** Maximum entries of a journal that are checked; a shard with a live owner has far fewer. */
const lookCount = 10_000;
const pageCount = 1_000;

/**
 * Throws FAILED_PRECONDITION when Redis has changes that no process would flush: in the journal under a table's former name,
 * or under another prefix that was used with this database.
 */
export async function refuseLeftBehind(
  core: StoreCore,
  tables: readonly TableLayout[],
  until: number,
): Promise<void> {
  const { redis, names, options } = core;
  const former = new Map(tables.flatMap((table) => formerNamesOf(table).map((name) => [name, table.name])));
  if (former.size > 0) {
    for (let shard = 0; shard < names.shards; shard++) {
      const entry = await findEntry(core, names.journal(shard), (one) => former.has(one.table));
      const old = entry?.table ?? (await deadLetterTables(core, shard)).find((one) => former.has(one));
      if (old === undefined) continue;
      const what = entry === undefined ? "there are dead letters" : "the journal has changes";
      throw fail(
        "FAILED_PRECONDITION",
        `${what} of ${old}, the former name of ${former.get(old)}: rename the table in MySQL back to ${old}, run a ` +
          "node of that schema until photinus data status shows an empty journal and no dead letters, stop it, and then " +
          "rename the table",
      );
    }
  }
  const mine = new Set([...former.keys(), ...tables.map(({ name }) => name)]);
  for (const { store, shard, position } of await otherPositions(core, until)) {
    const theirs = new KeyNames(store, shard + 1);
    const isWaiting = (one: Entry) => mine.has(one.table) && compareIds(one.id, position) > 0;
    const entry = await findEntry(core, theirs.journal(shard), isWaiting);
    const letters = Number(await redis.command("xlen", theirs.deadLetters(shard)));
    if (entry === undefined && letters === 0) continue;
    const what = entry === undefined ? "dead letters" : `changes of ${entry.table} that MySQL does not have`;
    throw fail(
      "FAILED_PRECONDITION",
      `Redis has ${what} under the prefix "${store}", which was used with this database; the prefix now is "${options.prefix}": ` +
        "use the former prefix until photinus data status shows an empty journal and no dead letters, with no change made " +
        "meanwhile under the new one",
    );
  }
}

/** Flush positions of other prefixes in this database. */
async function otherPositions({ database, options }: StoreCore, until: number) {
  const rows = await database.rows(
    "SELECT `store`, `shard`, `stream_id` FROM `photinus_position` WHERE `store` <> ?",
    [options.prefix],
    until,
  );
  return rows.map(([store, shard, position]) => ({
    store: String(store),
    shard: Number(shard),
    position: String(position),
  }));
}

/** Tables of a shard's dead letters. */
async function deadLetterTables({ redis, names }: StoreCore, shard: number): Promise<string[]> {
  const letters = await redis.command("xrange", names.deadLetters(shard), "-", "+", "COUNT", lookCount);
  // Fields: "d", the last change, "t", the table.
  return (letters as [Buffer, Buffer[]][]).map(([, fields]) => String(fields[3]));
}

async function findEntry(
  { redis }: StoreCore,
  journal: string,
  isIt: (entry: Entry) => boolean,
): Promise<Entry | undefined> {
  let from = "-";
  for (let looked = 0; looked < lookCount; looked += pageCount) {
    const entries = entriesOf(await redis.command("xrange", journal, from, "+", "COUNT", pageCount));
    const found = entries.find(isIt);
    if (found !== undefined || entries.length < pageCount) return found;
    from = `(${entries.at(-1)!.id}`;
  }
  return undefined;
}
