import { expect, onTestFinished } from "vitest";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import type { Table, TableShape } from "../../../../runtime/tables/handle/table-shape.ts";
import { TracedHandle } from "../../../../runtime/tables/handle/traced-handle.ts";
import type { TableStore } from "../../../../runtime/tables/table-store.ts";
import { openStore, type Place, type StoreSpec } from "../place.ts";

export type MakePlace = () => Promise<Place>;

/** A place for one test, and a store on it; both are gone when the test is over. */
export interface World {
  readonly spec: StoreSpec;
  readonly store: TableStore;
  /** Another store on the same place. */
  another(): Promise<TableStore>;
  /** A store that has no row in its cache: what it gives comes from the database, which has every change by then. */
  cold(): Promise<TableStore>;
  table<S extends TableShape>(table: Table<S>): TableHandle<S>;
}

export async function openWorld(makePlace: MakePlace): Promise<World> {
  const place = await makePlace();
  const stores: TableStore[] = [];
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await place.dispose();
  });
  const open = async (spec: StoreSpec) => {
    const store = await openStore(spec);
    stores.push(store);
    return store;
  };
  const another = () => open(place.spec);
  const store = await another();
  const cold = async () => {
    await expect.poll(async () => (await store.status()).journalLength, { timeout: 60_000 }).toBe(0);
    expect((await store.status()).deadLetters).toBe(0);
    const { spec } = place;
    // Another prefix is another cache.
    return open(
      spec.kind === "cached" ? { ...spec, prefix: `${spec.prefix}-cold`, options: { writer: false } } : spec,
    );
  };
  const Handle = place.callStacks ? TracedHandle : TableHandle;
  return { spec: place.spec, store, another, cold, table: (table) => new Handle(table, store) };
}

/** All that a stream gives. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

/** What a promise that must fail fails with: the code alone. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "it did not fail";
}
