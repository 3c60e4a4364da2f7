import { heroTable } from "../../../conformance/cache/fixtures/server/index.ts";
import { openStore, type StoreSpec } from "../../../conformance/cache/place.ts";

/** Rows are created so many at a time, as each of them asks both servers for its unique name. */
const creationCount = 50;

export async function createRows(spec: StoreSpec, count: number): Promise<string[]> {
  const store = await openStore(spec);
  const ids: string[] = [];
  while (ids.length < count) {
    const rows = Array.from({ length: Math.min(creationCount, count - ids.length) }, (_, at) =>
      store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: `row ${ids.length + at}` }))),
    );
    for (const { values } of await Promise.all(rows)) ids.push(String(values[0]));
  }
  const { remaining } = await store.close({ graceMs: 60_000 });
  if (remaining > 0) throw new Error(`${remaining} new rows did not reach the database`);
  return ids;
}
