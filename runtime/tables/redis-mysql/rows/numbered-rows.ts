import { fail, type PhotinusError } from "../../../../schema/errors.ts";
import { fnvOfText } from "../../../../schema/fnv.ts";
import { beforeSending } from "../../change-outcome.ts";
import { createNumbered } from "../../lua/generated/lua-scripts.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import type { Text } from "../column-text.ts";
import type { StoreCore } from "../store-core.ts";
import type { BloomFilters } from "../unique/bloom-filters.ts";
import { pushHashes } from "../value-hash.ts";
import { nullsOf, textsOf } from "./cached-row.ts";
import { allRows } from "./index-reads.ts";
import { refusal } from "./row-refusal.ts";
import { mostOf, type Sequences } from "./sequences.ts";

const rounds = 8;
/** Numbers that a table uses up between two checks whether MySQL must grant more. */
const lookCount = 1_024;

/** Parts of the store that {@link NumberedRows} uses. */
export interface NumberedParts {
  readonly sequences: Sequences;
  readonly filters: BloomFilters;
}

/**
 * Creates rows whose key is the next auto-increment number, in one call to Redis. The script takes the number and checks by
 * Bloom filters that the unique values are new: see {@link createNumbered}.
 */
export class NumberedRows {
  readonly #core: StoreCore;
  readonly #parts: NumberedParts;
  readonly #limit: readonly Text[];
  /** Script arguments that all rows of a table share; undefined when the script cannot create rows of the table. */
  readonly #common = new Map<TableLayout, readonly Text[] | undefined>();

  /** @param limit maximum number of entries in a journal */
  constructor(core: StoreCore, parts: NumberedParts, limit: readonly Text[]) {
    this.#core = core;
    this.#parts = parts;
    this.#limit = limit;
  }

  /**
   * Creates a row with the next number. Returns "taken" when another row may have one of the unique values. Returns
   * undefined when the row must be created in another way: on a cluster, when the key has more columns than the number,
   * without a Bloom filter, or without a granted number.
   */
  async create(table: TableLayout, values: readonly ColumnValue[]): Promise<StoredRow | "taken" | undefined> {
    const common = this.#commonOf(table);
    const args = common && this.#argsOf(table, values);
    if (args === undefined) return undefined;
    const { redis, names } = this.#core;
    const { sequences } = this.#parts;
    const sequence = names.sequence(table);
    const keys = [sequence, sequence];
    for (let round = 0; round < rounds; round++) {
      const reply = await redis.batch(createNumbered, common!, keys, args);
      const number = reply as number;
      if (number > 0) {
        // Early enough that creates continue while MySQL is unreachable for a while.
        if (number % lookCount === 0) sequences.prepare(table).catch(() => undefined);
        return {
          version: 1,
          values: values.with(table.autoIncrement, sequences.valueOf(table, BigInt(number))),
        };
      }
      if (number === refusal.taken) return "taken";
      if (number === refusal.backlog) throw backlogFull();
      await beforeSending(sequences.prepare(table));
    }
    return undefined;
  }

  #commonOf(table: TableLayout): readonly Text[] | undefined {
    if (this.#common.has(table)) return this.#common.get(table);
    const common = this.#makeCommon(table);
    this.#common.set(table, common);
    return common;
  }

  #makeCommon(table: TableLayout): readonly Text[] | undefined {
    const { redis, names } = this.#core;
    const { autoIncrement, key, indexes, columns } = table;
    const isNumber = key.length === 1 && key[0] === autoIncrement;
    const isIndexed = indexes.some((index) => index.columns.includes(autoIncrement));
    if (!redis.isOneServer || !isNumber || isIndexed) return undefined;
    const all = names.indexValue(table, allRows, []);
    const { field } = columns[autoIncrement]!;
    return [
      ...this.#limit,
      String(names.shards),
      names.prefix,
      `${table.name}:`,
      String(fnvOfText(`${table.name}:`)),
      field,
      String(mostOf(table)),
      `${all.length}:${all}`,
    ];
  }

  /** Script arguments of one row; undefined when the Bloom filter of a unique value is not ready. */
  #argsOf(table: TableLayout, values: readonly ColumnValue[]): Text[] | undefined {
    const { names } = this.#core;
    const { filters } = this.#parts;
    const { indexes, autoIncrement } = table;
    const args: Text[] = [nullsOf(table, values), String(indexes.length)];
    for (let index = 0; index < indexes.length; index++) {
      const { name, unique, columns: positions } = indexes[index]!;
      const own = positions.map((at) => values[at]!);
      const value = names.indexValue(table, name, own);
      args.push(value);
      if (!unique || own.some((one) => one === null)) {
        args.push("", "", "");
        continue;
      }
      const head = filters.headOf(table, index);
      if (head === undefined) return undefined;
      args.push(head);
      pushHashes(args, value);
    }
    args.push(...textsOf(table, values, autoIncrement));
    return args;
  }
}

/** Error of a write that is refused because the journal is full. */
export function backlogFull(): PhotinusError {
  return fail("RESOURCE_EXHAUSTED", "too many changes are queued for MySQL", { retryAfterMs: 1_000 });
}
