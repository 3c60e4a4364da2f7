import type { FormerTable, TableLayout } from "../table-layout.ts";
import type { Dialect, Doubt, Refusal } from "./migration-step.ts";

/** The remedy for a refusal that is wrong: the former name belongs to another table. */
const notThisOne = (former: string): string =>
  `if ${former} is another table, take it out of "tables" of the message in photinus.lock.json and run photinus codegen`;

const stopFirst =
  "stop the game when photinus data status shows an empty journal, and start no node of the earlier schema afterwards";

/** A table that is called as in an earlier schema: an empty one of the new name would hide its rows. */
export function renamed(table: TableLayout, former: string, { quote }: Dialect): Refusal {
  const { database, name } = table;
  const reason =
    `the table ${name} is called ${former}, as in an earlier schema: ${stopFirst}, then rename it; ` +
    `or call it ${former} in the schema again; ${notThisOne(former)}`;
  return { database, table: name, reason, sql: [`ALTER TABLE ${quote(former)} RENAME TO ${quote(name)}`] };
}

/** A table of the new name that was made already: a refusal if it is empty and the one of the old name is not. */
export function hidden(table: TableLayout, former: string, dialect: Dialect): Doubt {
  const { quote } = dialect;
  const { database, name } = table;
  const { sql } = renamed(table, former, dialect);
  const reason =
    `the table ${name} is empty, and ${former}, as it was called in an earlier schema, has rows: ${stopFirst}, then drop the ` +
    `empty one and rename the other; ${notThisOne(former)}`;
  const query = `SELECT 1 FROM ${quote(former)} WHERE NOT EXISTS (SELECT 1 FROM ${quote(name)}) LIMIT 1`;
  return { query, refusal: { database, table: name, reason, sql: [`DROP TABLE ${quote(name)}`, ...sql] } };
}

/** A table whose rows are in another database, where an earlier schema had it. */
export function movedAway({ database, name }: TableLayout, former: FormerTable): Refusal {
  const place = `${former.name} of the database "${former.database}"`;
  const reason =
    `the table ${name} has no rows, and ${place}, where it was in an earlier schema, has some: ${stopFirst}, then copy the table ` +
    `and its row of photinus_sequence, and drop it there; ${notThisOne(place)}`;
  return { database, table: name, reason, sql: [] };
}

/** Names that the table had in the database that it is in now, the last first. */
export function formerNamesOf({ database, name, former = [] }: TableLayout): string[] {
  return former.filter((one) => one.database === database && one.name !== name).map((one) => one.name);
}

/** Where the table was in other databases, the last place first. */
export function formerPlacesOf({ database, former = [] }: TableLayout): FormerTable[] {
  return former.filter((one) => one.database !== database);
}
