import type { DeadLetter } from "../../dead-letters.ts";
import { buryChange, settleRows, uncoverRows } from "../../lua/generated/lua-scripts.ts";
import type { RedisReply } from "../../redis/redis-calls.ts";
import { isAscii, type Text } from "../column-text.ts";
import type { RowCache } from "../rows/row-cache.ts";
import type { StoreCore } from "../store-core.ts";
import { applyChanges, type Refusal } from "./apply-changes.ts";
import { closeDeadLetters, type Mended } from "./journal-dead-letters.ts";
import { compareIds, type Entry, entriesOf } from "./journal-entry.ts";
import type { Lease } from "./lease-state.ts";
import { figuresOf, isWhole } from "./lost-entries.ts";
import { changesOf, type RowChange, readRows } from "./row-changes.ts";

/** Thrown when another process has become the owner of the shard, or Redis lost entries. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** Batch sizes between which the entry count stays: a larger batch halves the count, a smaller batch doubles it. */
const largeBytes = 4 << 20;
const smallBytes = 1 << 20;

/** Maximum keys of one script call. */
const settleCount = 500;

/** Result of {@link flushShard}. */
export interface Flushed {
  /** Number of entries that left the journal. */
  readonly count: number;
  /** Whether the journal may have more entries. */
  readonly isFull: boolean;
  /** Table or field unknown to this process, at which the flush stopped. */
  readonly unknown: string | undefined;
  /** Changes that MySQL refused; already in the dead letters. */
  readonly refusals: readonly Refusal[];
  /** Dead letters that were closed, because MySQL has their rows now. */
  readonly closed: readonly DeadLetter[];
}

/**
 * Flushes the next part of a shard's journal to MySQL, in one transaction with the position. Rejects with the driver's
 * errors, {@link LeaseLost}, and Redis errors; no change is lost by any of them.
 */
export async function flushShard(core: StoreCore, cache: RowCache, lease: Lease): Promise<Flushed> {
  const { redis, names, tables, options } = core;
  const journal = names.journal(lease.shard);
  const asked = lease.count;
  const [figures, reply] = await Promise.all([
    figuresOf(core, lease),
    redis.command("xrange", journal, "-", "+", "COUNT", asked),
  ]);
  // Redis may have restarted without its latest entries since the last flush.
  if (figures === undefined || !isWhole(lease, figures))
    throw new LeaseLost(`shard ${lease.shard} has another owner, or Redis has lost changes`);
  const found = entriesOf(reply);
  const bytes = found.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes > largeBytes) lease.count = Math.max(1, asked >> 1);
  else if (found.length === asked && bytes < smallBytes)
    lease.count = Math.min(options.flushCount, asked * 2);
  const stop = found.findIndex((entry) => tables.unknownOf(entry) !== undefined);
  const entries = stop < 0 ? found : found.slice(0, stop);
  const first = entries.findIndex(({ id }) => compareIds(id, lease.position) > 0);
  // Entries that a former owner flushed to MySQL but did not trim.
  const known = first < 0 ? entries : entries.slice(0, first);
  const fresh = entries.slice(known.length);
  const closed: DeadLetter[] = [];
  if (known.length > 0)
    closed.push(...(await clear(core, lease, changesOf(core, known), [], known.at(-1)!.id, "0")));
  let refusals: readonly Refusal[] = [];
  if (fresh.length > 0) {
    const last = fresh.at(-1)!.id;
    const changes = changesOf(core, fresh);
    for (const table of new Set(changes.map((change) => change.table))) await tables.ready(table);
    refusals = await write(core, cache, lease, changes, fresh, last);
    closed.push(...(await clear(core, lease, changes, refusals, last, "1")));
  }
  return {
    count: entries.length,
    isFull: found.length === asked && stop < 0,
    unknown: stop < 0 ? undefined : tables.unknownOf(found[stop]!),
    refusals,
    closed,
  };
}

async function write(
  core: StoreCore,
  cache: RowCache,
  lease: Lease,
  changes: readonly RowChange[],
  fresh: readonly Entry[],
  last: string,
): Promise<readonly Refusal[]> {
  const { database, options } = core;
  const entries = lease.entries + fresh.length;
  const due = changes.filter(({ place, entries: own }) => {
    const written = lease.written.get(place.name);
    return written === undefined || compareIds(own.at(-1)!.id, written) > 0;
  });
  const refusals = await database.transaction(async (statements) => {
    // A second owner waits for this row lock, and then finds another position or fence.
    const moved = await statements.run(
      "UPDATE `photinus_position` SET `stream_id` = ?, `entries` = ? WHERE `store` = ? AND `shard` = ? AND `fence` = ? AND `stream_id` = ?",
      [last, entries, options.prefix, lease.shard, lease.fence, lease.position],
    );
    if (moved !== 1) throw new LeaseLost(`shard ${lease.shard} has another owner`);
    await readRows(cache, statements, due);
    const refused = await applyChanges(statements, due);
    for (const refusal of refused) await buryRefusal(core, lease, refusal);
    return refused;
  });
  lease.position = last;
  lease.entries = entries;
  remember(lease, due, refusals);
  return refusals;
}

