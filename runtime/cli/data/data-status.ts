import { existsSync } from "node:fs";
import type { Look, SilentServer } from "../../tables/databases/look-at-databases.ts";
import { inMemory } from "../../tables/sqlite/sqlite-file.ts";
import type { TableLayout } from "../../tables/table-layout.ts";
import type { DatabaseStatus, StoreStatus } from "../../tables/table-store.ts";
import { durationText, table } from "../status-text.ts";
import { loadData, lookAt, type Output, withStore } from "./open-data.ts";

/** Status of the tables of a topology; `photinus data status --json` prints it. */
export interface DataStatus extends Omit<StoreStatus, "tables"> {
  /** Every table of the schema. */
  readonly tables: readonly TableStatus[];
  /** Servers that did not answer; absent when all did. */
  readonly silent?: readonly SilentServer[];
  /** File of the embedded store. */
  readonly file?: string;
}

/** Status of one table of the schema. */
export interface TableStatus {
  readonly name: string;
  readonly database: string;
  readonly durability: TableLayout["durability"];
  /** Rows in the cache. */
  readonly cachedRows: number;
  /** Cached rows with changes that are not in the database yet. */
  readonly dirtyRows: number;
}

/** Prints the status of tables, for `photinus data status`. Resolves with the exit code: 1 for a silent server. */
export async function dataStatus(
  options: { readonly config?: string; readonly json?: boolean },
  { stdout }: Output,
): Promise<number> {
  const data = await loadData(options.config);
  const { topology, tables } = data;
  const isJson = options.json === true;
  if (topology.data.kind === "embedded") {
    const found = statusOf(await withStore(data, (store) => store.status()), tables);
    const status = { ...found, file: topology.data.file };
    stdout.write(isJson ? jsonText(status) : dataStatusText(status));
    return 0;
  }
  const { status: found, silent, rows } = await lookAt(topology.data, tables);
  const allowsEviction = topology.data.options.allowEviction === true;
  if (found === undefined) {
    const half = halfOf(tables, silent, rows);
    stdout.write(isJson ? jsonText(half) : halfText(half));
    return 1;
  }
  const status = { ...statusOf(found, tables), ...(silent.length === 0 ? {} : { silent }) };
  stdout.write(isJson ? jsonText(status) : dataStatusText(status, allowsEviction));
  return silent.length === 0 ? 0 : 1;
}

function jsonText(status: object): string {
  return `${JSON.stringify(status, undefined, 2)}\n`;
}

/** Adds the tables that a store has not used yet to its status, with no rows. */
export function statusOf(status: StoreStatus, tables: readonly TableLayout[]): DataStatus {
  const nameOf = (table: { name: string; database: string }) => `${table.database}.${table.name}`;
  const met = new Map(status.tables.map((one) => [nameOf(one), one]));
  return {
    ...status,
    tables: tables.map((table) => {
      const { name, database, durability } = table;
      const { cachedRows = 0, dirtyRows = 0 } = met.get(nameOf(table)) ?? {};
      return { name, database, durability, cachedRows, dirtyRows };
    }),
  };
}

function fileText(file: string): string {
  if (file === inMemory || existsSync(file)) return file;
  return `${file} (does not exist yet; created when a table is first used)`;
}

/**
 * Formats the status of the tables for a person.
 *
 * @param allowsEviction whether the topology accepts a Redis that may evict changes; default false
 */
export function dataStatusText(status: DataStatus, allowsEviction = false): string {
  const isCached = status.kind === "cached";
  // The embedded store has no cache, and writes all tables in the same way.
  const head = ["table", "database", ...(isCached ? ["writes", "cached rows", "dirty rows"] : [])];
  const rows = status.tables.map(({ name, database, durability, cachedRows, dirtyRows }) => [
    ...[name, database],
    ...(isCached ? [durability, String(cachedRows), String(dirtyRows)] : []),
  ]);
  const { databases = [] } = status;
  const lines = [
    ...table(undefined, [
      ["store", isCached ? cachedStore : "embedded (SQLite)"],
      ...(status.file === undefined ? [] : [["file", fileText(status.file)]]),
      ...silentLines(status.silent),
      ["durability", status.durability],
      ...cacheLines(status, allowsEviction),
      ...(isCached
        ? [
            ["journal", journalText(status)],
            ["dead letters", String(status.deadLetters)],
          ]
        : []),
    ]),
    ...(databases.length === 0
      ? []
      : [
          "",
          ...table(
            ["database", "journal", "dead letters"],
            databases.map((one) => [one.name, journalText(one), String(one.deadLetters)]),
          ),
        ]),
    "",
    ...table(head, rows),
  ];
  return `${lines.join("\n")}\n`;
}

/** Part of the status that is available without Redis. */
export interface HalfStatus {
  readonly kind: "cached";
  readonly silent: readonly SilentServer[];
  readonly tables: readonly {
    readonly name: string;
    readonly database: string;
    readonly durability: TableLayout["durability"];
    /** Approximate number of rows in MySQL; undefined when MySQL does not answer, null when the table does not exist. */
    readonly storedRows?: number | null;
  }[];
}

function halfOf(
  tables: readonly TableLayout[],
  silent: HalfStatus["silent"],
  rows: Look["rows"],
): HalfStatus {
  const isSilent = (database: string) => silent.some((one) => one.database === database);
  return {
    kind: "cached",
    silent,
    tables: tables.map(({ name, database, durability }) => ({
      ...{ name, database, durability },
      ...(isSilent(database) ? {} : { storedRows: rows.get(database)?.get(name) ?? null }),
    })),
  };
}

function halfText({ silent, tables }: HalfStatus): string {
  const rows = tables.map(({ name, database, durability, storedRows }) => [
    ...[name, database, durability],
    storedRows === undefined ? "unknown" : storedRows === null ? "no table" : `about ${storedRows}`,
  ]);
  const lines = [
    ...table(undefined, [
      ["store", cachedStore],
      ...silentLines(silent),
      ["unknown", "durability, journal, dead letters and cached rows, which Redis holds"],
    ]),
    "",
    ...table(["table", "database", "writes", "rows in MySQL"], rows),
  ];
  return `${lines.join("\n")}\n`;
}

const cachedStore = "Redis before MySQL";

function silentLines(silent: readonly SilentServer[] = []): [string, string][] {
  return silent.map(({ server, database = "main", reason, hasAnswered }) => [
    database === "main" ? server : `${server} ${database}`,
    hasAnswered ? reason : `does not answer: ${reason}`,
  ]);
}

/** Formats the settings of Redis, and the refusal that an unsafe eviction policy causes. */
function cacheLines({ cache, tables }: DataStatus, allowsEviction: boolean): [string, string][] {
  if (cache === undefined) return [];
  const { evictionPolicy, mayEvictChanges, persistence } = cache;
  const behind = tables.filter(({ durability }) => durability === "write-behind").map(({ name }) => name);
  return [
    ["Redis", `maxmemory-policy ${evictionPolicy}; ${persistence}`],
    ...(mayEvictChanges && !allowsEviction && behind.length > 0
      ? ([
          [
            "refused",
            `nodes do not start with write-behind tables (${behind.join(", ")}) until maxmemory-policy is noeviction or volatile-lru`,
          ],
        ] as [string, string][])
      : []),
  ];
}

function journalText({ journalLength, journalLagMs }: Omit<DatabaseStatus, "name">): string {
  const lag = journalLagMs === 0 ? "" : `, the oldest ${lagText(journalLagMs)} old`;
  return `${journalLength} ${journalLength === 1 ? "change" : "changes"}${lag}`;
}

function lagText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : durationText(ms);
}
