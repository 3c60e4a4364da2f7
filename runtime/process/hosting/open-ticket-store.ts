import { fail } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import { MemoryTicketStore, type TicketStore } from "../../gate/auth/ticket-store.ts";
import type { Logger } from "../../log/logger.ts";
import { inMemory } from "../../tables/sqlite/sqlite-file.ts";
import { SqliteTickets } from "../../tables/tickets/sqlite-tickets.ts";
import type { ResolvedData } from "../topology/resolve/resolve-data.ts";
import type { ResolvedGate } from "../topology/resolved-topology.ts";

/** Most connections of one gate to the database of its store of tickets. */
const connections = 4;
/** Default timeout of a call to the database, in ms. */
const defaultTimeoutMs = 5_000;

/** Store of tickets that gates of one process share. */
export interface OpenTicketStore {
  readonly store: TicketStore | undefined;
  close(): Promise<void>;
}

/**
 * Opens the store of revocations and used tickets for gates that ask for tickets: a file beside that of the embedded store, or the
 * database "main". Gates without tickets need none. Throws UNAVAILABLE when the store cannot be opened, FAILED_PRECONDITION when no
 * database is configured.
 */
export async function openTicketStore(
  data: ResolvedData,
  gates: readonly ResolvedGate[],
  outside: { readonly clock: Clock; readonly log: Logger },
): Promise<OpenTicketStore> {
  const isAsked = gates.some(({ auth }) => auth !== undefined && auth !== "none");
  const store = isAsked ? await openStore(data, outside) : undefined;
  return {
    store,
    close: async () => {
      await store?.close();
    },
  };
}

async function openStore(
  data: ResolvedData,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<TicketStore> {
  if (data.kind === "embedded") {
    if (data.file === inMemory) return new MemoryTicketStore();
    return new SqliteTickets(`${data.file}-tickets`, data.synchronous);
  }
  const main = data.databases.get("main");
  if (main?.mysqlUrl === undefined) {
    throw fail(
      "FAILED_PRECONDITION",
      `${data.because} selects MySQL, but the database "main", which keeps revoked and used tickets, is not configured; ` +
        "set MYSQL_URL or data.mysql.url",
    );
  }
  // The driver is loaded only where it is configured.
  const { MysqlTickets } = await import("../../tables/tickets/mysql-tickets.ts");
  const { mysqlUrl: url, timeoutMs = defaultTimeoutMs, createTables = true } = main;
  return MysqlTickets.open({ url, connections, timeoutMs, createTables, clock, log });
}
