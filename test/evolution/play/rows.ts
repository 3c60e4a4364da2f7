import { DatabaseSync } from "node:sqlite";
import { SystemClock } from "../../../runtime/clock/clock.ts";
import type { Table } from "../../../runtime/tables/handle/table-shape.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import { fileThere } from "../../../runtime/tables/sqlite/sqlite-file.ts";
import { Tables } from "../../../runtime/tables/tables.ts";
import type { Message } from "../../../schema/model.ts";
import type { Pair } from "../corpus/pair.ts";
import { Comparison } from "./compare.ts";
import { type Findings, failureText, type Party } from "./finding.ts";
import { rowSamples } from "./row-samples.ts";
import type { PlayedShape, Side, Sides } from "./sides.ts";
import { endOf } from "./talk.ts";

/** A table of both releases. The new one is undefined when the release has dropped it. */
export interface PlayedTable {
  readonly name: string;
  readonly old: Table<PlayedShape>;
  readonly new: Table<PlayedShape> | undefined;
  readonly oldRow: Message;
  readonly newRow: Message | undefined;
}

/** Row by its properties. */
export type Row = Record<string, unknown>;

/** Tables of the old schema, each with its counterpart in the new one: by the message, or by the name in the database. */
export function playedTables({ renamedTypes = {} }: Pair, { old, new: next }: Sides): PlayedTable[] {
  return old.tables.map((table) => {
    const oldRow = rowOf(old, table);
    const name = renamedTypes[oldRow.fullName] ?? oldRow.fullName;
    const other =
      next.tables.find((one) => rowOf(next, one).fullName === name) ??
      next.tables.find((one) => one.name === table.name);
    return { name: table.name, old: table, new: other, oldRow, newRow: other && rowOf(next, other) };
  });
}

/**
 * Lets nodes of both releases share a database file. Rows that the old release has written must be read and written again by the
 * new one, and the reverse, whichever began.
 */
export async function playRows(
  pair: Pair,
  sides: Sides,
  file: () => string,
  findings: Findings,
): Promise<void> {
  for (const table of playedTables(pair, sides)) {
    if (table.new === undefined || table.newRow === undefined) {
      findings.add("stored rows", `no table of the new schema reads the rows of ${table.name}`);
      continue;
    }
    const before = { side: sides.old, table: table.old, message: table.oldRow };
    const after = { side: sides.new, table: table.new, message: table.newRow };
    await share(before, after, file(), "stored rows", findings);
    await share(after, before, file(), "old node", findings);
    if (table.old.autoIncrement !== table.new.autoIncrement) await number(before, after, file(), findings);
  }
}

/** Table of one side, with the message of its rows. */
export interface Place {
  readonly side: Side;
  readonly table: Table<PlayedShape>;
  readonly message: Message;
}

/** Writes rows by one release, then reads and writes them by the other one. Failures count to the party. */
async function share(from: Place, to: Place, file: string, party: Party, findings: Findings): Promise<void> {
  const tell = (what: string) => findings.add(party, `${to.side.age} node: ${what}`);
  const rows = rowSamples(from.side.schema, from.message);
  await withStore(file, async (tables) => {
    for (const row of rows) await tables.table(from.table).create(row);
  });
  // In MySQL, new code can run before anybody has migrated the tables.
  const missing = unreadable(file, to.table);
  if (missing !== undefined && party === "stored rows") tell(`a table that is not migrated: ${missing}`);
  await withStore(file, async (tables) => {
    const handle = tables.table(to.table);
    for (const row of rows) {
      const key = keyBetween(from, to, row);
      if (key === undefined) return tell("the key has another form");
      try {
        const read = await handle.get(key);
        if (read === undefined) return tell("a row is not found by its key");
        const compared = new Comparison(endOf(from.side, true), endOf(to.side, true));
        const { message } = to;
        for (const one of compared.messages(from.message.fullName, row, message.fullName, read, ""))
          tell(one);
        await handle.patch(key, changeable(to.table, read));
      } catch (error) {
        return tell(failureText(error).replace(/\S*\/photinus-evolution\S*/, "the file"));
      }
    }
  });
}

/** Lets a node that chooses keys create rows beside one whose keys the database numbers. */
async function number(before: Place, after: Place, file: string, findings: Findings): Promise<void> {
  const [chooses, numbers] = after.table.autoIncrement < 0 ? [after, before] : [before, after];
  const [row] = rowSamples(numbers.side.schema, numbers.message);
  await withStore(file, async (tables) => {
    const property = numbers.table.columns[numbers.table.autoIncrement]?.property ?? "";
    const first = await tables.table(numbers.table).create({ ...row, [property]: 0n });
    await tables.table(chooses.table).create({ ...row, [property]: (first[property] as bigint) + 1n });
    await tables
      .table(numbers.table)
      .create({ ...row, [property]: 0n })
      .catch((error: unknown) => findings.add("old node", `a numbered row: ${failureText(error)}`));
    await tables.table(chooses.table).create({ ...row, [property]: 0n });
    const kept = await tables.table(numbers.table).get(0n);
    if (kept !== undefined)
      findings.add("old node", "a row keeps the key 0, which stands for the next number");
  });
}

/** Properties of a row outside of its key. */
function changeable(table: Table<PlayedShape>, row: Row): Row {
  const fixed = new Set(table.key.map((column) => table.columns[column]?.property));
  const own = table.columns.map(({ property }) => property).filter((property) => !fixed.has(property));
  return Object.fromEntries(own.map((property) => [property, row[property]]));
}

/** Key of a row in the other table, in its types; undefined when the tables have different key columns. */
export function keyBetween(from: Place, to: Place, row: Row): unknown {
  const columns = ({ table }: Place) => table.key.map((column) => table.columns[column]!);
  const fields = (place: Place) => columns(place).map(({ field }) => field);
  if (fields(from).join() !== fields(to).join()) return undefined;
  const given = from.table.newRow(row);
  const values = columns(to).map((column, at) => {
    const value = given[columns(from)[at]!.property];
    const isWhole = typeof value === "number" || typeof value === "bigint";
    if (!isWhole) return [column.property, value] as const;
    const isBigint = /64$/.test(column.kind) && column.asNumber !== true;
    return [column.property, isBigint ? BigInt(value) : Number(value)] as const;
  });
  return values.length === 1 ? values[0]?.[1] : Object.fromEntries(values);
}

/** Reason why a table cannot be read in a file that is not migrated; undefined when it can. */
function unreadable(file: string, { database: name, sqlite }: Table<PlayedShape>): string | undefined {
  const path = fileThere(file, name);
  if (path === undefined) return `there is no database ${name}`;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.prepare(sqlite.selectFirst);
    return undefined;
  } catch (error) {
    return failureText(error);
  } finally {
    database.close();
  }
}

async function withStore(file: string, run: (tables: Tables) => Promise<void>): Promise<void> {
  const clock = new SystemClock({ keepAlive: true });
  const tables = new Tables(() => new EmbeddedStore({ file }), clock);
  try {
    await run(tables);
  } finally {
    await tables.close({ graceMs: 1_000 });
  }
}

/** Message of a table's rows. */
export function rowOf({ schema }: Side, { name, database }: Table<PlayedShape>): Message {
  const found = schema.files
    .flatMap(({ messages }) => messages)
    .find(({ table }) => table?.name === name && table.database === database);
  if (found === undefined) throw new Error(`no message has the table ${name}`);
  return found;
}
