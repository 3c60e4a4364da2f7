/** A change that the database refused: it was taken out of the journal, so that the others go on. */
export interface DeadLetter {
  /** What `retry` and `drop` take. */
  readonly id: string;
  readonly table: string;
  /** Of a store of several databases: the one that refused it. */
  readonly database?: string;
  /** The row's key, readable. */
  readonly key: string;
  /** What the database said. */
  readonly reason: string;
  /** When it was refused, unix milliseconds. */
  readonly at: number;
}

/** The changes that a database refused. A store that can have none has no such part. */
export interface DeadLetters {
  /** The oldest, at most so many. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** Puts the change back into the journal. Resolves with false when there is no such letter. */
  retry(id: string): Promise<boolean>;
  /**
   * Gives the change up: the row becomes what the database has. Resolves with false when there is no such letter.
   */
  drop(id: string): Promise<boolean>;
}

/** Whether a store has dead letters. */
export function hasDeadLetters(store: object): store is { readonly deadLetters: DeadLetters } {
  return "deadLetters" in store && typeof store.deadLetters === "object" && store.deadLetters !== null;
}
