/** One piece of a lane's work. */
export interface LaneJob {
  /** Starts the job. True: it is done already. False: it calls `lane.next()` when it is. */
  run(lane: Lane): boolean;
}

/** The owner of a lane. */
export interface LaneOwner {
  /** The last job is done. */
  laneIdle(): void;
}

/**
 * Runs the jobs of one session's lane strictly one after another. A job that finishes at once costs no promise and no
 * queue entry.
 */
export class Lane {
  /** Undefined until something had to wait. */
  #queue: (LaneJob | undefined)[] | undefined;
  #head = 0;
  #busy = false;
  readonly #owner: LaneOwner;

  constructor(owner: LaneOwner) {
    this.#owner = owner;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Jobs that wait, the running one left out. */
  get waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.length - this.#head;
  }

  /** Runs the job now or when its turn comes. False: `limit` jobs wait already, and it was not taken. */
  submit(job: LaneJob, limit: number): boolean {
    if (!this.#busy) {
      this.#busy = true;
      if (job.run(this)) this.next();
      return true;
    }
    if (this.waiting >= limit) return false;
    this.#queue ??= [];
    this.#queue.push(job);
    return true;
  }

  /** Goes on after a job that did not finish at once. */
  next(): void {
    const queue = this.#queue;
    if (queue !== undefined) {
      while (this.#head < queue.length) {
        const job = queue[this.#head]!;
        queue[this.#head++] = undefined;
        if (!job.run(this)) {
          this.#compact(queue);
          return;
        }
      }
      this.#queue = undefined;
      this.#head = 0;
    }
    this.#busy = false;
    this.#owner.laneIdle();
  }

  /** A lane that is never quite empty must not grow. */
  #compact(queue: (LaneJob | undefined)[]): void {
    if (this.#head < 64 || this.#head * 2 < queue.length) return;
    queue.splice(0, this.#head);
    this.#head = 0;
  }
}
