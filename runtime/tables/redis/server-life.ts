import type { Clock } from "../../clock/clock.ts";

/** How long after the question an answer is passed to scripts, and after how long the server is asked again, milliseconds. */
const trustMs = 100;
const askAgainMs = 50;

/** What is needed of the driver's client. */
export interface LifeClient {
  /** "ready" while commands can be written. */
  readonly status: string;
  info(section: string): Promise<string>;
  on(event: "close", listener: () => void): unknown;
}

/**
 * The life of a Redis server, as told on one connection: 16 characters of its `master_replid`, which is another one after a
 * restart and after a failover. Scripts that depend on it get it as their last argument, which spares them asking: INFO takes
 * as long as reading a row.
 *
 * A restart breaks the connection, and with it the life is forgotten. A server that was demoted and promoted again keeps its
 * connections, so an answer counts for 100 ms only: promotion of another server, its use, and the way back take longer.
 */
export class ServerLife {
  readonly #client: LifeClient;
  readonly #clock: Clock;
  #life = "";
  /** When the question was asked that {@link #life} answers, by the clock's `now`. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  /** Counts connections: what was asked on an earlier one is not taken. */
  #connection = 0;

  constructor(client: LifeClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.on("close", () => {
      this.#connection++;
      this.#askedAt = Number.NEGATIVE_INFINITY;
    });
  }

  /** The life to pass to a script that is sent now; "" when the script has to ask. */
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
      // Scripts ask, and say why it fails.
    } finally {
      this.#isAsking = false;
    }
  }
}
