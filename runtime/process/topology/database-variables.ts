/** Returns the name of the environment variable of a database: MYSQL_URL_SHOP_EU for "shop-eu", MYSQL_URL for "main". */
export function variableOf(kind: "MYSQL_URL" | "MYSQL_REPLICA_URLS", database: string): string {
  return database === "main" ? kind : `${kind}_${database.toUpperCase().replaceAll("-", "_")}`;
}
