import { fail } from "../../../schema/errors.ts";
import { nearest } from "../../../schema/suggest.ts";
import type { TableLayout } from "../../tables/table-layout.ts";
import { variableOf } from "./database-variables.ts";
import type { ResolvedCached, ResolvedDatabase } from "./resolve/resolve-data.ts";

/**
 * Returns the MySQL databases of the tables, by the database names of the schema. Throws FAILED_PRECONDITION for a database
 * that is not configured, with one of its tables, and for two names of the same database.
 */
export function databasesOf(
  data: ResolvedCached,
  tables: readonly TableLayout[],
): ReadonlyMap<string, ResolvedDatabase & { readonly mysqlUrl: string }> {
  const found = new Map<string, ResolvedDatabase & { readonly mysqlUrl: string }>();
  const places = new Map<string, string>();
  // Sorted by name, so that messages and reports do not depend on the order of the tables.
  for (const table of tables.toSorted((a, b) => (a.database < b.database ? -1 : 1))) {
    const { database: name } = table;
    if (found.has(name)) continue;
    const database = findDatabase(data, name);
    if (database?.mysqlUrl === undefined) throw missing(data, table);
    const { mysqlUrl } = database;
    const place = placeOf(mysqlUrl);
    const other = places.get(place);
    if (other !== undefined) {
      throw fail(
        "FAILED_PRECONDITION",
        `the databases "${other}" and "${name}" are both ${place}; configure a separate MySQL database for each`,
      );
    }
    places.set(place, name);
    found.set(name, { ...database, mysqlUrl });
  }
  return found;
}

/** Returns former databases of the tables by name, if they are still configured. */
export function formerDatabasesOf(
  data: ResolvedCached,
  tables: readonly TableLayout[],
): ReadonlyMap<string, ResolvedDatabase & { readonly mysqlUrl: string }> {
  const names = new Set(tables.flatMap(({ former = [] }) => former.map(({ database }) => database)));
  const found = new Map<string, ResolvedDatabase & { readonly mysqlUrl: string }>();
  for (const name of names) {
    const database = findDatabase(data, name);
    if (database?.mysqlUrl !== undefined) found.set(name, { ...database, mysqlUrl: database.mysqlUrl });
  }
  return found;
}

/** Returns the databases of the topology without tables, which are usually mistakes. */
export function unusedDatabases(data: ResolvedCached, tables: readonly TableLayout[]): string[] {
  const used = new Set(tables.map(({ database }) => database));
  return [...data.databases.keys()].filter((name) => name !== "main" && !used.has(name));
}

function findDatabase(
  { databases, environment }: ResolvedCached,
  name: string,
): ResolvedDatabase | undefined {
  return databases.get(name) ?? environment.get(variableOf("MYSQL_URL", name));
}

function missing({ because, databases }: ResolvedCached, { name, database }: TableLayout) {
  if (database === "main") {
    return fail(
      "FAILED_PRECONDITION",
      `${because} selects MySQL and Redis for tables, but no MySQL is configured; set MYSQL_URL or data.mysql.url`,
    );
  }
  const near = nearest(database, [...databases.keys()]);
  const hint = near === undefined ? "" : `; did the schema mean "${near}"?`;
  return fail(
    "FAILED_PRECONDITION",
    `no MySQL is configured for the database "${database}" of the table ${name}; set ` +
      `data.databases.${database}.url or ${variableOf("MYSQL_URL", database)}${hint}`,
  );
}

/** Returns host, port and database of a URL, for comparison and for messages: without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { hostname, port, pathname } = new URL(url);
  return `${hostname.toLowerCase()}:${port || "3306"}${pathname}`;
}
