import { existsSync } from "node:fs";
import type { Look, SilentServer } from "../../tables/databases/look-at-databases.ts";
import { inMemory } from "../../tables/sqlite/sqlite-file.ts";
import type { TableLayout } from "../../tables/table-layout.ts";
import type { DatabaseStatus, StoreStatus } from "../../tables/table-store.ts";
import { durationText, table } from "../status-text.ts";
import { loadData, lookAt, type Output, withStore } from "./open-data.ts";

export interface DataStatus extends Omit<StoreStatus, "tables"> {
  /** Every table of the schema. */
  readonly tables: readonly TableStatus[];
  /** Servers that did not answer; left out when all did. */
  readonly silent?: readonly SilentServer[];
  /** Of the embedded store: its file. */
  readonly file?: string;
}

export interface TableStatus {
  readonly name: string;
  readonly database: string;
  readonly durability: TableLayout["durability"];
  readonly cachedRows: number;
  readonly dirtyRows: number;
}

/** `photinus data status`, as text for a person or as JSON. Resolves with the exit code: 1 when a server does not answer. */
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

/** A store tells of tables that it has met; the others have nothing in it. */
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
  return `${file} (not there yet: it is made when a table is first used)`;
}

/** @param allowsEviction whether the topology accepts a Redis that may evict changes; default false */
export function dataStatusText(status: DataStatus, allowsEviction = false): string {
  const isCached = status.kind === "cached";
  // The embedded store writes all tables alike.
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

/** The part of the status that does not need Redis. */
export interface HalfStatus {
  readonly kind: "cached";
  readonly silent: readonly SilentServer[];
  readonly tables: readonly {
    readonly name: string;
    readonly database: string;
    readonly durability: TableLayout["durability"];
    /** About how many MySQL has; undefined when it does not answer, null when the table is not there. */
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
    storedRows === undefined ? "not known" : storedRows === null ? "no table" : `about ${storedRows}`,
  ]);
  const lines = [
    ...table(undefined, [
      ["store", cachedStore],
      ...silentLines(silent),
      ["not known", "durability, journal, dead letters, cached rows: Redis has them"],
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

/** How Redis is set up, and what comes of it when that is not sound. */
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
