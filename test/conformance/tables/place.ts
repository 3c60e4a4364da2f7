import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { protocol } from "./fixtures/server/index.ts";
import { heroTable } from "./fixtures/server/tables.tables.ts";

/** Where the rows of one test live, as another process can be told: JSON. Each kind of store adds its own. */
export type StoreSpec =
  | {
      readonly kind: "embedded";
      readonly file: string;
      /** How long a change waits for other processes, milliseconds. Default 20,000. */
      readonly busyMs?: number;
    }
  | {
      readonly kind: "cached";
      readonly mysqlUrl: string;
      readonly redisUrl: string;
      readonly prefix: string;
      /** Whether it is one of several databases, as in a process; else it stands by itself. */
      readonly isOneOfSeveral?: boolean;
      /** The durability of heroes. Default: that of their schema. */
      readonly heroes?: "write-through";
      /** Options of the store besides. */
      readonly options?: Partial<CachedStoreOptions>;
    };

/** A place of its own for one test: every store opened there sees the same rows. */
export interface Place {
  readonly spec: StoreSpec;
  /** Whether handles keep the caller's stack. Default false. */
  readonly callStacks?: boolean;
  /** Called when the test is over and its stores are closed. */
  dispose(): Promise<void>;
}

/** Opens a store on a place: in the test itself, and in the processes it starts. */
export async function openStore(spec: StoreSpec, log: Logger = silentLogger): Promise<TableStore> {
  if (spec.kind === "embedded") return new EmbeddedStore({ busyMs: spec.busyMs ?? 20_000, file: spec.file });
  const { mysqlUrl, redisUrl, prefix, options, isOneOfSeveral = false } = spec;
  const tables = (await protocol.tables!()).map((table) =>
    table.name === heroTable.name ? heroOf(spec) : table,
  );
  const shared = { tables, log, leaseMs: 1_000, ...options, redisUrl, prefix };
  if (!isOneOfSeveral) return CachedStore.open({ ...shared, mysqlUrl });
  return openDatabases({ ...shared, databases: new Map([["main", { mysqlUrl }]]) });
}

/** The table of heroes, as the place has it. */
export function heroOf(spec: StoreSpec): typeof heroTable {
  if (spec.kind === "embedded" || spec.heroes === undefined) return heroTable;
  return { ...heroTable, durability: spec.heroes };
}

export async function embeddedPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "photinus-tables-"));
  return {
    spec: { kind: "embedded", file: join(folder, "tables.sqlite") },
    async dispose() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
