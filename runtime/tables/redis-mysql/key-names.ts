import { fnvOfText } from "../../../schema/fnv.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import { indexText, keyText, type Text } from "./column-text.ts";
import { mixed } from "./value-hash.ts";

/** Where a row is in Redis. */
export interface RowPlace {
  readonly shard: number;
  /** The key of its hash. */
  readonly row: string;
  /** Its table and its own key: "hero:42". */
  readonly name: string;
  /** Its own key as a text, without the table. */
  readonly key: string;
}

/** Where a unique value is held while it is taken. */
export interface HoldPlace {
  readonly shard: number;
  /** The key of the shard's holds. */
  readonly holds: string;
  /** Its field there: table, index and value, as overlays are called. */
  readonly value: Text;
}

/**
 * Names of keys in Redis. All keys of a shard have its hash tag, so that one Lua function may change them together, on a
 * cluster too:
 *
 *     p:{s7}:r:hero:42            a row: fields "1", "2" ... by the numbers of the schema, "n1" when it is null;
 *                                 "v" version, behind it "@" and the last change that is not in MySQL yet, before it "-"
 *                                 when there is no such row;
 *                                 "f" somebody fills it; "w..." write-throughs under way; "x" MySQL refused it;
 *                                 "e" the life of the server that a write-through row is good for
 *     p:{s7}:j                    the journal of the shard, a stream
 *     p:{s7}:i:hero:guild:1:5     rows that entered or left an index value and are not in MySQL so; "*" is all rows
 *     p:{s7}:h                    unique values that are being taken: "hero:name:3:bob"
 *     p:{s7}:w                    write-throughs under way: token and row
 *     p:{s7}:l                    the lease of the shard's owner
 *     p:{s7}:x                    dead letters, a stream
 *     p:{s7}:q:hero               numbers for auto increment
 *     p:bloom:hero:name           a Bloom filter of unique values; "p:bloom:hero:name:5f..." are its bits
 *     p:shards                    how many shards there are
 */
export class KeyNames {
  readonly shards: number;
  readonly #prefix: string;

  constructor(prefix: string, shards: number) {
    this.shards = shards;
    this.#prefix = prefix;
  }

  place(table: TableLayout, key: readonly ColumnValue[]): RowPlace {
    return this.placeOfText(table.name, keyText(key));
  }

  placeOfText(table: string, key: string): RowPlace {
    const name = `${table}:${key}`;
    const shard = this.#shardOf(name);
    return { shard, row: `${this.#prefix}:{s${shard}}:r:${name}`, name, key };
  }

  journal(shard: number): string {
    return `${this.#prefix}:{s${shard}}:j`;
  }

  lease(shard: number): string {
    return `${this.#prefix}:{s${shard}}:l`;
  }

  deadLetters(shard: number): string {
    return `${this.#prefix}:{s${shard}}:x`;
  }

  /** What the overlays of a shard begin with; a change's own names follow it. */
  overlays(shard: number): string {
    return `${this.#prefix}:{s${shard}}:i:`;
  }

  overlay(shard: number, table: TableLayout, index: string, values: readonly ColumnValue[]): Text {
    return joined(`${this.overlays(shard)}${table.name}:${index}:`, indexText(values));
  }

  /** A value of an index, as overlays and holds are called. */
  indexValue(table: TableLayout, index: string, values: readonly ColumnValue[]): Text {
    return joined(`${table.name}:${index}:`, indexText(values));
  }

  /** Where a unique value is held while it is taken. */
  hold(table: TableLayout, index: string, values: readonly ColumnValue[]): HoldPlace {
    const value = this.indexValue(table, index, values);
    const shard = this.#shardOf(value.toString("latin1" as "utf8"));
    return { shard, holds: this.holds(shard), value };
  }

  holds(shard: number): string {
    return `${this.#prefix}:{s${shard}}:h`;
  }

  /** The list of write-throughs under way. */
  marks(shard: number): string {
    return `${this.#prefix}:{s${shard}}:w`;
  }

  /** What all keys of shards begin with. */
  get prefix(): string {
    return this.#prefix;
  }

  /** The head of the Bloom filter of a unique index's values. */
  bloom(table: TableLayout, index: string): string {
    return `${this.#prefix}:bloom:${table.name}:${index}`;
  }

  sequence(table: TableLayout): string {
    return `${this.#prefix}:{s${this.#shardOf(table.name)}}:q:${table.name}`;
  }

  get shardCount(): string {
    return `${this.#prefix}:shards`;
  }

  /** A pattern for the overlays of all values of an index. */
  overlayPattern(table: TableLayout, index: string): string {
    return `${this.#prefix}:{s*}:i:${table.name}:${index}:*`;
  }

  /** A pattern for all rows of a table. */
  rowPattern(table: string): string {
    return `${this.#prefix}:{s*}:r:${table}:*`;
  }

  /** A pattern for all rows of a shard. */
  shardPattern(shard: number): string {
    return `${this.#prefix}:{s${shard}}:r:*`;
  }

  #shardOf(text: string): number {
    return mixed(fnvOfText(text)) % this.shards;
  }
}

function joined(head: string, tail: Text): Text {
  return typeof tail === "string" ? head + tail : Buffer.concat([Buffer.from(head), tail]);
}
