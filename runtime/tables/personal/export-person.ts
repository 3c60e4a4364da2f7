import { fail } from "../../../schema/errors.ts";
import type { ColumnDescriptor, TableDescriptor, TableLayout } from "../table-layout.ts";
import type { StoredRow, TableStore } from "../table-store.ts";
import { ownedRows, ownedTables } from "./owned-rows.ts";

/** Values of JSON. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * Writes the rows of a person as one JSON document, in pieces:
 *
 * ```json
 * { "userId": "42", "tables": [{ "table": "player", "database": "main", "secret": ["tokenHash"], "rows": [{ "id": "42" }] }] }
 * ```
 *
 * Tables are in order of database and name, rows in key order, properties in the order of their columns. 64-bit integers are
 * strings, bytes are base64, NaN and infinite numbers are strings, maps are objects, and a oneof is an object of case and value.
 * Secrets are left out; `secret` lists their paths.
 *
 * @param write takes the pieces; the next one follows when its promise has resolved
 * @returns number of rows
 * @throws INVALID_ARGUMENT for an invalid user id, and the errors of the store
 */
export async function exportPerson(
  store: TableStore,
  tables: readonly TableLayout[],
  userId: bigint,
  write: (text: string) => unknown,
): Promise<number> {
  if (userId <= 0n) throw fail("INVALID_ARGUMENT", "invalid user id; expected a whole number from 1");
  let count = 0;
  await write(`{\n  "userId": "${userId}",\n  "tables": [`);
  for (const [at, table] of ownedTables(tables).entries()) {
    const head = { table: table.name, database: table.database, secret: secretsOf(table) };
    const members = Object.entries(head).map(
      ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    await write(`${at === 0 ? "" : ","}\n    { ${members.join(", ")}, "rows": [`);
    let ofTable = 0;
    for await (const page of ownedRows(store, table, userId)) {
      const lines = page.map((row) => `\n      ${JSON.stringify(exportedRow(table, row))}`);
      await write(`${ofTable === 0 ? "" : ","}${lines.join(",")}`);
      ofTable += page.length;
    }
    await write(`${ofTable === 0 ? "" : "\n    "}] }`);
    count += ofTable;
  }
  await write("\n  ]\n}\n");
  return count;
}

/** Paths of the values that an export leaves out: "tokenHash", "profile.token". */
function secretsOf({ columns }: TableLayout): string[] {
  return columns.flatMap(({ property, dataClass, secrets = [] }) => {
    if (dataClass !== "SECRET") return [];
    return secrets.length === 0 ? [property] : secrets.map((path) => [property, ...path].join("."));
  });
}

/** Converts a row without its secrets. */
function exportedRow(table: TableLayout, { values }: StoredRow): Json {
  const row = (table as TableDescriptor<object, unknown>).rowOf(values);
  const shown: Record<string, Json> = {};
  for (const column of table.columns) {
    const value: unknown = Reflect.get(row, column.property);
    if (value !== undefined && !isSecret(column))
      shown[column.property] = jsonOf(value, column.secrets ?? []);
  }
  return shown;
}

/** Whether a column is a secret as a whole. */
function isSecret({ dataClass, secrets = [] }: ColumnDescriptor): boolean {
  return dataClass === "SECRET" && secrets.length === 0;
}

/** @param secrets paths of properties below the value that are left out; lists and maps have no step in a path */
function jsonOf(value: unknown, secrets: readonly (readonly string[])[]): Json {
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "string":
    case "boolean":
      return value;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, secrets));
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), jsonOf(item, secrets)]));
  if (typeof value !== "object" || value === null) return null;
  const shown: Record<string, Json> = {};
  for (const [name, item] of Object.entries(value)) {
    const inside = secrets.filter(([first]) => first === name).map((path) => path.slice(1));
    // Fields of a newer schema are left out, too: nobody knows here whether they are secrets.
    if (item === undefined || name === "$unknown" || inside.some((path) => path.length === 0)) continue;
    shown[name] = jsonOf(item, inside);
  }
  return shown;
}
