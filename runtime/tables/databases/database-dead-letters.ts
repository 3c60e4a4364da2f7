import { type DeadLetter, type DeadLetters, hasDeadLetters } from "../dead-letters.ts";
import type { TableStore } from "../table-store.ts";

/** The database whose letters are called as in a store of it alone. */
const mainDatabase = "main";

/**
 * What several databases refused. A letter of another database than "main" has the database's name before its id, and "/":
 * "shop/3/1700000000000-0". Names begin with letters and ids with digits, so that no two letters are called alike.
 */
export class DatabaseDeadLetters implements DeadLetters {
  readonly #letters: ReadonlyMap<string, DeadLetters>;

  /** @param stores by the name of their database; those that can have no dead letters are left out */
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
          id: database === mainDatabase ? letter.id : `${database}/${letter.id}`,
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
