import type { ColumnValue, TableLayout } from "../table-layout.ts";
import type { StoredRow, TableStore } from "../table-store.ts";

interface Batch {
  readonly keys: (readonly ColumnValue[])[];
  readonly places: Map<unknown, number>;
  readonly rows: Promise<(StoredRow | undefined)[]>;
}

/**
 * Gathers the reads that code asks for before it waits, and makes one of them: callers that ask for the same row share it.
 * A read is never joined once it has begun, so every caller sees all that was acknowledged before it asked.
 */
export class RowLoader {
  readonly #store: TableStore;
  readonly #table: TableLayout;
  #batch: Batch | undefined;

  constructor(store: TableStore, table: TableLayout) {
    this.#store = store;
    this.#table = table;
  }

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

/** What tells one key of a table from another, to look it up in a Map. */
export function keyName(key: readonly ColumnValue[]): unknown {
  const [only, ...more] = key;
  if (more.length === 0 && !(only instanceof Uint8Array)) return only;
  return JSON.stringify(key.map((value) => (value instanceof Uint8Array ? [...value] : String(value))));
}

/** Bytes can be changed from inside: no two callers get the same. */
function owned(value: ColumnValue): ColumnValue {
  return value instanceof Uint8Array ? value.slice() : value;
}
