import type { TableLayout } from "../../../../runtime/tables/table-layout.ts";
import type { StoredRow, TableStore } from "../../../../runtime/tables/table-store.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";

/** Possible values of a column: the last acknowledged value, and later values whose write has an unknown outcome. */
export class Possible<T> {
  #values: T[];

  constructor(value: T) {
    this.#values = [value];
  }

  get isCertain(): boolean {
    return this.#values.length === 1;
  }

  get last(): T {
    return this.#values.at(-1)!;
  }

  has(value: T): boolean {
    return this.#values.includes(value);
  }

  note(value: T, isAcknowledged: boolean): void {
    if (isAcknowledged) this.#values = [value];
    else this.#values.push(value);
  }
}

/** What must be true of one row. */
export interface Hero {
  readonly id: bigint;
  readonly isThere: Possible<boolean>;
  readonly guild: Possible<bigint>;
  readonly level: Possible<bigint>;
  /** Sums of the increments that were acknowledged, and of those that may have happened. */
  gold: bigint;
  maybeGold: bigint;
}

const columns = Object.freeze({ guild: 1, gold: 2, level: 3 });
const restMs = 20;
const guildCount = 7;

/**
 * Changes rows all the time, by two stores, and keeps a ledger of what has been acknowledged. Levels are the first store's
 * alone, guilds the second's, gold belongs to both; besides, each store makes rows and removes them.
 */
export class Load {
  readonly guilds = Array.from({ length: guildCount }, (_, at) => BigInt(at));
  /** Errors but UNAVAILABLE, and answers that were wrong at once. */
  readonly strange: string[] = [];
  acknowledged = 0;
  unavailable = 0;
  readonly #table: TableLayout;
  readonly #heroes = new Map<bigint, Hero>();
  readonly #running: Promise<void>[] = [];
  #nextId = 1n;
  #isStopping = false;

  private constructor(table: TableLayout) {
    this.#table = table;
  }

  static async start(
    table: TableLayout,
    stores: readonly [TableStore, TableStore],
    count: number,
  ): Promise<Load> {
    const load = new Load(table);
    const heroes = Array.from({ length: count }, () => load.#hero());
    await Promise.all(heroes.map((hero) => load.#create(stores[0], hero)));
    const [first, second] = stores;
    for (const hero of heroes) {
      load.#running.push(load.#repeat(() => load.#raise(first, hero)));
      load.#running.push(load.#repeat(() => load.#move(second, hero)));
    }
    for (let at = 0; at < 16; at++) {
      load.#running.push(load.#repeat(() => load.#comeAndGo(stores[at % 2]!, at % 4 < 2)));
    }
    return load;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
  }

  heroes(): Hero[] {
    return [...this.#heroes.values()];
  }

  /** Rows, in the order of the heroes, that are none of what they may be. */
  disagreements(rows: readonly (StoredRow | undefined)[]): string[] {
    return this.heroes().flatMap((hero, at) => {
      const row = rows[at];
      if (!hero.isThere.has(row !== undefined))
        return [`hero ${hero.id} is ${row === undefined ? "lost" : "there"}`];
      if (row === undefined) return [];
      const [, guild, gold, level] = row.values as bigint[];
      const isRight =
        hero.guild.has(guild!) &&
        hero.level.has(level!) &&
        gold! >= hero.gold &&
        gold! <= hero.gold + hero.maybeGold;
      return isRight ? [] : [`hero ${hero.id}: ${row.values.join()}; ${JSON.stringify(hero, textOf)}`];
    });
  }

  #hero(): Hero {
    const id = this.#nextId++;
    const hero = {
      id,
      isThere: new Possible(false),
      guild: new Possible(id % BigInt(guildCount)),
      level: new Possible(0n),
      gold: 0n,
      maybeGold: 0n,
    };
    this.#heroes.set(id, hero);
    return hero;
  }

  /** Three levels in a row, without a wait between them, and a look. */
  async #raise(store: TableStore, hero: Hero): Promise<void> {
    const first = hero.level.last;
    const levels = [first + 1n, first + 2n, first + 3n];
    const outcomes = await Promise.all(
      levels.map((value) =>
        this.#try(store.write(this.#table, [hero.id], [{ column: columns.level, value }])),
      ),
    );
    for (const [at, outcome] of outcomes.entries()) hero.level.note(levels[at]!, outcome !== undefined);
    await this.#earn(store, hero);
    const seen = await this.#try(store.read(this.#table, [[hero.id]]));
    if (seen !== undefined && !hero.level.has(seen[0]?.values[columns.level] as bigint))
      this.strange.push(`level of ${hero.id}: ${seen[0]?.values.join()}`);
  }

  /** Another guild, and a look at who is in it. */
  async #move(store: TableStore, hero: Hero): Promise<void> {
    const guild = (hero.guild.last + 1n) % BigInt(guildCount);
    const version = await this.#try(
      store.write(this.#table, [hero.id], [{ column: columns.guild, value: guild }]),
    );
    hero.guild.note(guild, version !== undefined);
    await this.#earn(store, hero);
    const members = await this.#try(store.keysBy(this.#table, 0, [guild]));
    if (members !== undefined && hero.guild.isCertain && !members.some(([id]) => id === hero.id))
      this.strange.push(`hero ${hero.id} is not in guild ${guild}`);
  }

  async #earn(store: TableStore, hero: Hero): Promise<void> {
    const sum = await this.#try(store.increment(this.#table, [hero.id], { column: columns.gold, delta: 1n }));
    if (sum === undefined) hero.maybeGold++;
    else hero.gold++;
  }

  async #comeAndGo(store: TableStore, stays: boolean): Promise<void> {
    const hero = this.#hero();
    if (!(await this.#create(store, hero))) return;
    await this.#earn(store, hero);
    if (stays) return;
    const removed = await this.#try(store.remove(this.#table, [hero.id]));
    hero.isThere.note(false, removed !== undefined);
    const seen = await this.#try(store.read(this.#table, [[hero.id]]));
    if (seen !== undefined && !hero.isThere.has(seen[0] !== undefined))
      this.strange.push(`hero ${hero.id} is back`);
  }

  async #create(store: TableStore, hero: Hero): Promise<boolean> {
    const row = await this.#try(store.create(this.#table, [hero.id, hero.guild.last, 0n, 0n]));
    hero.isThere.note(true, row !== undefined);
    return row !== undefined;
  }

  /** Undefined when the outcome is not known. */
  async #try<T>(promise: Promise<T>): Promise<T | undefined> {
    try {
      const result = await promise;
      this.acknowledged++;
      return result;
    } catch (error) {
      if (isPhotinusError(error) && error.code === "UNAVAILABLE") this.unavailable++;
      else this.strange.push(String(error instanceof Error ? (error.cause ?? error) : error));
      return undefined;
    }
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (!this.#isStopping) {
      await work();
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }
}

function textOf(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
