import { type MariaDb, run, startMariaDb, type TestDatabase } from "./mariadb.ts";

/** A MariaDB and a second one that follows it. */
export interface ReplicatedMariaDb extends AsyncDisposable {
  readonly primary: MariaDb;
  readonly replica: MariaDb;
  /** A database of the primary, as the replica has it. */
  replicaUrl(database: TestDatabase): string;
  /** Resolves when the replica has all that the primary has now. */
  caughtUp(): Promise<void>;
  /** Lets the replica stay as it is, while the primary goes on. */
  standStill(): Promise<void>;
  /** Lets it follow again. */
  follow(): Promise<void>;
}

/** How long the replica may take to catch up, seconds. */
const catchUpSeconds = 30;

/** Starts two servers, the second a replica of the first. */
export async function startReplicatedMariaDb(): Promise<ReplicatedMariaDb> {
  const primary = await startMariaDb(["--server-id=1", "--log-bin=changes", "--binlog-format=ROW"]);
  let replica: MariaDb | undefined;
  try {
    replica = await startMariaDb(["--server-id=2", "--skip-log-bin", "--read-only=ON"]);
    const { port } = new URL(primary.url);
    const place = `MASTER_HOST='127.0.0.1', MASTER_PORT=${port}, MASTER_USER='root', MASTER_PASSWORD=''`;
    await run(replica.url, `CHANGE MASTER TO ${place}, MASTER_USE_GTID=slave_pos`);
    await run(replica.url, "START SLAVE");
    return pairOf(primary, replica);
  } catch (error) {
    await replica?.[Symbol.asyncDispose]();
    await primary[Symbol.asyncDispose]();
    throw error;
  }
}

function pairOf(primary: MariaDb, replica: MariaDb): ReplicatedMariaDb {
  return {
    primary,
    replica,
    replicaUrl(database) {
      const url = new URL(database.url);
      url.port = new URL(replica.url).port;
      return url.href;
    },
    async caughtUp() {
      const [row] = await run(primary.url, "SELECT @@gtid_binlog_pos AS position");
      const wait = `SELECT MASTER_GTID_WAIT('${String(row?.["position"])}', ${catchUpSeconds}) AS late`;
      const [waited] = await run(replica.url, wait);
      if (waited?.["late"] === 0) return;
      const [status] = await run(replica.url, "SHOW SLAVE STATUS");
      throw new Error(
        `the replica does not follow: ${status?.["Last_IO_Error"]} ${status?.["Last_SQL_Error"]}`,
      );
    },
    async standStill() {
      await run(replica.url, "STOP SLAVE SQL_THREAD");
    },
    async follow() {
      await run(replica.url, "START SLAVE SQL_THREAD");
    },
    async [Symbol.asyncDispose]() {
      await replica[Symbol.asyncDispose]();
      await primary[Symbol.asyncDispose]();
    },
  };
}
