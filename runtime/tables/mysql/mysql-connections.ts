import type { Pool, PoolConnection } from "mysql2/promise";
import { fail } from "../../../schema/errors.ts";
import type { Deadlines } from "../../clock/deadlines.ts";

/** Maximum calls that wait for a connection. */
const queueCount = 20_000;
/** Time for closing all connections, milliseconds. */
const goodbyeMs = 1_000;

/** Connection leased by one call. The first of `release` and `destroy` ends the lease; later calls have no effect. */
export class Lease {
  readonly connection: PoolConnection;
  readonly #onEnd: (isGood: boolean) => void;
  #isOver = false;

  constructor(connection: PoolConnection, onEnd: (isGood: boolean) => void) {
    this.connection = connection;
    this.#onEnd = onEnd;
  }

  /** Returns the connection to the pool. */
  release(): void {
    this.#end(true);
  }

  /** Destroys a connection in an unknown state. The server rolls back its uncommitted transaction. */
  destroy(): void {
    this.#end(false);
  }

  #end(isGood: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd(isGood);
  }
}

/**
 * Bounded pool of the driver's connections, in request order. Replaces the driver's own queue, which keeps callers that have
 * given up, and its own close, which waits for a server that may never answer.
 */
export class Connections {
  readonly #pool: Pool;
  readonly #count: number;
  readonly #waitMs: number;
  readonly #deadlines: Deadlines;
  readonly #open = new Set<object>();
  readonly #waiting = new Set<(error?: Error) => void>();
  #taken = 0;

  /**
   * @param count maximum number of connections
   * @param waitMs how long to wait for a pooled connection, in ms
   */
  constructor(pool: Pool, count: number, waitMs: number, deadlines: Deadlines) {
    this.#pool = pool;
    this.#count = count;
    this.#waitMs = waitMs;
    this.#deadlines = deadlines;
    pool.pool.on("connection", (connection) => {
      this.#open.add(connection);
      connection.once("end", () => this.#open.delete(connection));
      connection.once("error", () => this.#open.delete(connection));
    });
  }

  /**
   * Takes a connection from the pool, or opens one when none is free.
   *
   * @param ms remaining time of the caller, milliseconds
   * @throws RESOURCE_EXHAUSTED when too many calls wait
   */
  async take(ms: number): Promise<Lease> {
    const limitMs = Math.min(ms, this.#waitMs);
    const end = this.#deadlines.clock.now() + limitMs;
    if (this.#taken >= this.#count) await this.#turn(limitMs);
    else this.#taken++;
    return this.#connect(end - this.#deadlines.clock.now(), limitMs);
  }

  /** Rejects waiting calls, then closes all connections; destroys the connections of a silent server. */
  async close(): Promise<void> {
    for (const resume of this.#waiting) resume(new Error("the connections to MySQL are closed"));
    const ending = this.#pool.end().catch(() => undefined);
    await new Promise<void>((resolve) => {
      const timer = this.#deadlines.clock.after(goodbyeMs, resolve);
      void ending.then(() => {
        timer.cancel();
        resolve();
      });
    });
    for (const connection of this.#open) destroyed(connection);
  }

  /** Resolves once another call has returned its connection to this caller. */
  #turn(ms: number): Promise<void> {
    if (this.#waiting.size >= queueCount) {
      throw fail("RESOURCE_EXHAUSTED", "too many calls wait for a connection to MySQL", {
        retryAfterMs: 1_000,
      });
    }
    return new Promise((resolve, reject) => {
      const handle = this.#deadlines.add(ms, { onDeadline: () => resume(noneFree(ms)) });
      const resume = (error?: Error) => {
        this.#waiting.delete(resume);
        this.#deadlines.remove(handle);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.add(resume);
    });
  }

  #connect(ms: number, limitMs: number): Promise<Lease> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const onDeadline = () => {
        isLate = true;
        reject(new Error(`MySQL did not accept a connection within ${Math.round(limitMs)} ms`));
      };
      const handle = this.#deadlines.add(Math.max(0, ms), { onDeadline });
      this.#pool.getConnection().then(
        (connection) => {
          this.#deadlines.remove(handle);
          const lease = new Lease(connection, (isGood) => this.#ended(connection, isGood));
          if (isLate) lease.release();
          else resolve(lease);
        },
        (error: unknown) => {
          this.#deadlines.remove(handle);
          this.#leave();
          reject(error);
        },
      );
    });
  }

  #ended(connection: PoolConnection, isGood: boolean): void {
    if (isGood) connection.release();
    else {
      destroyed(connection.connection);
      this.#open.delete(connection.connection);
    }
    this.#leave();
  }

  /** Passes a connection slot to the next waiting call. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#taken--;
    else next();
  }
}

function noneFree(ms: number): Error {
  return new Error(`no pooled connection to MySQL was free for ${Math.round(ms)} ms`);
}

/** Destroys the socket too, because the driver leaves it open until the server answers, and a silent server never does. */
function destroyed(connection: object): void {
  const driven = connection as { destroy(): void; readonly stream: { destroy(): void } };
  driven.destroy();
  driven.stream.destroy();
}
