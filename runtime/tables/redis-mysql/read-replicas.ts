import { fail, isPhotinusError, messageOf } from "../../../schema/errors.ts";
import { backoffMs } from "../../clock/backoff.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { Database, placeOf } from "../mysql/mysql-database.ts";
import { SqlTables } from "./rows/sql-tables.ts";

/** Time for which a replica that failed is not asked, milliseconds; doubles with each further failure. */
const rest = Object.freeze({ minDelayMs: 1_000, maxDelayMs: 60_000 });

/** Options of {@link ReadReplicas}. */
export interface ReplicaOptions {
  /** URLs of the replicas; none: reads go to the primary. */
  readonly replicaUrls: readonly string[];
  /** Maximum connections to each replica. */
  readonly connections: number;
  /** Timeout of one call, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Replica {
  readonly url: string;
  /** Host, port and database, for the log: without user and password. */
  readonly place: string;
  opening: Promise<{ readonly database: Database; readonly tables: SqlTables }> | undefined;
  /** Consecutive failures. */
  failures: number;
  /** Time until which the replica is not asked, by the clock's `now`. */
  restsUntil: number;
}

/**
 * MySQL servers that replicate the primary with a delay. Reads that accept stale rows go to one of them. Each process
 * chooses a replica at random and keeps it while it answers. After a failure the next replica is asked, and the primary
 * last. Rows of a replica must neither be cached nor decide a change.
 */
export class ReadReplicas {
  readonly #options: ReplicaOptions;
  readonly #primary: SqlTables;
  readonly #replicas: readonly Replica[];
  #chosen: number;
  #isClosed = false;

  /** Does not connect yet, so that an unreachable replica delays no start. Throws INVALID_ARGUMENT for an invalid URL. */
  constructor(options: ReplicaOptions, primary: SqlTables) {
    this.#options = options;
    this.#primary = primary;
    this.#replicas = options.replicaUrls.map((url) => {
      const { host, port, database } = placeOf(url);
      const place = `${host}:${port}/${database}`;
      return { url, place, opening: undefined, failures: 0, restsUntil: 0 };
    });
    this.#chosen = Math.floor(Math.random() * this.#replicas.length);
  }

  /** Runs a read at a replica, or at the primary when no replica answers. Rejects with the error of the primary. */
  async read<T>(work: (tables: SqlTables, until: number) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const count = this.#replicas.length;
    const first = this.#chosen;
    const until = this.#primary.until();
    for (let tried = 0; tried < count; tried++) {
      const at = (first + tried) % count;
      const replica = this.#replicas[at]!;
      const now = clock.now();
      if (replica.restsUntil > now) continue;
      // A silent replica uses up only its share of the time; the other replicas and the primary keep theirs.
      const end = now + (until - now) / (count - tried + 1);
      try {
        const { tables } = await this.#open(replica, end);
        const result = await work(tables, end);
        this.#answered(replica);
        this.#chosen = at;
        return result;
      } catch (error) {
        // Any error, such as a missing table, may be absent on another server.
        this.#failed(replica, error);
      }
    }
    return work(this.#primary, until);
  }

  /** Closes the connections to all replicas. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      this.#replicas.map(async ({ opening }) => (await opening?.catch(() => undefined))?.database.close()),
    );
  }

  #open(replica: Replica, until: number): NonNullable<Replica["opening"]> {
    if (this.#isClosed) throw fail("UNAVAILABLE", "the table store is closed");
    replica.opening ??= Database.open({ ...this.#options, url: replica.url }, until).then(
      // Tables are never created on a replica: replication brings them.
      (database) => ({ database, tables: new SqlTables(database, [], false) }),
      (error: unknown) => {
        replica.opening = undefined;
        throw error;
      },
    );
    return replica.opening;
  }

  #answered(replica: Replica): void {
    if (replica.failures === 0) return;
    replica.failures = 0;
    this.#options.log.info({ replica: replica.place }, "read replica recovered");
  }

  #failed(replica: Replica, error: unknown): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    // Concurrent reads that failed together count as one failure.
    if (this.#isClosed || replica.restsUntil > now) return;
    replica.restsUntil = now + backoffMs(rest, replica.failures++);
    // Logged at doubling counts, so that a long outage does not fill the log.
    if ((replica.failures & (replica.failures - 1)) !== 0) return;
    log.warn(
      { replica: replica.place, failures: replica.failures, reason: serverReason(error) },
      "read replica failed; its reads go to another server",
    );
  }
}

/** Message of the server, which is the cause of the error that callers get. */
function serverReason(error: unknown): string {
  const told = isPhotinusError(error) && error.cause !== undefined ? error.cause : error;
  return messageOf(told);
}
