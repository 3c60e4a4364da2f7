import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { StoredRow, TableStore } from "../table-store.ts";

interface Batch {
  readonly keys: (readonly ColumnValue[])[];
  readonly places: Map<unknown, number>;
  readonly rows: Promise<(StoredRow | undefined)[]>;
}

/**
 * Batches the reads that are requested in one tick into one read of the store; callers of the same row share it. A read is
 * not joined once it has begun, so every caller sees all changes acknowledged before its call.
 */
export class RowLoader {
  readonly #store: TableStore;
  readonly #table: TableLayout;
  #batch: Batch | undefined;

  constructor(store: TableStore, table: TableLayout) {
    this.#store = store;
    this.#table = table;
  }

  /** Reads the row of a key; undefined when it does not exist. */
  async load(key: readonly ColumnValue[]): Promise<StoredRow | undefined> {
    this.#batch ??= this.#begin();
    const { keys, places, rows } = this.#batch;
    const name = keyName(key);
    const known = places.get(name);
    const place = known ?? keys.push(key) - 1;
    if (known === undefined) places.set(name, place);
    const row = (await rows)[place];
    return known === undefined || row === undefined ? row : { ...row, values: row.values.map(owned) };
  }

  #begin(): Batch {
    const keys: (readonly ColumnValue[])[] = [];
    const rows = Promise.resolve().then(() => {
      this.#batch = undefined;
      return this.#store.read(this.#table, keys);
    });
    return { keys, places: new Map(), rows };
  }
}

/** Map key that distinguishes the keys of a table. */
export function keyName(key: readonly ColumnValue[]): unknown {
  const [only, ...more] = key;
  if (more.length === 0 && !(only instanceof Uint8Array)) return only;
  return JSON.stringify(key.map((value) => (value instanceof Uint8Array ? [...value] : String(value))));
}

/** Copies bytes, which are mutable, so that no two callers share them. */
function owned(value: ColumnValue): ColumnValue {
  return value instanceof Uint8Array ? value.slice() : value;
}
