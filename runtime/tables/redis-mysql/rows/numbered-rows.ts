import { fail, type PhotinusError } from "../../../../schema/errors.ts";
import { fnvOfText } from "../../../../schema/fnv.ts";
import { beforeSending } from "../../change-outcome.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import type { Text } from "../column-text.ts";
import { createNumbered } from "../lua/generated/lua-scripts.ts";
import type { StoreCore } from "../store-core.ts";
import type { BloomFilters } from "../unique/bloom-filters.ts";
import { pushHashes } from "../value-hash.ts";
import { nullsOf, textsOf } from "./cached-row.ts";
import { allRows } from "./index-reads.ts";
import { refusal } from "./row-refusal.ts";
import { mostOf, type Sequences } from "./sequences.ts";

const rounds = 8;
/** So many numbers of a table are used between two looks whether more must be granted. */
const lookCount = 1_024;

export interface NumberedParts {
  readonly sequences: Sequences;
  readonly filters: BloomFilters;
}

/**
 * Creates of rows whose key is the next number, in one call to Redis, which gives the number and finds by Bloom filters that
 * the unique values are new: see {@link createNumbered}.
 */
export class NumberedRows {
  readonly #core: StoreCore;
  readonly #parts: NumberedParts;
  readonly #limit: readonly Text[];
  /** What the function has in common for all rows of a table; undefined when it can not create them. */
  readonly #common = new Map<TableLayout, readonly Text[] | undefined>();

  /** @param limit most entries of a journal */
  constructor(core: StoreCore, parts: NumberedParts, limit: readonly Text[]) {
    this.#core = core;
    this.#parts = parts;
    this.#limit = limit;
  }

  /**
   * "taken" when a unique value may be another's; undefined when the row must be created otherwise: on a cluster, when the key is
   * more than the number, without a filter, or without a number.
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
        // In time, so that creation goes on while MySQL is away for a while.
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

  /** Undefined when the filter of a unique value is not there. */
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

export function backlogFull(): PhotinusError {
  return fail("RESOURCE_EXHAUSTED", "too many changes wait for MySQL", { retryAfterMs: 1_000 });
}
