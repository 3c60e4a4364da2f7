import type { Clock } from "../../clock/clock.ts";

/** Maximum age of an answer that is passed to scripts, and age at which the server is asked again, milliseconds. */
const trustMs = 100;
const askAgainMs = 50;

/** Part of the driver's client that {@link ServerLife} uses. */
export interface LifeClient {
  /** "ready" while commands can be written. */
  readonly status: string;
  info(section: string): Promise<string>;
  on(event: "close", listener: () => void): unknown;
}

/**
 * Life of a Redis server, as reported on one connection: 16 characters of its `master_replid`, which changes with a restart
 * and with a failover. Scripts that depend on it get it as their last argument, which saves an INFO in the script; INFO
 * takes as long as reading a row.
 *
 * A restart breaks the connection, and the life is forgotten. A server that was demoted and promoted again keeps its
 * connections, so an answer is valid for 100 ms only: promoting another server, using it, and switching back takes longer.
 */
export class ServerLife {
  readonly #client: LifeClient;
  readonly #clock: Clock;
  #life = "";
  /** Time of the request whose answer is {@link #life}, by the clock's `now`. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  /** Number of the connection, so that answers of earlier connections are ignored. */
  #connection = 0;

  constructor(client: LifeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.on("close", () => {
      this.#connection++;
      this.#askedAt = Number.NEGATIVE_INFINITY;
    });
  }

  /** Life to pass to a script that is sent now; "" when the script has to read it. */
  get(): string {
    const age = this.#clock.now() - this.#askedAt;
    if (age > askAgainMs && !this.#isAsking && this.#client.status === "ready") void this.#ask();
    return age <= trustMs ? this.#life : "";
  }

  async #ask(): Promise<void> {
    const connection = this.#connection;
    const askedAt = this.#clock.now();
    this.#isAsking = true;
    try {
      const [, life] = /^master_replid:(\w{16})/m.exec(await this.#client.info("replication")) ?? [];
      if (life === undefined || connection !== this.#connection) return;
      this.#life = life;
      this.#askedAt = askedAt;
    } catch {
      // The script then runs INFO itself and reports the error.
    } finally {
      this.#isAsking = false;
    }
  }
}
