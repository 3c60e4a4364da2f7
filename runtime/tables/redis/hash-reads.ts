import type { Text } from "../redis-mysql/column-text.ts";

/** Hashes that one caller reads. */
interface Reading {
  readonly keys: readonly Text[];
  /** Index of the next key to request. */
  next: number;
  /** Number of unanswered keys. */
  left: number;
  take(hash: readonly Buffer[], at: number): void;
  end(): void;
  fail(error: unknown): void;
  hasFailed: boolean;
  /** Next reading in the queue. */
  behind: Reading | undefined;
}

/**
 * Reads hashes with a bounded number of requests in flight. Callers take turns key by key, so a read of one row does not
 * wait for a read of thousands. The cost of a read does not depend on the number of waiting reads.
 */
export class HashReads {
  readonly #send: (key: Text) => Promise<readonly Buffer[]>;
  readonly #most: number;
  #underWay = 0;
  #first: Reading | undefined;
  #last: Reading | undefined;

  constructor(send: (key: Text) => Promise<readonly Buffer[]>, most: number) {
    this.#send = send;
    this.#most = most;
  }

  /**
   * Reads the hash of each key. Rejects with the first error and requests no further keys of this call.
   *
   * @param map converts a hash as soon as it arrives
   */
  read<T>(keys: readonly Text[], map: (hash: readonly Buffer[]) => T): Promise<T[]> {
    if (keys.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const values = new Array<T>(keys.length);
      this.#push({
        keys,
        next: 0,
        left: keys.length,
        take: (hash, at) => {
          values[at] = map(hash);
        },
        end: () => resolve(values),
        fail: reject,
        hasFailed: false,
        behind: undefined,
      });
      this.#fill();
    });
  }

  #fill(): void {
    while (this.#underWay < this.#most) {
      const reading = this.#first;
      if (reading === undefined) return;
      this.#first = reading.behind;
      if (this.#first === undefined) this.#last = undefined;
      if (reading.hasFailed) continue;
      const at = reading.next++;
      if (reading.next < reading.keys.length) this.#push(reading);
      this.#underWay++;
      void this.#ask(reading, at);
    }
  }

  #push(reading: Reading): void {
    reading.behind = undefined;
    if (this.#last === undefined) this.#first = reading;
    else this.#last.behind = reading;
    this.#last = reading;
  }

  async #ask(reading: Reading, at: number): Promise<void> {
    try {
      reading.take(await this.#send(reading.keys[at]!), at);
      if (--reading.left === 0) reading.end();
    } catch (error) {
      reading.hasFailed = true;
      reading.fail(error);
    }
    this.#underWay--;
    this.#fill();
  }
}
