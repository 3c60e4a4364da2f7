import type { Logger } from "../../../log/logger.ts";

/** Says that the journal grows, at doubling lengths: not once for each change, and not only when it is too late. */
export class BacklogAlarm {
  readonly #log: Logger;
  readonly #first: number;
  #next: number;

  constructor(log: Logger, first: number) {
    this.#log = log;
    this.#first = first;
    this.#next = first;
  }

  /** @param limit where writes are refused */
  look(shard: number, length: number, limit: number): void {
    if (length >= this.#next) {
      this.#log.warn({ shard, length, limit }, "changes wait for MySQL");
      while (this.#next <= length) this.#next *= 2;
    } else if (length < this.#first / 2 && this.#next > this.#first) {
      this.#next = this.#first;
      this.#log.info({ shard, length }, "MySQL has caught up");
    }
  }
}
