import { setTimeout as sleep } from "node:timers/promises";
import { KeyNames } from "../../../runtime/tables/redis-mysql/key-names.ts";
import type { ColumnValue } from "../../../runtime/tables/table-layout.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";

const laneCount = 16;
/** Between two changes of one lane, milliseconds; and after a refusal. */
const pauseMs = 4;
const refusedPauseMs = 50;
const columnOf = (property: string) => heroTable.columns.findIndex((column) => column.property === property);
const gold = columnOf("gold");
const note = columnOf("note");

interface Row {
  readonly id: bigint;
  /** What it must be by what was acknowledged, and by that alone. */
  gold: bigint;
  note: string;
}

/**
 * Changes rows of a store, and reads them, until it is stopped. Each row is changed by one lane, so that it is known what it
 * must be at any time. A change may be acknowledged or refused as RESOURCE_EXHAUSTED; anything else is a failure.
 */
export class Load {
  acknowledged = 0;
  readonly refusals: PhotinusError[] = [];
  /** Rows of which a change was refused. */
  readonly refusedIds = new Set<bigint>();
  readonly #store: TableStore;
  readonly #rows: readonly Row[];
  readonly #lanes: Promise<unknown>;
  #isStopped = false;
  #failure: unknown;

  constructor(store: TableStore, ids: readonly bigint[]) {
    this.#store = store;
    this.#rows = ids.map((id) => ({ id, gold: 0n, note: "" }));
    const lanes = Array.from({ length: laneCount }, (_, lane) =>
      this.#run(this.#rows.filter((_, at) => at % laneCount === lane)),
    );
    this.#lanes = Promise.all(lanes).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Shards of the journal that had no room for a change, under the prefix of the store. */
  refusedShards(prefix: string, shards: number): Map<number, string> {
    const names = new KeyNames(prefix, shards);
    const all = [...this.refusedIds].map((id) => names.place(heroTable, [id]).shard);
    return new Map(all.map((shard) => [shard, names.journal(shard)]));
  }

  /** Throws what a lane met besides refusals. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves with the rows as they must be: id, gold and note. */
  async stop(): Promise<ColumnValue[][]> {
    this.#isStopped = true;
    await this.#lanes;
    this.check();
    return this.#rows.map((row) => [row.id, row.gold, row.note]);
  }

  async #run(rows: readonly Row[]): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      const row = rows[turn % rows.length]!;
      try {
        await this.#change(row, turn);
        this.acknowledged++;
        await sleep(pauseMs);
      } catch (error) {
        if (!isPhotinusError(error) || error.code !== "RESOURCE_EXHAUSTED") throw error;
        this.refusals.push(error);
        this.refusedIds.add(row.id);
        await sleep(refusedPauseMs);
      }
      const [read] = await this.#store.read(heroTable, [[row.id]]);
      if (read?.values[gold] !== row.gold || read.values[note] !== row.note) {
        throw new Error(`row ${row.id} is not what it was made: ${row.gold}, ${row.note}`);
      }
    }
  }

  async #change(row: Row, turn: number): Promise<void> {
    const key = [row.id];
    if (turn % 2 === 0) {
      const sum = await this.#store.increment(heroTable, key, { column: gold, delta: 1n });
      row.gold++;
      if (sum !== row.gold) throw new Error(`row ${row.id} has gold ${sum} and not ${row.gold}`);
    } else {
      const value = `note ${turn}`;
      await this.#store.write(heroTable, key, [{ column: note, value }]);
      row.note = value;
    }
  }
}

/** Id, gold and note of rows. */
export async function readRows(store: TableStore, ids: readonly bigint[]): Promise<ColumnValue[][]> {
  const rows = await store.read(
    heroTable,
    ids.map((id) => [id]),
  );
  return rows.map((row) => [row!.values[heroTable.key[0]!]!, row!.values[gold]!, row!.values[note]!]);
}
