/** What is known of names that several workers try to take. */
export class NameAccount {
  /** Names by the marks of those who have asked for them and wait. */
  readonly #begun = new Map<string, string>();
  /** Ids of the rows that were told to have a name. */
  readonly #taken = new Map<string, string[]>();

  get count(): number {
    return this.#taken.size;
  }

  has(mark: string): boolean {
    return this.#begun.has(mark);
  }

  begin(mark: string, name: string): void {
    this.#begun.set(mark, name);
  }

  /** @param id id of the new row; undefined when the create failed or its outcome is unknown */
  end(mark: string, id: string | undefined): void {
    const name = this.#begun.get(mark)!;
    this.#begun.delete(mark);
    if (id === undefined) return;
    const ids = this.#taken.get(name);
    if (ids === undefined) this.#taken.set(name, [id]);
    else ids.push(id);
  }

  check(stored: ReadonlyMap<string, string>): string[] {
    return [...this.#taken].flatMap(([name, ids]) => {
      if (ids.length > 1) return [`rows ${ids.join(" and ")} were both told to have the name ${name}`];
      return stored.get(name) === ids[0]
        ? []
        : [`${name} is row ${stored.get(name)}, and was told to be ${ids[0]}`];
    });
  }
}
