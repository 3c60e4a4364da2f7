import { pause } from "../../../clock/pause.ts";
import { forgetRow, leaseOwner } from "../../lua/generated/lua-scripts.ts";
import type { PersonalTraces } from "../../personal/personal-traces.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import { keyText } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import { type JournalDeadLetters, mostLetters } from "./journal-dead-letters.ts";
import { compareIds } from "./journal-entry.ts";
import { sweepShard } from "./sweep-shard.ts";

/** Time between two looks at a journal, milliseconds. */
const lookMs = 50;

/** Traces of a person in Redis and in the dead letters. */
export class JournalTraces implements PersonalTraces {
  readonly #core: StoreCore;
  readonly #letters: JournalDeadLetters;
  readonly #owner: () => string | undefined;

  /** @param owner name under which this process owns shards; undefined for a process that flushes nothing */
  constructor(core: StoreCore, letters: JournalDeadLetters, owner: () => string | undefined) {
    this.#core = core;
    this.#letters = letters;
    this.#owner = owner;
  }

  async isShared(): Promise<boolean> {
    const { redis, names } = this.#core;
    const shards = Array.from({ length: names.shards }, (_, shard) => shard);
    const owners = await Promise.all(shards.map((shard) => redis.run(leaseOwner, [names.lease(shard)], [])));
    return owners.some((owner) => owner !== null && String(owner) !== this.#owner());
  }

  async flushed(ms: number): Promise<number> {
    const { names, options } = this.#core;
    const end = options.clock.now() + ms;
    const shards = Array.from({ length: names.shards }, (_, shard) => shard);
    const left = await Promise.all(shards.map((shard) => this.#flushed(shard, end)));
    return left.reduce((sum, count) => sum + count, 0);
  }

  async clean(table: TableLayout, keys: readonly (readonly ColumnValue[])[]): Promise<void> {
    const { redis, names } = this.#core;
    // A write-through row has left the cache with the write, and its hash may hold marks of other writes.
    if (table.durability === "write-behind") {
      await Promise.all(keys.map((key) => redis.run(forgetRow, [names.place(table, key).row], [0, 0])));
    }
    for (let shard = 0; shard < names.shards; shard++) await sweepShard(this.#core, shard);
  }

  async lettersOf(table: TableLayout, userId: bigint): Promise<readonly string[]> {
    const { owner = -1, key, indexes } = table;
    const index = indexes.find(({ columns }) => columns.length === 1 && columns[0] === owner);
    const named = index && Buffer.from(this.#core.names.indexValue(table, index.name, [userId]));
    const ownerAt = key.indexOf(owner);
    const mine: string[] = [];
    for (const letter of await this.#letters.ofTable(table, mostLetters)) {
      const isNamed =
        letter.key[ownerAt] === userId ||
        (named !== undefined && letter.overlays.some((name) => named.equals(name))) ||
        (await this.#isOwnedInMySql(table, letter.key, userId));
      if (isNamed) mine.push(letter.id);
    }
    return mine;
  }

  /** The row of a refused change is in the cache or, when its removal was refused, in MySQL alone. */
  async #isOwnedInMySql(table: TableLayout, key: readonly ColumnValue[], userId: bigint): Promise<boolean> {
    const row = (await this.#core.tables.rows(table, [key])).get(keyText(key));
    return row?.values[table.owner ?? -1] === userId;
  }

  /** Waits until the entries of now have left a journal. Resolves with the number of entries that are left. */
  async #flushed(shard: number, end: number): Promise<number> {
    const { redis, names, options } = this.#core;
    const journal = names.journal(shard);
    const last = idOf(await redis.command("xrevrange", journal, "+", "-", "COUNT", 1));
    for (; last !== undefined; await pause(options.clock, lookMs)) {
      const first = idOf(await redis.command("xrange", journal, "-", "+", "COUNT", 1));
      if (first === undefined || compareIds(first, last) > 0) return 0;
      if (options.clock.now() >= end)
        return ((await redis.command("xrange", journal, "-", last)) as unknown[]).length;
    }
    return 0;
  }
}

/** Id of the first entry of a reply; undefined for an empty one. */
function idOf(reply: unknown): string | undefined {
  const [entry] = reply as [Buffer, Buffer[]][];
  return entry === undefined ? undefined : entry[0].toString("latin1");
}
