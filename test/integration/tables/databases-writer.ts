import { writeSync } from "node:fs";
import {
  type CachedDatabasesOptions,
  openDatabases,
} from "../../../runtime/tables/databases/open-databases.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";

/*
 * The program of a process that is killed: `databases-writer PLACES`, which is JSON. It increments the gold of hero 1 in the
 * databases "main" and "shop" and prints the database's name when a change was acknowledged, for ever.
 */

/** Where it works. */
export interface WriterPlaces extends Pick<CachedDatabasesOptions, "redisUrl" | "prefix"> {
  readonly mysqlUrls: readonly (readonly [name: string, url: string])[];
}

/** Changes under way at a time, in each database. */
export const laneCount = 4;

/** Tables of one name in both databases. */
export const heroTables = {
  main: heroTable,
  shop: { ...heroTable, database: "shop" } as typeof heroTable,
};

/** Opens both databases. */
export function openPlaces({ mysqlUrls, ...places }: WriterPlaces) {
  const databases = new Map(mysqlUrls.map(([name, mysqlUrl]) => [name, { mysqlUrl }]));
  const tables = [heroTables.main, heroTables.shop];
  return openDatabases({ ...places, databases, tables, flushMs: 10, leaseMs: 500 });
}

if (process.argv[1] === import.meta.filename) {
  const store = await openPlaces(JSON.parse(process.argv[2] ?? "") as WriterPlaces);
  const lane = async (name: keyof typeof heroTables) => {
    const heroes = new TableHandle(heroTables[name], store);
    for (;;) {
      await heroes.increment(1n, "gold", 1n);
      writeSync(1, `${name}\n`);
    }
  };
  const lanes = Array.from({ length: laneCount }, () => [lane("main"), lane("shop")]);
  await Promise.all(lanes.flat());
}
