/** Change that the database refused. It was removed from the journal, so that later changes continue. */
export interface DeadLetter {
  /** Argument of `retry` and `drop`. */
  readonly id: string;
  /** Name of the table in the database. */
  readonly table: string;
  /** Database that refused the change, in a store of several databases. */
  readonly database?: string;
  /** Key of the row, readable; without values of PERSONAL and SECRET columns. */
  readonly key: string;
  /** Error of the database, without values of the row. */
  readonly reason: string;
  /** Time of the refusal, milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** Changes that a database refused. Stores that cannot have any do not implement this part. */
export interface DeadLetters {
  /** Reads the oldest dead letters, at most `limit`. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** Appends the change to the journal again. Resolves with false for an unknown id. */
  retry(id: string): Promise<boolean>;
  /** Discards the change, so that the row becomes as the database has it. Resolves with false for an unknown id. */
  drop(id: string): Promise<boolean>;
}

/** Whether a store has dead letters. */
export function hasDeadLetters(store: object): store is { readonly deadLetters: DeadLetters } {
  return "deadLetters" in store && typeof store.deadLetters === "object" && store.deadLetters !== null;
}
