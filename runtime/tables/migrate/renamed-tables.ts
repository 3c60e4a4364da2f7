import type { FormerTable, TableLayout } from "../table-layout.ts";
import type { Dialect, Doubt, Refusal } from "./migration-step.ts";

/** Remedy for a migration that was refused because another table has the former name of a renamed table. */
const notThisOne = (former: string): string =>
  `if ${former} is another table, remove it from "tables" of the message in photinus.lock.json and run photinus codegen`;

const stopFirst =
  "stop the game once photinus data status shows an empty journal, and start no node of the earlier schema afterwards";

/** Refusal for a table that exists under its former name: a new, empty table would hide its rows. */
export function renamed(table: TableLayout, former: string, { quote }: Dialect): Refusal {
  const { database, name } = table;
  const reason =
    `the table ${name} still has its former name ${former}: ${stopFirst}, then rename it; ` +
    `or name it ${former} in the schema again; ${notThisOne(former)}`;
  return { database, table: name, reason, sql: [`ALTER TABLE ${quote(former)} RENAME TO ${quote(name)}`] };
}

/** Doubt for a table that exists under both names: refused if the new one is empty and the old one has rows. */
export function hidden(table: TableLayout, former: string, dialect: Dialect): Doubt {
  const { quote } = dialect;
  const { database, name } = table;
  const { sql } = renamed(table, former, dialect);
  const reason =
    `the table ${name} is empty, but its former name ${former} has rows: ${stopFirst}, then drop the ` +
    `empty table and rename the former one; ${notThisOne(former)}`;
  const query = `SELECT 1 FROM ${quote(former)} WHERE NOT EXISTS (SELECT 1 FROM ${quote(name)}) LIMIT 1`;
  return { query, refusal: { database, table: name, reason, sql: [`DROP TABLE ${quote(name)}`, ...sql] } };
}

/** Refusal for a table whose rows are in another database, where an earlier schema had the table. */
export function movedAway({ database, name }: TableLayout, former: FormerTable): Refusal {
  const place = `${former.name} of the database "${former.database}"`;
  const reason =
    `the table ${name} has no rows, but ${place}, its place in an earlier schema, has rows: ${stopFirst}, then copy the table ` +
    `and its row of photinus_sequence, and drop the former table; ${notThisOne(place)}`;
  return { database, table: name, reason, sql: [] };
}

/** Former names of the table in its current database, latest first. */
export function formerNamesOf({ database, name, former = [] }: TableLayout): string[] {
  return former.filter((one) => one.database === database && one.name !== name).map((one) => one.name);
}

/** Former places of the table in other databases, latest first. */
export function formerPlacesOf({ database, former = [] }: TableLayout): FormerTable[] {
  return former.filter((one) => one.database !== database);
}
