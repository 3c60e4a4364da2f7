/** A push that waits until its client catches up. */
export interface LatestPush {
  readonly id: number;
  body: Uint8Array;
}

type Subject = number | bigint | string | undefined;

/** The newest push of each subject, for one session that is behind. */
export class LatestPushes {
  readonly #pushes = new Map<number, Map<Subject, LatestPush>>();
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: number, subject: Subject): boolean {
    return this.#pushes.get(id)?.has(subject) ?? false;
  }

  /** Takes the place of an older push of the same subject; copies the bytes. */
  put(id: number, subject: Subject, bytes: Uint8Array, start: number, end: number): void {
    // Not slice(): of a Buffer, as WebSockets give, that would be a view which keeps its whole chunk.
    const body = new Uint8Array(bytes.subarray(start, end));
    let subjects = this.#pushes.get(id);
    if (subjects === undefined) {
      subjects = new Map();
      this.#pushes.set(id, subjects);
    }
    const older = subjects.get(subject);
    if (older === undefined) {
      subjects.set(subject, { id, body });
      this.#count++;
      this.#bytes += body.length;
      return;
    }
    this.#bytes += body.length - older.body.length;
    older.body = body;
  }

  *[Symbol.iterator](): IterableIterator<LatestPush> {
    for (const subjects of this.#pushes.values()) yield* subjects.values();
  }
}