/**
 * Records which rows MySQL has beyond the position. The record has at most as many rows as the journal has entries after it.
 */
function remember(
  { written, position }: Lease,
  changes: readonly RowChange[],
  refusals: readonly Refusal[],
): void {
  for (const [name, id] of written) if (compareIds(id, position) <= 0) written.delete(name);
  for (const { place, lastChange } of changes) {
    if (lastChange !== "" && compareIds(lastChange, position) > 0) written.set(place.name, lastChange);
  }
  for (const { change } of refusals) written.delete(change.place.name);
}

/**
 * Writes refused changes to the dead letters before the commit, so that a crash may duplicate a dead letter but never lose
 * it.
 */
async function buryRefusal(
  { redis, names, options }: StoreCore,
  lease: Lease,
  refusal: Refusal,
): Promise<void> {
  const { change, reason } = refusal;
  const { table, place, row, entries } = change;
  const fields = [
    "t",
    table.name,
    "k",
    place.key,
    "r",
    reason.slice(0, 500),
    "at",
    String(options.clock.wall()),
  ];
  // These overlays keep the row visible by index values that MySQL does not have, until the dead letter is settled.
  const overlays = new Map<string, Buffer>();
  for (const entry of entries) {
    for (const name of entry.overlays) overlays.set(name.toString("latin1"), name);
  }
  const texts = [...overlays.values()].flatMap((name) => [Buffer.from(`${name.length}:`), name]);
  const state = row === undefined ? ["o", "d"] : ["o", "s", "v", String(row.version)];
  await redis.run(
    buryChange,
    [names.deadLetters(lease.shard), place.row],
    [entries.at(-1)!.id, ...fields, ...state, "i", Buffer.concat(texts)],
  );
}

/** Marks the changes as written in Redis, then trims the journal. Resolves with the dead letters that it closed. */
async function clear(
  core: StoreCore,
  lease: Lease,
  changes: readonly RowChange[],
  refusals: readonly Refusal[],
  last: string,
  written: "0" | "1",
): Promise<readonly DeadLetter[]> {
  const { redis, names, options } = core;
  const refused = new Set(refusals.map(({ change }) => change));
  const told = changes.filter((change) => !refused.has(change));
  const done: RowChange[] = [];
  const mended: Mended[] = [];
  for (let at = 0; at < told.length; at += settleCount) {
    const part = told.slice(at, at + settleCount);
    const answers = await redis.runOver(
      settleRows,
      part,
      ({ place }) => place.row,
      (some) => [
        written,
        String(options.missMs),
        ...some.flatMap(({ table, entries }) => [entries.at(-1)!.id, String(table.ttlMs)]),
      ],
    );
    // A change that a former owner buried as refused keeps its overlays too.
    const isIn = (answers as RedisReply[][]).flat();
    for (const [at, change] of part.entries()) {
      if (isIn[at] !== 0) done.push(change);
      if (isIn[at] === 2) mended.push({ place: change.place, change: change.entries.at(-1)!.id });
    }
  }
  const base = names.overlays(lease.shard);
  const covered = new Map<string, [Text, string, string]>();
  for (const { place, entries } of done) {
    for (const { id, overlays } of entries) {
      for (const name of overlays) {
        const text = name.toString("latin1");
        // As a text where possible: a command with bytes costs the driver several times as much.
        const key = isAscii(text) ? base + text : Buffer.concat([Buffer.from(base), name]);
        covered.set(`${text} ${place.key}`, [key, place.key, id]);
      }
    }
  }
  const list = [...covered.values()];
  for (let at = 0; at < list.length; at += settleCount) {
    await redis.runOver(
      uncoverRows,
      list.slice(at, at + settleCount),
      ([overlay]) => overlay,
      (some) => some.flatMap(([, key, id]) => [key, id]),
    );
  }
  const closed = mended.length === 0 ? [] : await closeDeadLetters(core, lease.shard, mended);
  const [time, count] = last.split("-");
  await redis.command("xtrim", names.journal(lease.shard), "MINID", `${time}-${Number(count) + 1}`);
  return closed;
}
