import type { Message, Table } from "../../schema/model.ts";
import type { LockedMessage } from "./lock.ts";

/** A table of an earlier schema. */
export interface FormerTable {
  readonly database: string;
  readonly name: string;
}

/** The database whose tables the lock file calls by their names alone. */
const mainDatabase = "main";

/** What the lock file calls a table. */
export function lockedTable({ database, name }: FormerTable | Table): string {
  return database === mainDatabase ? name : `${database}/${name}`;
}

/**
 * Tables that may hold the rows of a message's table, the last first: those that it was before. A name that another message has
 * taken since is that one's.
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
