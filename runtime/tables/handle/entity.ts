import type { UnknownFields } from "../../wire/codec/codec-runtime.ts";

/** Access of an {@link Entity} to its row, provided by the table handle. */
export interface EntitySource<Row, Key> {
  /** Key of the row. */
  readonly key: Key;
  /** Row message that belongs to the entity alone. */
  readonly row: Row;
  /** Version of the row when it was read. */
  readonly version: number;
  /** Position of a property's column. Throws INVALID_ARGUMENT for an unknown property and for a property of the key. */
  columnOf(property: PropertyKey): number;
  /** Writes columns of the row if the row still has `version`. Resolves with the new version. */
  write(row: Row, columns: readonly number[], version: number): Promise<number>;
  /** Adds the stack of the method's caller to errors of `work`, if the handle records callers. */
  traced<T>(work: Promise<T>, called: (...args: never[]) => unknown): Promise<T>;
  /** Reads the row again. Throws NOT_FOUND when the row was deleted. */
  read(): Promise<{ readonly row: Row; readonly version: number }>;
}

/**
 * Tracked row: `hero.gold -= 5n; await hero.save()` writes one column. Generated subclasses have a property for each column.
 * An entity belongs to the code that loaded it. Changes by other calls become visible by {@link Entity.reload} only.
 */
export abstract class Entity<Row, Key> {
  /** The row with all assigned values. For generated code. */
  protected values: Row;
  readonly #source: EntitySource<Row, Key>;
  #version: number;
  /** Dirty bits of the first 32 columns; a plain number, because every assignment writes it. */
  #dirty = 0;
  /** Dirty columns from position 32 on. */
  readonly #more = new Set<number>();
  #saving: Promise<void> | undefined;

  constructor(source: EntitySource<Row, Key>) {
    this.#source = source;
    this.values = source.row;
    this.#version = source.version;
  }

  /** Key of the row. */
  get key(): Key {
    return this.#source.key;
  }

  /** Version of the row when it was read or last saved. */
  get version(): number {
    return this.#version;
  }

  /** The row as a plain message; belongs to the entity and is not a copy. */
  get row(): Readonly<Row> {
    return this.values;
  }

  /** Whether the entity has unsaved changes. */
  get isChanged(): boolean {
    return this.#dirty !== 0 || this.#more.size > 0;
  }

  /**
   * Marks a property as changed after its value was modified in place, which an entity cannot see: after
   * `hero.friends.push(id)`, before `save`. Throws INVALID_ARGUMENT for an unknown property and for a property of the key,
   * which never changes.
   */
  changed(property: Exclude<keyof Row, keyof UnknownFields>): void {
    this.mark(this.#source.columnOf(property));
  }

  /**
   * Writes the assigned columns if the row has not been changed by another call since it was read. Does nothing without
   * changes. After an error the changes stay unsaved.
   *
   * Throws ABORTED when another call changed the row (then `reload`, assign and save again, or use the handle's `update`),
   * NOT_FOUND when the row was deleted, ALREADY_EXISTS when another row has the unique value, INVALID_ARGUMENT for a value
   * that the column cannot hold, and errors of the store.
   */
  save(): Promise<void> {
    return this.#source.traced(this.#save(), this.save);
  }

  /** Reads the row again and discards unsaved changes. Throws NOT_FOUND when the row was deleted. */
  reload(): Promise<void> {
    return this.#source.traced(this.#reload(), this.reload);
  }

  async #save(): Promise<void> {
    // Saves run one after another, because each save needs the version of the save before.
    while (this.#saving !== undefined) await this.#saving.catch(() => undefined);
    const columns = this.#take();
    if (columns.length === 0) return;
    const saving = this.#write(columns);
    this.#saving = saving;
    try {
      await saving;
    } finally {
      this.#saving = undefined;
    }
  }

  async #reload(): Promise<void> {
    const { row, version } = await this.#source.read();
    this.values = row;
    this.#version = version;
    this.#dirty = 0;
    this.#more.clear();
  }

  /** Records the assignment of a column. For generated code. */
  protected mark(column: number): void {
    if (column < 32) this.#dirty |= 1 << column;
    else this.#more.add(column);
  }

  async #write(columns: readonly number[]): Promise<void> {
    try {
      this.#version = await this.#source.write(this.values, columns, this.#version);
    } catch (error) {
      for (const column of columns) this.mark(column);
      throw error;
    }
  }

  #take(): number[] {
    const columns: number[] = [];
    for (let column = 0; column < 32; column++) {
      if ((this.#dirty & (1 << column)) !== 0) columns.push(column);
    }
    columns.push(...this.#more);
    this.#dirty = 0;
    this.#more.clear();
    return columns;
  }
}
