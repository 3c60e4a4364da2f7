import { fail, messageOf } from "../../../schema/errors.ts";
import { systemClock } from "../../clock/clock.ts";
import { silentLogger } from "../../log/logger.ts";
import { lookAtCached, openCached, openEmbedded } from "../../process/hosting/open-tables.ts";
import { findTopology, loadTopology } from "../../process/topology/load-topology.ts";
import type { ResolvedCached } from "../../process/topology/resolve/resolve-data.ts";
import type { ResolvedTopology } from "../../process/topology/resolved-topology.ts";
import { databasesOf, formerDatabasesOf } from "../../process/topology/table-databases.ts";
import type { Look } from "../../tables/databases/look-at-databases.ts";
import type { MigrationDatabase } from "../../tables/migrate/migration-database.ts";
import { fileOfDatabase, fileThere } from "../../tables/sqlite/sqlite-file.ts";
import type { TableLayout } from "../../tables/table-layout.ts";
import type { TableStore } from "../../tables/table-store.ts";

/** Output of a command: the process's streams, or a recorder in tests. */
export interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Topology with the tables of its schema. */
export interface Data {
  readonly topology: ResolvedTopology;
  readonly tables: readonly TableLayout[];
}

/** Loads the topology and the tables of its schema. Throws FAILED_PRECONDITION for a schema without tables. */
export async function loadData(config: string | undefined): Promise<Data> {
  const topology = await loadTopology(findTopology(config, process.cwd()));
  const tables = await tablesOf(topology);
  if (tables.length > 0) return { topology, tables };
  throw fail(
    "FAILED_PRECONDITION",
    `the schema of ${topology.source} has no tables; give a message the option (photinus.table), run photinus codegen, ` +
      'and set "protocol" to the protocol of the generated code',
  );
}

async function tablesOf({ protocol, source }: ResolvedTopology): Promise<readonly TableLayout[]> {
  try {
    return (await protocol.tables?.()) ?? [];
  } catch (error) {
    const [reason] = messageOf(error).split("\n", 1);
    const remedy = "run photinus codegen";
    throw fail("FAILED_PRECONDITION", `the tables of ${source} cannot be loaded: ${reason}; ${remedy}`, {
      cause: error,
    });
  }
}

/** Opens the databases of the tables, and configured databases of tables of earlier schemas. The caller closes them. */
export async function openDatabases(
  data: ResolvedTopology["data"],
  tables: readonly TableLayout[],
  isReadOnly: boolean,
): Promise<MigrationDatabase[]> {
  if (data.kind === "embedded") {
    const names = [...new Set(tables.map(({ database }) => database))].sort();
    const { openSqlite } = await import("../../tables/migrate/sqlite-migrations.ts");
    const former = tables.flatMap(({ former: list = [] }) => list.map(({ database }) => database));
    const left = [...new Set(former)].filter(
      (name) => !names.includes(name) && fileThere(data.file, name) !== undefined,
    );
    return [...names, ...left].map((name) =>
      openSqlite({ name, file: fileOfDatabase(data.file, name), isReadOnly }),
    );
  }
  const databases = databasesOf(data, tables);
  const { openMysql } = await import("../../tables/migrate/mysql-migrations.ts");
  const opened: MigrationDatabase[] = [];
  try {
    for (const [name, { mysqlUrl, timeoutMs }] of new Map([...formerDatabasesOf(data, tables), ...databases]))
      opened.push(await openMysql(name, mysqlUrl, timeoutMs === undefined ? {} : { timeoutMs }));
    return opened;
  } catch (error) {
    for (const database of opened) await database.close();
    throw error;
  }
}

/** Opens the store of a topology for `work`, and closes it afterwards. */
export async function withStore<T>(
  { topology, tables }: Data,
  work: (store: TableStore) => Promise<T>,
): Promise<T> {
  const store = await openLooking(topology.data, tables);
  try {
    return await work(store);
  } finally {
    await store.close({ graceMs: 1_000 });
  }
}

/**
 * Opens the store of a topology for `work` as a node does: it creates missing tables, and flushes changes to the database.
 * Closes the store afterwards.
 */
export async function withWritingStore<T>(
  { topology, tables }: Data,
  work: (store: TableStore) => Promise<T>,
): Promise<T> {
  const outside = { clock: systemClock, log: silentLogger };
  const { data } = topology;
  const store =
    data.kind === "embedded" ? openEmbedded(data, outside) : await openCached(data, tables, outside);
  try {
    return await work(store);
  } finally {
    await store.close({ graceMs: 5_000 });
  }
}

/** Inspects MySQL and Redis, also when some servers do not answer. */
export function lookAt(data: ResolvedCached, tables: readonly TableLayout[]): Promise<Look> {
  return lookAtCached(data, tables, { clock: systemClock, log: silentLogger });
}

/** Opens a store for inspection only: it flushes no changes, and creates no tables. */
async function openLooking(
  data: ResolvedTopology["data"],
  tables: readonly TableLayout[],
): Promise<TableStore> {
  const outside = { clock: systemClock, log: silentLogger };
  if (data.kind === "embedded") return openEmbedded(data, outside);
  return openCached(data, tables, outside, { isLooking: true });
}
