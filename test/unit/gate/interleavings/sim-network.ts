/** What happens when a message arrives. */
export type Arrival = () => void;

/** Messages in one direction of a connection, in order. Each is delivered when the scheduler chooses it. */
export class Way {
  readonly #waiting: Arrival[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  send(arrival: Arrival): void {
    this.#waiting.push(arrival);
  }

  /** Loses what is under way. */
  lose(): void {
    this.#waiting.length = 0;
  }

  deliver(): void {
    this.#waiting.shift()?.();
  }
}

/** Numbers from a seed: mulberry32. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Returns a whole number below a count. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Whether something with a probability of one in `count` happens. */
  once(count: number): boolean {
    return this.below(count) === 0;
  }
}

/** All ways between the gates of one run. Messages of one way keep their order; those of different ways do not. */
export class SimNetwork {
  readonly chance: Chance;
  #ways: Way[] = [];

  constructor(chance: Chance) {
    this.chance = chance;
  }

  way(): Way {
    const way = new Way();
    this.#ways.push(way);
    return way;
  }

  /** Delivers one message of a random way. Returns false when nothing is under way. */
  deliver(): boolean {
    const busy = this.#ways.filter(({ size }) => size > 0);
    if (busy.length === 0) {
      return false;
    }
    this.chance.of(busy).deliver();
    return true;
  }
}
