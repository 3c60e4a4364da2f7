import type { UnknownFields } from "../../wire/codec/codec-runtime.ts";

/** What an entity is made of, by the table handle that read its row. */
export interface EntitySource<Row, Key> {
  readonly key: Key;
  /** The entity's own copy. */
  readonly row: Row;
  readonly version: number;
  /** Position of a property's column. Throws INVALID_ARGUMENT when there is none that can change. */
  columnOf(property: PropertyKey): number;
  /** Writes these columns of the row, if it still has the version. Resolves with the new one. */
  write(row: Row, columns: readonly number[], version: number): Promise<number>;
  /** Says in errors of `work` who called the method, where that is kept. */
  traced<T>(work: Promise<T>, called: (...args: never[]) => unknown): Promise<T>;
  /** Throws NOT_FOUND when the row is gone. */
  read(): Promise<{ readonly row: Row; readonly version: number }>;
}

/**
 * A row that keeps account of what is assigned to it: `hero.gold -= 5n; await hero.save()` writes one column. Generated
 * subclasses have a property for each column. An entity belongs to whoever loaded it; changes made elsewhere do not show
 * in it until {@link Entity.reload}.
 */
export abstract class Entity<Row, Key> {
  /** The row as it was read, with what was assigned since. For generated code. */
  protected values: Row;
  readonly #source: EntitySource<Row, Key>;
  #version: number;
  /** One bit for each of the first 32 columns; a plain number, since this is written with every assignment. */
  #dirty = 0;
  /** Bits of the columns from 32 on. */
  readonly #more = new Set<number>();
  #saving: Promise<void> | undefined;

  constructor(source: EntitySource<Row, Key>) {
    this.#source = source;
    this.values = source.row;
    this.#version = source.version;
  }

  get key(): Key {
    return this.#source.key;
  }

  /** The row's version when it was read or last saved. */
  get version(): number {
    return this.#version;
  }

  /** The row as a plain message: the entity's own, not a copy. */
  get row(): Readonly<Row> {
    return this.values;
  }

  /** Whether anything waits to be saved. */
  get isChanged(): boolean {
    return this.#dirty !== 0 || this.#more.size > 0;
  }

  /**
   * Says that a property was changed from inside, which an entity cannot see: after `hero.friends.push(id)`, before
   * `save`. Throws INVALID_ARGUMENT for a name that is no property, and for one of the key, which never changes.
   */
  changed(property: Exclude<keyof Row, keyof UnknownFields>): void {
    this.mark(this.#source.columnOf(property));
  }

  /**
   * Writes what was assigned since the row was read, if nobody else has changed the row meanwhile. Without changes it
   * does nothing. When it fails, the changes wait on.
   *
   * Throws ABORTED when the row was changed elsewhere (`reload`, assign again and save, or use the handle's `update`),
   * NOT_FOUND when it is gone, ALREADY_EXISTS when another row has the unique value, INVALID_ARGUMENT for a value that the
   * column cannot hold, and what the store throws.
   */
  save(): Promise<void> {
    return this.#source.traced(this.#save(), this.save);
  }

  /** Reads the row again; what was assigned and not saved is lost. Throws NOT_FOUND when it is gone. */
  reload(): Promise<void> {
    return this.#source.traced(this.#reload(), this.reload);
  }

  async #save(): Promise<void> {
    // One at a time: the next one needs the version that the one before brings.
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

  /** For generated code: a column was assigned. */
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
