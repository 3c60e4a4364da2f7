/** What the variables of a database end with: "shop-eu" has MYSQL_URL_SHOP_EU; "main" has MYSQL_URL. */
export function variableOf(kind: "MYSQL_URL" | "MYSQL_REPLICA_URLS", database: string): string {
  return database === "main" ? kind : `${kind}_${database.toUpperCase().replaceAll("-", "_")}`;
}
