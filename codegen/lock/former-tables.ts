import type { Message, Table } from "../../schema/model.ts";
import type { LockedMessage } from "./lock.ts";

/** A table of an earlier schema, by database and name. */
export interface FormerTable {
  readonly database: string;
  readonly name: string;
}

/** Database whose tables have their bare names in the lock file. */
const mainDatabase = "main";

/** Name of a table in the lock file: "hero" in the database "main", "shop/hero" in "shop". */
export function lockedTable({ database, name }: FormerTable | Table): string {
  return database === mainDatabase ? name : `${database}/${name}`;
}

/**
 * Former tables of a message, the latest first; databases may still hold its rows there. A table that another message of the
 * schema uses now is left out.
 *
 * @param table present table of the message
 * @param messages all messages of the schema
 */
export function formerTables(
  locked: LockedMessage | undefined,
  table: Table,
  messages: readonly Message[],
): FormerTable[] {
  const taken = new Set(messages.flatMap((one) => (one.table === undefined ? [] : [lockedTable(one.table)])));
  taken.add(lockedTable(table));
  return (locked?.tables ?? [])
    .filter((one) => !taken.has(one))
    .toReversed()
    .map((one) => {
      const slash = one.indexOf("/");
      return { database: slash < 0 ? mainDatabase : one.slice(0, slash), name: one.slice(slash + 1) };
    });
}
