import { fail, isPhotinusError, messageOf } from "../../../schema/errors.ts";
import { backoffMs } from "../../clock/backoff.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import { Database, placeOf } from "../mysql/mysql-database.ts";
import { SqlTables } from "./rows/sql-tables.ts";

/** How long a replica that has failed is left alone, milliseconds; after each further failure twice as long. */
const rest = Object.freeze({ minDelayMs: 1_000, maxDelayMs: 60_000 });

/** What replicas need of their store. */
export interface ReplicaOptions {
  readonly replicaUrls: readonly string[];
  /** Most connections to each. */
  readonly connections: number;
  /** Most time of one call, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Replica {
  readonly url: string;
  /** For the log: without user and password. */
  readonly place: string;
  opening: Promise<{ readonly database: Database; readonly tables: SqlTables }> | undefined;
  /** Failures since it answered last. */
  failures: number;
  /** Until when it is left alone, by the clock's `now`. */
  restsUntil: number;
}

/**
 * MySQL servers that follow the primary, some time behind it. Reads that accept age go to one of them: always to the same,
 * which each process chooses by chance, while it answers; else to the next one; and when none answers, to the primary. What
 * they give must neither come into the cache nor decide a change.
 */
export class ReadReplicas {
  readonly #options: ReplicaOptions;
  readonly #primary: SqlTables;
  readonly #replicas: readonly Replica[];
  #chosen: number;
  #isClosed = false;

  /** Connects to nothing yet: a replica that is away keeps nobody from starting. Throws INVALID_ARGUMENT for a URL that is none. */
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

  /** Rejects with what the primary says, when it comes to that. */
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
      // A silent replica leaves as much time to each of the others, and to the primary.
      const end = now + (until - now) / (count - tried + 1);
      try {
        const { tables } = await this.#open(replica, end);
        const result = await work(tables, end);
        this.#answered(replica);
        this.#chosen = at;
        return result;
      } catch (error) {
        // Whatever it is, a table that it does not have yet for instance: another may do better.
        this.#failed(replica, error);
      }
    }
    return work(this.#primary, until);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      this.#replicas.map(async ({ opening }) => (await opening?.catch(() => undefined))?.database.close()),
    );
  }

  #open(replica: Replica, until: number): NonNullable<Replica["opening"]> {
    if (this.#isClosed) throw fail("UNAVAILABLE", "the store is closed");
    replica.opening ??= Database.open({ ...this.#options, url: replica.url }, until).then(
      // Nothing is ever created here: tables come by replication.
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
    this.#options.log.info({ replica: replica.place }, "a read replica answers again");
  }

  #failed(replica: Replica, error: unknown): void {
    const { clock, log } = this.#options;
    const now = clock.now();
    // Reads that were under way together have met one failure.
    if (this.#isClosed || replica.restsUntil > now) return;
    replica.restsUntil = now + backoffMs(rest, replica.failures++);
    // At doubling counts: one that is away for long does not fill the log.
    if ((replica.failures & (replica.failures - 1)) !== 0) return;
    log.warn(
      { replica: replica.place, failures: replica.failures, reason: serverReason(error) },
      "a read replica does not answer; what would read it reads another server",
    );
  }
}

/** What the server said, behind what callers are told of it. */
function serverReason(error: unknown): string {
  const told = isPhotinusError(error) && error.cause !== undefined ? error.cause : error;
  return messageOf(told);
}
