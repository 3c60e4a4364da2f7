import type { Core } from "../core.ts";
import { forget } from "../lua/journal.ts";
import { compareIds, entriesOf } from "./entry.ts";
import type { Lease } from "./lease.ts";

/** Entries that are read at a time. */
const pageCount = 256;

interface StreamFigures {
  readonly last: string;
  /** How many entries it ever had. */
  readonly added: number;
}

/**
 * Redis can come back without its latest changes, when it does not write its file at once, while MySQL has them already.
 * It shows in the number of entries that the journal ever had. Then rows that wait for nothing leave the cache, so that
 * they are read from MySQL, and the journal's ids go on after the position.
 */
export async function forgetLost(core: Core, lease: Lease): Promise<void> {
  const { redis, names, options } = core;
  const { shard, position } = lease;
  const journal = names.journal(shard);
  const figures = await figuresOf(core, journal);
  const waiting = figures === undefined ? 0 : await countAfter(core, journal, position);
  const added = figures?.added ?? 0;
  if (added === lease.entries + waiting) return;
  if (lease.entries > 0 || position !== "0-0") {
    options.log.error(
      { shard, missing: lease.entries + waiting - added },
      "Redis has lost changes that MySQL has; its rows are read anew",
    );
  }
  if (figures === undefined) {
    // An entry makes the stream; nobody reads it.
    const id = (await redis.command("xadd", journal, "*", "", "s0")) as Buffer;
    await redis.command("xdel", journal, id);
  }
  const last = figures !== undefined && compareIds(figures.last, position) > 0 ? figures.last : position;
  if (compareIds(last, "0-0") > 0) await redis.command("xsetid", journal, last);
  const [time = "0", count = "0"] = position.split("-");
  for await (const keys of redis.keys(names.shardPattern(shard))) {
    await Promise.all(keys.map((key) => redis.run(forget, [key], [time, count])));
  }
  // From here on the count is that of the stream as it is.
  lease.entries =
    ((await figuresOf(core, journal))?.added ?? 0) - (await countAfter(core, journal, position));
}

async function figuresOf({ redis }: Core, journal: string): Promise<StreamFigures | undefined> {
  if ((await redis.command("exists", journal)) === 0) return undefined;
  const fields = (await redis.command("xinfo", "STREAM", journal)) as readonly (Buffer | number)[];
  const figure = (name: string) => fields[fields.findIndex((field) => String(field) === name) + 1];
  return { last: String(figure("last-generated-id")), added: Number(figure("entries-added")) };
}

/** Entries after a position. Those up to it are few: what the last batch has not cleared yet. */
async function countAfter({ redis }: Core, journal: string, position: string): Promise<number> {
  let before = 0;
  let from = "-";
  for (;;) {
    const entries = entriesOf(await redis.command("xrange", journal, from, position, "COUNT", pageCount));
    before += entries.length;
    if (entries.length < pageCount) break;
    from = `(${entries.at(-1)!.id}`;
  }
  return Number(await redis.command("xlen", journal)) - before;
}
