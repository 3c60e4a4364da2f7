import type { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import type { Table } from "../../../runtime/tables/handle/table-shape.ts";
import type { IndexDescriptor } from "../../../runtime/tables/table-layout.ts";
import type { Pair } from "../corpus/pair.ts";
import { type Findings, failureText } from "./finding.ts";
import { rowSamples } from "./row-samples.ts";
import { keyBetween, type Place, playedTables, type Row, rowOf } from "./rows.ts";
import type { Ground, Servers } from "./servers.ts";
import type { PlayedShape, Sides } from "./sides.ts";

type Handle = TableHandle<PlayedShape>;

/**
 * Lets nodes of both releases share tables in MySQL and Redis, where what the embedded store cannot show matters: the journal, reads
 * by an index that one release does not know, references, and durability.
 */
export async function playCachedTables(
  pair: Pair,
  sides: Sides,
  servers: Servers,
  findings: Findings,
): Promise<void> {
  for (const { old, new: next, oldRow, newRow } of playedTables(pair, sides)) {
    if (next === undefined || newRow === undefined || !isPlayed(old, next) || isRenamed(sides)) continue;
    const before = { side: sides.old, table: old, message: oldRow };
    const after = { side: sides.new, table: next, message: newRow };
    const ground = () => servers.ground(sides.old.tables, sides.new.tables);
    await lookUp(before, after, await servers.ground(sides.old.tables), findings, true);
    for (const [writer, reader] of [
      [before, after],
      [after, before],
    ] as const) {
      await lookUp(writer, reader, await ground(), findings);
      await follow(writer, reader, await ground(), findings);
      await change(writer, reader, await ground(), findings);
    }
    const [kept, keptNow] = [await keeps(before, await ground()), await keeps(after, await ground())];
    const [safe, other] = kept ? ["old", "new"] : ["new", "old"];
    if (kept === keptNow) continue;
    findings.add(
      "old node",
      `Redis loses what ${other} nodes have acknowledged, and not what ${safe} nodes have`,
    );
  }
}

/** Whether a table was renamed: then nodes of both releases never run beside each other. */
function isRenamed({ old, new: next }: Sides): boolean {
  return next.tables.some(({ former = [] }) => former.length > 0 && old !== next);
}

/** Whether one table of the database is of both releases, and it has an index, or two kinds of durability. */
function isPlayed(old: Table<PlayedShape>, next: Table<PlayedShape>): boolean {
  if (old.name !== next.name || old.database !== next.database) return false;
  const key = (table: Table<PlayedShape>) => table.key.map((at) => table.columns[at]?.field).join();
  if (key(old) !== key(next)) return false;
  return old.durability !== next.durability || old.indexes.length + next.indexes.length > 0;
}

/**
 * Reads rows by each index of the reader: those that a node beside it has acknowledged and nobody has flushed to MySQL, or those that
 * are there. A database that is not migrated may lack the index, and must give the rows all the same.
 */
async function lookUp(
  writer: Place,
  reader: Place,
  ground: Ground,
  findings: Findings,
  isFlushed = false,
): Promise<void> {
  await using place = ground;
  const rows = rowSamples(writer.side.schema, writer.message);
  const read = async (own: Handle) => {
    for (const index of reader.table.indexes) {
      for (const row of rows) {
        const value = valueIn(index, writer.table, reader.table, row);
        if (value === undefined) continue;
        const found = await own.keysBy(index.property, value);
        if (hasKey(found, keyBetween(writer, reader, row))) continue;
        const [by, of] = [reader.side.age, writer.side.age];
        const what = isFlushed ? "have written" : "change";
        return findings.add(
          "old node",
          `${by} nodes do not find by (${index.name}) what ${of} nodes ${what}`,
        );
      }
    }
  };
  await place.node(writer, async (handle) => {
    for (const row of rows) await handle.create(row);
    if (!isFlushed) await place.node(reader, read);
  });
  if (!isFlushed) return;
  await place.flush(writer.side.tables);
  await place
    .node(reader, read)
    .catch((error: unknown) =>
      findings.add("stored rows", `a table that is not migrated: ${failureText(error)}`),
    );
}

/** Follows each reference of the reader's rows to the row that it names. The rows are of the writer's release. */
async function follow(writer: Place, reader: Place, ground: Ground, findings: Findings): Promise<void> {
  await using place = ground;
  const foreign = reader.table.indexes.filter(({ references }) => references !== undefined);
  if (foreign.length === 0) return;
  await place.node(writer, async (handle, tables) => {
    for (const row of rowSamples(writer.side.schema, writer.message)) await handle.create(row);
    for (const other of targetsOf(writer)) {
      for (const row of rowSamples(writer.side.schema, rowOf(writer.side, other)))
        await tables.table(other).create(row);
    }
  });
  await place.flush(writer.side.tables);
  await place.node(reader, async (handle, tables) => {
    for await (const row of handle.stream()) {
      for (const { columns, references } of foreign) {
        const value = row[reader.table.columns[columns[0]!]!.property];
        const target = reader.side.tables.find(({ name }) => name === references?.table);
        if (value === undefined || target === undefined) continue;
        if (await hasRow(tables.table(target), references?.column ?? "", value)) continue;
        const party = writer.side.age === "old" ? "stored rows" : "old node";
        const what = `a row of ${writer.side.age} nodes refers to ${String(value)}, which is no row of ${target.name}`;
        return findings.add(party, what);
      }
    }
  });
}

/** Changes one column by two releases in turn. The database must have the later value in the end. */
async function change(first: Place, second: Place, ground: Ground, findings: Findings): Promise<void> {
  await using place = ground;
  const column = first.table.columns.find(({ property, field }, at) => {
    const twin = second.table.columns.find((one) => one.field === field);
    return twin?.property === property && !first.table.key.includes(at) && !isIndexed(first, second, field);
  });
  const [row, ...others] = rowSamples(first.side.schema, first.message);
  if (row === undefined || column === undefined) return;
  const { property } = column;
  const text = (one: Row | undefined) => JSON.stringify(one?.[property], plain);
  const [next, last] = others.filter((one) => text(one) !== text(row));
  if (next === undefined || last === undefined || text(next) === text(last))
    throw new Error(`the samples of ${property} are alike`);
  const [key, otherKey] = [keyBetween(first, first, row), keyBetween(first, second, row)];
  await place.node(first, (handle) => handle.create(row));
  await place.flush(first.side.tables);
  await place.node(first, async (handle) => {
    await handle.patch(key, { [property]: next[property] });
    await place.node(second, (own) => own.patch(otherKey, { [property]: last[property] }));
  });
  await place.flush(second.side.tables);
  await place.flush(first.side.tables);
  await place.loseRedis();
  await place.node(first, async (handle) => {
    if (text(await handle.get(key)) === text(last)) return;
    const [one, other] = [first.side.age, second.side.age];
    findings.add("old node", `a value of ${one} nodes replaces what ${other} nodes have set later`);
  });
}

/** Whether rows that a node has acknowledged are there after Redis has lost all of its data. */
async function keeps(writer: Place, ground: Ground): Promise<boolean> {
  await using place = ground;
  const rows = rowSamples(writer.side.schema, writer.message);
  await place.node(writer, async (handle) => {
    for (const row of rows) await handle.create(row);
  });
  await place.loseRedis();
  let count = 0;
  await place.node(writer, async (handle) => {
    for (const row of rows) if (await handle.exists(writer.table.keyOf(writer.table.newRow(row)))) count++;
  });
  if (count > 0 && count < rows.length) throw new Error(`${count} of ${rows.length} rows are kept`);
  return count > 0;
}

/** Whether an index of one release has the column, so that its values are not free. */
function isIndexed({ table }: Place, { table: other }: Place, field: string): boolean {
  return [table, other].some(({ columns, indexes }) =>
    indexes.some((index) => index.columns.some((at) => columns[at]?.field === field)),
  );
}

/** Value of a reader's index in a row of the writer's; undefined when the row has none. */
function valueIn(
  index: IndexDescriptor,
  writer: Table<PlayedShape>,
  reader: Table<PlayedShape>,
  row: Row,
): unknown {
  const parts = index.columns.map((at) => {
    const { field, property } = reader.columns[at]!;
    const twin = writer.columns.find((column) => column.field === field);
    // A column that the writer does not know has its default.
    return [property, (twin === undefined ? reader.newRow({}) : row)[twin?.property ?? property]] as const;
  });
  if (parts.some(([, value]) => value === undefined)) return undefined;
  return parts.length === 1 ? parts[0]?.[1] : Object.fromEntries(parts);
}

/** Tables that references of a table lead to, beside the table itself. */
function targetsOf({ side, table }: Place): Table<PlayedShape>[] {
  const names = table.indexes.flatMap(({ references }) => references?.table ?? []);
  return side.tables.filter(({ name }) => name !== table.name && names.includes(name));
}

/** Whether a table has a row with this value in a column of its key or of a unique index. */
async function hasRow(handle: Handle, column: string, value: unknown): Promise<boolean> {
  const { columns, key, indexes } = handle.table;
  const isOf = (positions: readonly number[]) =>
    positions.length === 1 && columns[positions[0]!]?.name === column;
  if (isOf(key)) return handle.exists(value);
  const index = indexes.find((one) => isOf(one.columns));
  if (index === undefined) throw new Error(`no row is found by ${column}`);
  return (await handle.keysBy(index.property, value)).length > 0;
}

const hasKey = (keys: readonly unknown[], key: unknown) =>
  keys.some((one) => JSON.stringify(one, plain) === JSON.stringify(key, plain));

const plain = (_name: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);
