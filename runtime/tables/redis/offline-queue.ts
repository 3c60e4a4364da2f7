import type { Clock } from "../../clock/clock.ts";
import { NotSent } from "./redis-error.ts";

/** Most commands that wait for a connection. */
const queueCount = 10_000;
/** What the driver says of a command that it was given without a connection: it keeps no queue of its own. */
const notWritten = "Stream isn't writeable";

/** What a queue needs of the driver's client. */
export interface QueueClient {
  /** "ready" while commands can be written, "end" when it was closed for good. */
  readonly status: string;
  on(event: "close" | "ready", listener: () => void): unknown;
}

/** A command that may be sent again, as long as it was not sent. */
interface Waiting<T> {
  /** Which command it was of all that this queue was given. */
  readonly number: number;
  /** Until when it waits, by the clock's `now`. */
  readonly until: number;
  send(): Promise<T>;
  resolve(result: T): void;
  reject(error: unknown): void;
}

/**
 * The commands of one connection to Redis. When the connection breaks, those that were not sent wait for it to come back, in
 * their order, for a short time after the break; then they, and all after them, fail with {@link NotSent} at once. One that
 * was sent fails with the driver's error, and is never sent again.
 */
export class OfflineQueue<T> {
  readonly #client: QueueClient;
  readonly #clock: Clock;
  readonly #waitMs: number;
  /** In the order of their numbers. */
  readonly #waiting: Waiting<T>[] = [];
  #last = 0;
  /** When the connection broke, by the clock's `now`; undefined while it is there. */
  #lostAt: number | undefined;
  #isTimed = false;

  /** @param waitMs how long a command waits after the connection has broken, milliseconds; 0: not at all */
  constructor(client: QueueClient, clock: Clock, waitMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#waitMs = waitMs;
    client.on("close", () => this.#lost());
    client.on("ready", () => this.#back());
  }

  /** @param send gives the command to the driver, once or, if it was not sent, again */
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

  /** @param known until when it waits, when it has waited before */
  #wait(number: number, known: number | undefined, send: () => Promise<T>, cause: unknown): Promise<T> {
    const now = this.#clock.now();
    const until = known ?? this.#lost() + this.#waitMs;
    const isClosed = this.#client.status === "end";
    if (isClosed || until <= now || this.#waiting.length >= queueCount)
      return Promise.reject(new NotSent(cause));
    return new Promise((resolve, reject) => {
      // A command that the driver had taken comes back later than commands that were given after it.
      let at = this.#waiting.length;
      while (at > 0 && this.#waiting[at - 1]!.number > number) at--;
      this.#waiting.splice(at, 0, { number, until, send, resolve, reject });
      this.#time(until - now);
    });
  }

  /** When the connection broke. */
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
