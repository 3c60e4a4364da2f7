import { shownKey } from "../../columns/shown-key.ts";
import type { DeadLetter, DeadLetters } from "../../dead-letters.ts";
import { closeDeadLetter, dropRow, journalAgain, unmarkRow } from "../../lua/generated/lua-scripts.ts";
import type { LuaScript } from "../../redis/redis-calls.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import { keyOfText } from "../column-text.ts";
import type { RowPlace } from "../key-names.ts";
import type { StoreCore } from "../store-core.ts";
import { compareIds, namesOf } from "./journal-entry.ts";

/** Dead letters per page. */
const pageCount = 500;

/** Most dead letters that are searched for those of a person. */
export const mostLetters = 100_000;

/** Dead letter with the parts by which its row is found. */
interface LetterOfTable {
  readonly id: string;
  /** Key of the row. */
  readonly key: readonly ColumnValue[];
  /** Names of the index values that the change touched. */
  readonly overlays: readonly Buffer[];
}

interface Letter extends DeadLetter {
  /** Key of the row, as in key names. */
  readonly keyText: string;
  /** Journal id of the refused change. */
  readonly change: string;
  /** Names of the overlays that the change touched, encoded as in a journal entry. */
  readonly overlays: Buffer;
}

/** Counts the dead letters of all shards. */
export async function countDeadLetters({
  redis,
  names,
}: Pick<StoreCore, "redis" | "names">): Promise<number> {
  const shards = Array.from({ length: names.shards }, (_, shard) => shard);
  const lengths = await Promise.all(shards.map((shard) => redis.command("xlen", names.deadLetters(shard))));
  return lengths.reduce<number>((sum, length) => sum + Number(length), 0);
}

/**
 * Dead letters: changes that MySQL refused, in one stream per shard. A letter's id is the shard number, "/", and the stream
 * id.
 */
export class JournalDeadLetters implements DeadLetters {
  readonly #core: StoreCore;

  constructor(core: StoreCore) {
    this.#core = core;
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const replies = await Promise.all(this.#shards().map((shard) => this.#read(shard, limit)));
    const letters = replies.flat().sort((a, b) => a.at - b.at);
    return letters
      .slice(0, limit)
      .map(({ keyText: _key, change: _change, overlays: _overlays, ...letter }) => letter);
  }

  /** Reads the dead letters of one table, the oldest of each shard first; at most `limit` of each shard. */
  async ofTable(table: TableLayout, limit: number): Promise<readonly LetterOfTable[]> {
    const letters = (await Promise.all(this.#shards().map((shard) => this.#read(shard, limit)))).flat();
    return letters
      .filter(({ table: name }) => name === table.name)
      .map(({ id, keyText: text, overlays }) => ({
        ...{ id, key: keyOfText(table, text) },
        overlays: namesOf(overlays),
      }));
  }

  async retry(id: string): Promise<boolean> {
    return this.#settle(id, journalAgain);
  }

  async drop(id: string): Promise<boolean> {
    return this.#settle(id, dropRow);
  }

  /** Reads the oldest letters of a shard. */
  async #read(shard: number, limit: number): Promise<Letter[]> {
    const { redis, names } = this.#core;
    const reply = await redis.command("xrange", names.deadLetters(shard), "-", "+", "COUNT", limit);
    return (reply as [Buffer, Buffer[]][]).map(([id, fields]) =>
      letterOf(this.#core, shard, String(id), fields),
    );
  }

  async #settle(id: string, how: LuaScript): Promise<boolean> {
    const letter = await this.#find(id);
    if (letter === undefined) return false;
    const { redis, names } = this.#core;
    const { shard, row, name } = names.placeOfText(letter.table, letter.keyText);
    await redis.run(how, [row, names.journal(shard)], [name, letter.change, letter.overlays]);
    return this.#delete(id);
  }

  async #find(id: string): Promise<Letter | undefined> {
    const place = this.#placeOf(id);
    if (place === undefined) return undefined;
    const { redis } = this.#core;
    const [found] = (await redis.command("xrange", place.stream, place.id, place.id)) as [Buffer, Buffer[]][];
    return found && letterOf(this.#core, place.shard, place.id, found[1]);
  }

  async #delete(id: string): Promise<boolean> {
    const place = this.#placeOf(id);
    return place !== undefined && (await this.#core.redis.command("xdel", place.stream, place.id)) === 1;
  }

  #placeOf(id: string): { shard: number; stream: string; id: string } | undefined {
    const [, shard = "", own = ""] = /^(\d{1,4})\/(\d{1,16}-\d{1,16})$/.exec(id) ?? [];
    if (own === "" || Number(shard) >= this.#core.names.shards) return undefined;
    return { shard: Number(shard), stream: this.#core.names.deadLetters(Number(shard)), id: own };
  }

  #shards(): number[] {
    return Array.from({ length: this.#core.names.shards }, (_, shard) => shard);
  }
}

function letterOf({ tables }: StoreCore, shard: number, id: string, fields: readonly Buffer[]): Letter {
  const map = new Map<string, string>();
  let overlays: Buffer = Buffer.alloc(0);
  for (let at = 0; at < fields.length; at += 2) {
    const field = fields[at]!.toString();
    if (field === "i") overlays = fields[at + 1]!;
    else map.set(field, fields[at + 1]!.toString());
  }
  const name = map.get("t") ?? "";
  const text = map.get("k") ?? "";
  const table = tables.get(name);
  return {
    id: `${shard}/${id}`,
    table: name,
    key: table === undefined ? "(unknown table)" : shownKey(table, keyOfText(table, text)),
    keyText: text,
    change: map.get("d") ?? "",
    overlays,
    reason: withoutQuotes(map.get("r") ?? ""),
    at: Number(map.get("at") ?? 0),
  };
}

/** Row with a refused change that MySQL has now; `change` is the last written change. */
export interface Mended {
  readonly place: RowPlace;
  /** Journal id of the last written change. */
  readonly change: string;
}

/**
 * Closes the dead letters of rows that were written since, and removes the refusal marks. Resolves with the closed letters.
 */
export async function closeDeadLetters(
  core: StoreCore,
  shard: number,
  rows: readonly Mended[],
): Promise<readonly DeadLetter[]> {
  const { redis, names } = core;
  const stream = names.deadLetters(shard);
  const byName = new Map(rows.map((row) => [row.place.name, row]));
  const closed: DeadLetter[] = [];
  for (let from = "-"; ; ) {
    const reply = await redis.command("xrange", stream, from, "+", "COUNT", pageCount);
    const page = reply as [Buffer, Buffer[]][];
    for (const [id, fields] of page) {
      const letter = letterOf(core, shard, String(id), fields);
      const name = `${letter.table}:${letter.keyText}`;
      const row = byName.get(name);
      if (row === undefined || compareIds(letter.change, row.change) > 0) continue;
      const keys = [row.place.row, names.journal(shard), stream];
      const args = [name, letter.change, letter.overlays, String(id)];
      if ((await redis.run(closeDeadLetter, keys, args)) === 1) closed.push(letter);
    }
    if (page.length < pageCount) break;
    from = `(${String(page.at(-1)![0])}`;
  }
  for (const { place, change } of rows) await redis.run(unmarkRow, [place.row], [change]);
  return closed;
}

/** Cuts the value that messages of MySQL quote, as in letters of earlier versions. */
function withoutQuotes(reason: string): string {
  return reason.replace(/(Duplicate entry|\bvalue:?) '.*'/s, "$1 ...");
}
