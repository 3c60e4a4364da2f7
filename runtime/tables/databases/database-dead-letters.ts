import { type DeadLetter, type DeadLetters, hasDeadLetters } from "../dead-letters.ts";
import type { TableStore } from "../table-store.ts";

/** Database whose dead letters have ids without its name. */
const mainDatabase = "main";

/** Id of a dead letter among those of all databases. */
export function letterId(database: string, id: string): string {
  return database === mainDatabase ? id : `${database}/${id}`;
}

/**
 * Dead letters of several databases. The id of a letter of a database other than "main" begins with the database's name and
 * "/": "shop/3/1700000000000-0". Names begin with a letter and ids with a digit, so ids are unique.
 */
export class DatabaseDeadLetters implements DeadLetters {
  readonly #letters: ReadonlyMap<string, DeadLetters>;

  /** @param stores stores by database name; stores without dead letters are ignored */
  constructor(stores: ReadonlyMap<string, TableStore>) {
    this.#letters = new Map(
      [...stores].flatMap(([name, store]) => (hasDeadLetters(store) ? [[name, store.deadLetters]] : [])),
    );
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const lists = await Promise.all(
      [...this.#letters].map(async ([database, letters]) =>
        (await letters.list(limit)).map((letter) => ({
          ...letter,
          id: letterId(database, letter.id),
          database,
        })),
      ),
    );
    return lists
      .flat()
      .sort((a, b) => a.at - b.at)
      .slice(0, limit);
  }

  async retry(id: string): Promise<boolean> {
    const { letters, own } = this.#find(id);
    return (await letters?.retry(own)) ?? false;
  }

  async drop(id: string): Promise<boolean> {
    const { letters, own } = this.#find(id);
    return (await letters?.drop(own)) ?? false;
  }

  #find(id: string): { letters: DeadLetters | undefined; own: string } {
    const [, database = mainDatabase, own = ""] = /^(?:([A-Za-z][\w-]*)\/)?(.*)$/s.exec(id) ?? [];
    return { letters: this.#letters.get(database), own };
  }
}
