import { expect, test } from "vitest";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import type { Table } from "../../../runtime/tables/handle/table-shape.ts";
import type { ColumnDescriptor } from "../../../runtime/tables/table-layout.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import * as fixtures from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { embeddedPlace, openStore } from "../../conformance/tables/place.ts";
import { cachedPlaces } from "../../conformance/tables/redis-mysql-place.ts";
import { collect } from "../../conformance/tables/suite/world.ts";
import { openRedis } from "../../setup/servers/redis.ts";

const seed = Number(process.env["TEST_SEED"]) || 20261122;
const operationCount = 1_500;

type Row = Record<string, unknown>;
/** What the tests below know of any table. */
interface AnyShape {
  row: Row;
  key: unknown;
  fixed: never;
  required: never;
  indexes: Row;
  entity: Row & { readonly row: Row; save(): Promise<void>; reload(): Promise<void> };
}
type AnyTable = Table<AnyShape>;
type Handle = TableHandle<AnyShape>;
type Random = (below: number) => number;

const { heroTable, itemTable, vaultTable, tagTable, blobTable, maskTable, markTable, ticketTable } = fixtures;
const tables = [heroTable, itemTable, vaultTable, tagTable, blobTable, maskTable, markTable, ticketTable].map(
  (table) => table as unknown as AnyTable,
);

const makeCached = cachedPlaces(openRedis);

test("the same operations, taken by chance, come to the same in both stores", {
  timeout: 240_000,
}, async () => {
  const places = [await embeddedPlace(), await makeCached()];
  const stores = await Promise.all(places.map(({ spec }) => openStore(spec)));
  const random = randomFrom(seed);
  let doneCount = 0;
  for (let count = 0; count < operationCount; count++) {
    const table = tables[random(tables.length)]!;
    const { what, run } = anyOperation(table, random);
    const [embedded, cached] = await Promise.all(
      stores.map((store) => outcome(run(new TableHandle(table, store)))),
    );
    expect(cached, `seed ${seed}, operation ${count}, ${table.name}: ${what}`).toEqual(embedded);
    if (!String(embedded).startsWith("failed: ")) doneCount++;
  }
  expect(doneCount).toBeGreaterThan(operationCount / 3);
  const cached = stores[1]!;
  await expect.poll(async () => (await cached.status()).journalLength, { timeout: 60_000 }).toBe(0);
  expect(await cached.status()).toMatchObject({ deadLetters: 0 });
  const { spec } = places[1]!;
  if (spec.kind !== "cached") throw new Error("not the cached store");
  // With another prefix, what there is comes from MySQL.
  const cold = await openStore({ ...spec, prefix: `${spec.prefix}-cold`, options: { writer: false } });
  for (const table of tables) {
    const [embedded, ...others] = await Promise.all([...stores, cold].map((store) => rowsOf(table, store)));
    for (const other of others) expect(other).toEqual(embedded);
  }
  await Promise.all([...stores, cold].map((store) => store.close()));
  await Promise.all(places.map((place) => place.dispose()));
});

function anyOperation(
  table: AnyTable,
  random: Random,
): { what: string; run(rows: Handle): Promise<unknown> } {
  const row: Row = {};
  const patch: Row = {};
  for (const [at, column] of table.columns.entries()) {
    const isKey = table.key.includes(at);
    if (isKey || random(4) > 0) row[column.property] = anyValue(column, random, isKey);
    if (!isKey && random(3) === 0) patch[column.property] = anyValue(column, random, false);
  }
  const key = table.keyOf(row);
  const index = table.indexes[random(table.indexes.length || 1)];
  const sought = index?.columns.map((at) => [
    table.columns[at]!.property,
    anyValue(table.columns[at]!, random, false),
  ]);
  const value = sought?.length === 1 ? sought[0]![1] : Object.fromEntries(sought ?? []);
  const counted = table.columns[random(table.columns.length)]!;
  const operations: Record<string, (rows: Handle) => Promise<unknown>> = {
    create: (rows) => rows.create(row),
    getOrCreate: (rows) => rows.getOrCreate(row),
    patch: (rows) => rows.patch(key, patch),
    update: (rows) => rows.update(key, () => patch),
    increment: (rows) => rows.increment(key, counted.property as never, (isBig(counted) ? 3n : 3) as never),
    delete: (rows) => rows.delete(key),
    getMany: (rows) => rows.getMany([key, key]),
    stream: (rows) => collect(rows.stream({ pageCount: 3 })),
    rowsBy: async (rows) => index && rows.rowsBy(index.property, value),
    entity: (rows) => saved(rows, key, patch),
  };
  const names = ["create", ...Object.keys(operations)];
  const what = names[random(names.length)]!;
  return { what, run: operations[what]! };
}

/** Two entities of one row: the first to be saved wins. */
async function saved(rows: Handle, key: unknown, patch: Row): Promise<unknown> {
  const [one, other] = await rows.loadMany([key, key]);
  if (one === undefined || other === undefined) return "there is none";
  Object.assign(one, patch);
  Object.assign(other, patch);
  const outcomes = [await outcome(one.save()), await outcome(other.save())];
  await one.reload();
  return [...outcomes, one.row];
}

const texts = ["", "a", "A", "a ", "á", "a|b", "%7C", "😀", "\0"];
const bytes = [[], [0], [0x61], [0xff, 0]].map((list) => new Uint8Array(list));

/** Few values, so that rows meet. A number that is a key is never 0, for which stores choose others. */
function anyValue({ kind, nullable, asNumber }: ColumnDescriptor, random: Random, isKey: boolean): unknown {
  const pick = (list: readonly unknown[]) => list[random(list.length)];
  if (kind === "message" || kind === "timestamp") return kind === "message" && !nullable ? [] : undefined;
  if (nullable && random(3) === 0) return undefined;
  if (kind === "string") return pick(texts);
  if (kind === "bytes") return pick(bytes);
  if (kind === "bool") return random(2) === 0;
  if (kind === "double" || kind === "float") return pick([0, -0.5, 1e-7, 1e21, 0.1]);
  if (!isBig({ kind, asNumber: asNumber ?? false })) return pick([1, 2, 3, 7, ...(isKey ? [] : [0])]);
  return pick([1n, 2n, 3n, 2n ** 63n - 1n, ...(isKey ? [] : [0n])]);
}

function isBig({ kind, asNumber = false }: Pick<ColumnDescriptor, "kind" | "asNumber">): boolean {
  return !asNumber && (kind === "int64" || kind === "uint64");
}

/** What a promise comes to: its value, or the code of its error. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return `failed: ${error instanceof Error && "code" in error ? error.code : error}`;
  }
}

function rowsOf(table: AnyTable, store: TableStore): Promise<Row[]> {
  return collect(new TableHandle(table, store).stream());
}

/** Numbers that are the same in each run. */
function randomFrom(start: number): Random {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % below;
  };
}
