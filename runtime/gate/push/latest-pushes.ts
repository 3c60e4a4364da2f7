/** Push held back until its client catches up. */
export interface LatestPush {
  readonly id: number;
  body: Uint8Array;
}

/** Key of a "latest" push, which a newer push of this key replaces; undefined for a push without a key field. */
export type Subject = number | bigint | string | undefined;

/** Memory of a push besides its body, in bytes. */
const overheadBytes = 64;

/** Newest push of each subject, held back for one slow client. */
export class LatestPushes {
  readonly #pushes = new Map<number, Map<Subject, LatestPush>>();
  #count = 0;
  #bytes = 0;

  /** Number of pushes. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory of the pushes, roughly, in bytes. */
  get memoryBytes(): number {
    return this.#bytes + this.#count * overheadBytes;
  }

  /** Returns whether a push of this subject is held back. */
  has(id: number, subject: Subject): boolean {
    return this.#pushes.get(id)?.has(subject) ?? false;
  }

  /** Stores a copy of the body, in place of an older push of this subject. */
  put(id: number, subject: Subject, bytes: Uint8Array, start: number, end: number): void {
    // Not slice(): on a Buffer, as WebSockets deliver, slice() is a view that keeps the whole chunk alive.
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
