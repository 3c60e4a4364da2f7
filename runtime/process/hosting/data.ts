import { fail } from "../../../schema/errors.ts";
import { EmbeddedStore } from "../../cache/embedded/store.ts";
import type { TableStore } from "../../cache/store.ts";
import { Tables } from "../../cache/tables.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { ResolvedData } from "../topology/data.ts";

/** What the store of a process is given by it. */
interface Outside {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The tables of this process. Nothing is opened before a node asks for one. */
export function openTables(data: ResolvedData, outside: Outside): Tables {
  return new Tables(() => openStore(data, outside), outside.clock);
}

/** Closes the tables, and says what did not get to the database. */
export async function closeTables(tables: Tables, graceMs: number, log: Logger): Promise<void> {
  const { remaining } = await tables.close({ graceMs });
  if (remaining > 0) log.warn({ remaining }, "changes that the database does not have yet remain");
}

/** Opens the store that a topology asks for. */
export function openStore(data: ResolvedData, { clock, log }: Outside): TableStore {
  if (data.kind === "embedded") {
    log.info({ file: data.file }, "tables live in the embedded store");
    return new EmbeddedStore({ file: data.file, synchronous: data.synchronous, clock });
  }
  throw fail(
    "FAILED_PRECONDITION",
    `${data.because} asks for tables in MySQL and Redis, which this version cannot keep yet; remove it, or say ` +
      "data: { embedded: {} } in the topology to keep them in a file of this machine",
  );
}
