import type { Clock } from "../../clock/clock.ts";
import { NotSent } from "./redis-error.ts";

/** Maximum number of commands that wait for a connection. */
const queueCount = 10_000;
/** Driver's error for a command without a connection, because its offline queue is disabled. */
const notWritten = "Stream isn't writeable";

/** Part of the driver's client that the queue uses. */
export interface QueueClient {
  /** "ready" while commands can be written, "end" after the final close. */
  readonly status: string;
  on(event: "close" | "ready", listener: () => void): unknown;
}

/** Command that waits for a connection and was not sent. */
interface Waiting<T> {
  /** Sequence number of the command. */
  readonly number: number;
  /** End of the wait, by the clock's `now`. */
  readonly until: number;
  send(): Promise<T>;
  resolve(result: T): void;
  reject(error: unknown): void;
}

/**
 * Commands of one connection to Redis. After a break, commands that were not sent wait for the reconnect in order, for a
 * short time. Then they, and all later commands, fail with {@link NotSent} at once. A command that was sent fails with the
 * driver's error and is never resent.
 */
export class OfflineQueue<T> {
  readonly #client: QueueClient;
  readonly #clock: Clock;
  readonly #waitMs: number;
  /** Waiting commands by ascending number. */
  readonly #waiting: Waiting<T>[] = [];
  #last = 0;
  /** Time of the break, by the clock's `now`; undefined while connected. */
  #lostAt: number | undefined;
  #isTimed = false;

  /** @param waitMs wait of a command after a break of the connection, milliseconds; 0: no wait */
  constructor(client: QueueClient, clock: Clock, waitMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#waitMs = waitMs;
    client.on("close", () => this.#lost());
    client.on("ready", () => this.#back());
  }

  /**
   * Sends a command, or queues it until the reconnect.
   *
   * @param send passes the command to the driver; called again if the command was not sent
   */
  run(send: () => Promise<T>): Promise<T> {
    const number = ++this.#last;
    const isOpen = this.#waiting.length === 0 && this.#client.status === "ready";
    return isOpen ? this.#send(number, undefined, send) : this.#wait(number, undefined, send, undefined);
  }

  #send(number: number, until: number | undefined, send: () => Promise<T>): Promise<T> {
    return send().then(undefined, (error: unknown) => {
      const isSent = !(error instanceof Error && error.message.startsWith(notWritten));
      if (isSent) throw error;
      return this.#wait(number, until, send, error);
    });
  }

  /** @param known end of the wait, when the command has waited before */
  #wait(number: number, known: number | undefined, send: () => Promise<T>, cause: unknown): Promise<T> {
    const now = this.#clock.now();
    const until = known ?? this.#lost() + this.#waitMs;
    const isClosed = this.#client.status === "end";
    if (isClosed || until <= now || this.#waiting.length >= queueCount)
      return Promise.reject(new NotSent(cause));
    return new Promise((resolve, reject) => {
      // The driver may return a command later than commands that were given after it; numbers restore the order.
      let at = this.#waiting.length;
      while (at > 0 && this.#waiting[at - 1]!.number > number) at--;
      this.#waiting.splice(at, 0, { number, until, send, resolve, reject });
      this.#time(until - now);
    });
  }

  /** Time of the break; records it on the first call. */
  #lost(): number {
    this.#lostAt ??= this.#clock.now();
    return this.#lostAt;
  }

  #back(): void {
    this.#lostAt = undefined;
    for (const { number, until, send, resolve, reject } of this.#waiting.splice(0))
      this.#send(number, until, send).then(resolve, reject);
  }

  #time(ms: number): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#clock.after(ms, () => {
      this.#isTimed = false;
      const now = this.#clock.now();
      const late = this.#waiting.splice(0);
      for (const command of late) {
        if (command.until <= now) command.reject(new NotSent(undefined));
        else this.#waiting.push(command);
      }
      const [next] = this.#waiting;
      if (next !== undefined) this.#time(next.until - now);
    });
  }
}
