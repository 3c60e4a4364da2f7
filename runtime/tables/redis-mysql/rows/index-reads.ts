import { compareKeys } from "../../columns/key-order.ts";
import { readOverlays } from "../../lua/generated/lua-scripts.ts";
import { databaseError, MySqlSilent } from "../../mysql/mysql-error.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import { keyOfText, keyText, type Text } from "../column-text.ts";
import { compareIds } from "../journal/journal-entry.ts";
import type { StoreCore } from "../store-core.ts";
import { UniqueLooks } from "../unique/unique-looks.ts";

/** Index name of the overlay that covers all rows of a table. */
export const allRows = "*";

/**
 * Changes of an index value that MySQL does not have yet: keys of rows that got the value, and keys of rows that lost it.
 */
export interface Overlay {
  /** Keys of rows that got the value. */
  readonly added: ReadonlySet<string>;
  /** Keys of rows that lost the value, each with the journal id of the change. */
  readonly removed: ReadonlyMap<string, string>;
}

/** Reads rows of write-behind tables by index: the result of MySQL, corrected by the overlay in Redis. */
export class IndexReads {
  readonly #core: StoreCore;
  readonly #looks: UniqueLooks;
  readonly #commonCovered: readonly Text[];

  constructor(core: StoreCore) {
    this.#core = core;
    this.#looks = new UniqueLooks(core.tables);
    this.#commonCovered = [String(core.names.shards), core.names.prefix];
  }

  /** Reads the keys of the rows with these index values, in key order. */
  async keysBy(table: TableLayout, index: number, values: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    // The overlay is read first: a change that leaves the overlay later is in MySQL by then.
    const overlay = await this.overlay(table, table.indexes[index]!.name, values);
    return merged(table, overlay, await this.#core.tables.keysBy(table, index, values));
  }

  /**
   * Finds the rows that have a unique value now, and whether MySQL may still have the value in a row other than `own`. The
   * second answer is also true for a row that gave the value up so recently that a flush may still be writing it.
   *
   * @param own key text of the caller's row
   * @param until deadline, by the clock's `now`
   */
  async holders(
    table: TableLayout,
    index: number,
    values: readonly ColumnValue[],
    own: string,
    until: number,
  ): Promise<{ now: ColumnValue[][]; isLeft: boolean }> {
    const overlay = await this.overlay(table, table.indexes[index]!.name, values);
    const removed = [...overlay.removed].filter(([key]) => key !== own);
    const isWritten = removed.length === 0 || (await this.#areWritten(table, removed, until));
    const inMySql = await this.#by(until, this.#looks.keysOf(table, index, values));
    const isLeft = !isWritten || inMySql.some((key) => keyText(key) !== own);
    return { now: merged(table, overlay, inMySql), isLeft };
  }

  /** Ends the wait of one caller at its own deadline. The query goes on for the other callers that share it. */
  #by<T>(until: number, shared: Promise<T>): Promise<T> {
    const { clock } = this.#core.options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(Math.max(0, until - clock.now()), () => {
        reject(databaseError(new MySqlSilent(0)));
      });
      shared.finally(() => timer.cancel()).then(resolve, reject);
    });
  }

  /** Checks whether MySQL has the journal up to these changes. */
  async #areWritten(
    table: TableLayout,
    changes: readonly (readonly [string, string])[],
    until: number,
  ): Promise<boolean> {
    const { tables, names, options } = this.#core;
    const sql = "SELECT `shard`, `stream_id` FROM `photinus_position` WHERE `store` = ?";
    const rows = await tables.select(table, sql, [options.prefix], until);
    const positions = new Map(rows.map(([shard, id]) => [Number(shard), String(id)]));
    return changes.every(([key, id]) => {
      const position = positions.get(names.placeOfText(table.name, key).shard);
      return position !== undefined && compareIds(id, position) <= 0;
    });
  }

  /** Reads the changes of an index value that MySQL does not have yet; with {@link allRows}, of the whole table. */
  async overlay(table: TableLayout, index: string, values: readonly ColumnValue[]): Promise<Overlay> {
    const { redis, names } = this.#core;
    // One script call reads all shards, unless the overlays are large, as the overlay of all rows may be.
    const together =
      index !== allRows && redis.isOneServer ? await this.#covered(table, index, values) : null;
    const replies =
      together === null
        ? await redis.hashes(
            Array.from({ length: names.shards }, (_, shard) => names.overlay(shard, table, index, values)),
            (hash) => hash,
          )
        : [together];
    const added = new Set<string>();
    const removed = new Map<string, string>();
    for (const reply of replies) {
      for (let at = 0; at < reply.length; at += 2) {
        const key = reply[at]!.toString("utf8");
        const sign = reply[at + 1]!;
        if (sign[0] === plus) added.add(key);
        else removed.set(key, sign.toString("latin1", 1));
      }
    }
    return { added, removed };
  }

  /** Reads the overlays of all shards in one call: key, sign, key, sign ...; null when they are too large for one call. */
  async #covered(
    table: TableLayout,
    index: string,
    values: readonly ColumnValue[],
  ): Promise<readonly Buffer[] | null> {
    const { redis, names } = this.#core;
    const value = names.indexValue(table, index, values);
    const reply = await redis.batch(readOverlays, this.#commonCovered, [names.overlays(0)], [value], true);
    return reply as readonly Buffer[] | null;
  }
}

const plus = 0x2b;

/** Combines the keys in MySQL with the overlay, in key order. */
function merged(table: TableLayout, { added, removed }: Overlay, inMySql: ColumnValue[][]): ColumnValue[][] {
  if (added.size === 0 && removed.size === 0) return inMySql;
  const now = inMySql.filter((key) => !removed.has(keyText(key)));
  const there = new Set(now.map(keyText));
  for (const key of added) if (!there.has(key)) now.push(keyOfText(table, key));
  return now.sort((a, b) => compareKeys(table, a, b));
}
