import type { Logger } from "../../../log/logger.ts";

/** Warns of a growing journal at doubling lengths: early, and not once for each change. */
export class BacklogAlarm {
  readonly #log: Logger;
  readonly #first: number;
  #next: number;

  constructor(log: Logger, first: number) {
    this.#log = log;
    this.#first = first;
    this.#next = first;
  }

  /**
   * Compares the length of a shard's journal with the next alarm.
   *
   * @param limit length at which writes are refused
   */
  look(shard: number, length: number, limit: number): void {
    if (length >= this.#next) {
      this.#log.warn({ shard, length, limit }, "journal backlog grows: changes queued for MySQL");
      while (this.#next <= length) this.#next *= 2;
    } else if (length < this.#first / 2 && this.#next > this.#first) {
      this.#next = this.#first;
      this.#log.info({ shard, length }, "journal caught up with MySQL");
    }
  }
}
