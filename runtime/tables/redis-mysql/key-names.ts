import { fnvOfText } from "../../../schema/fnv.ts";
import type { ColumnValue, TableLayout } from "../table-layout.ts";
import { indexText, keyText, type Text } from "./column-text.ts";
import { mixed } from "./value-hash.ts";

/** Place of a row in Redis. */
export interface RowPlace {
  /** Number of the shard, from 0. */
  readonly shard: number;
  /** Key of the row's hash. */
  readonly row: string;
  /** Table and key of the row: "hero:42". */
  readonly name: string;
  /** Key of the row as a text, without the table. */
  readonly key: string;
}

/** Place where a unique value is held while a call takes it. */
export interface HoldPlace {
  /** Number of the shard, from 0. */
  readonly shard: number;
  /** Key of the shard's hash of holds. */
  readonly holds: string;
  /** Field of the value in that hash: table, index and value, as in names of overlays. */
  readonly value: Text;
}

/**
 * Names of keys in Redis. All keys of a shard have its hash tag, so that one script may change them together, also on a
 * cluster:
 *
 * ```
 * p:{s7}:r:hero:42            a row: fields "1", "2" ... by the numbers of the schema, "n1" when it is null;
 *                             "v" version, behind it "@" and the last change that is not in MySQL yet, before it "-"
 *                             when the row does not exist;
 *                             "f" token of a fill; "w..." write-throughs in flight; "x" refused by MySQL;
 *                             "e" the life of the server for which a write-through row is valid
 * p:{s7}:j                    the journal of the shard, a stream
 * p:{s7}:i:hero:guild:1:5     an overlay: rows that got or lost an index value, not in MySQL yet; "*" is all rows
 * p:{s7}:h                    unique values that calls are taking: "hero:name:3:bob"
 * p:{s7}:w                    write-throughs in flight: token and row
 * p:{s7}:l                    the lease of the shard's owner
 * p:{s7}:x                    dead letters, a stream
 * p:{s7}:q:hero               numbers for auto increment
 * p:bloom:hero:name           a Bloom filter of unique values; "p:bloom:hero:name:5f..." are its bits
 * p:shards                    the number of shards
 * ```
 */
export class KeyNames {
  readonly shards: number;
  readonly #prefix: string;

  constructor(prefix: string, shards: number) {
    this.shards = shards;
    this.#prefix = prefix;
  }

  /** Place of a row by its key. */
  place(table: TableLayout, key: readonly ColumnValue[]): RowPlace {
    return this.placeOfText(table.name, keyText(key));
  }

  /** Place of a row by table name and {@link keyText}. */
  placeOfText(table: string, key: string): RowPlace {
    const name = `${table}:${key}`;
    const shard = this.#shardOf(name);
    return { shard, row: `${this.#prefix}:{s${shard}}:r:${name}`, name, key };
  }

  /** Key of a shard's journal, a stream. */
  journal(shard: number): string {
    return `${this.#prefix}:{s${shard}}:j`;
  }

  /** Key of the lease of a shard's owner. */
  lease(shard: number): string {
    return `${this.#prefix}:{s${shard}}:l`;
  }

  /** Key of a shard's dead letters, a stream. */
  deadLetters(shard: number): string {
    return `${this.#prefix}:{s${shard}}:x`;
  }

  /** Prefix of a shard's overlays; the names of overlays in a journal entry follow it. */
  overlays(shard: number): string {
    return `${this.#prefix}:{s${shard}}:i:`;
  }

  /** Key of the overlay of an index value in a shard. */
  overlay(shard: number, table: TableLayout, index: string, values: readonly ColumnValue[]): Text {
    return joined(`${this.overlays(shard)}${table.name}:${index}:`, indexText(values));
  }

  /** Name of an index value in overlays and holds. */
  indexValue(table: TableLayout, index: string, values: readonly ColumnValue[]): Text {
    return joined(`${table.name}:${index}:`, indexText(values));
  }

  /** Place where a unique value is held while a call takes it. */
  hold(table: TableLayout, index: string, values: readonly ColumnValue[]): HoldPlace {
    const value = this.indexValue(table, index, values);
    const shard = this.#shardOf(value.toString("latin1" as "utf8"));
    return { shard, holds: this.holds(shard), value };
  }

  /** Key of a shard's holds. */
  holds(shard: number): string {
    return `${this.#prefix}:{s${shard}}:h`;
  }

  /** Key of a shard's list of write-throughs in flight. */
  marks(shard: number): string {
    return `${this.#prefix}:{s${shard}}:w`;
  }

  /** Prefix of all keys of the store. */
  get prefix(): string {
    return this.#prefix;
  }

  /** Key of the head of a unique index's Bloom filter. */
  bloom(table: TableLayout, index: string): string {
    return `${this.#prefix}:bloom:${table.name}:${index}`;
  }

  /** Key of a table's auto-increment sequence. */
  sequence(table: TableLayout): string {
    return `${this.#prefix}:{s${this.#shardOf(table.name)}}:q:${table.name}`;
  }

  /** Key that records the number of shards. */
  get shardCount(): string {
    return `${this.#prefix}:shards`;
  }

  /** Pattern of the overlays of all values of an index. */
  overlayPattern(table: TableLayout, index: string): string {
    return `${this.#prefix}:{s*}:i:${table.name}:${index}:*`;
  }

  /** Pattern of all rows of a table. */
  rowPattern(table: string): string {
    return `${this.#prefix}:{s*}:r:${table}:*`;
  }

  /** Pattern of all rows of a shard. */
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
