import type { TableLayout } from "../../cache/descriptor.ts";
import type { DatabaseStatus, StoreStatus } from "../../cache/store.ts";
import { durationText, table } from "../status-text.ts";
import { loadData, type Output, withStore } from "./open.ts";

export interface DataStatus extends Omit<StoreStatus, "tables"> {
  /** Every table of the schema. */
  readonly tables: readonly TableStatus[];
}

export interface TableStatus {
  readonly name: string;
  readonly database: string;
  readonly durability: TableLayout["durability"];
  readonly cachedRows: number;
  readonly dirtyRows: number;
}

/** `photinus data status`, as text for a person or as JSON. */
export async function dataStatus(
  options: { readonly config?: string; readonly json?: boolean },
  { stdout }: Output,
): Promise<number> {
  const data = await loadData(options.config);
  const status = statusOf(await withStore(data, (store) => store.status()), data.tables);
  const configured = data.topology.data;
  const allowsEviction = configured.kind === "cached" && configured.options.allowEviction === true;
  const isJson = options.json === true;
  stdout.write(isJson ? `${JSON.stringify(status, undefined, 2)}\n` : dataStatusText(status, allowsEviction));
  return 0;
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
      ["store", isCached ? "Redis before MySQL" : "embedded (SQLite)"],
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
