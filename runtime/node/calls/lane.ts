/** Job of a lane, such as a command. */
export interface LaneJob {
  /** Starts the job. Returns true when the job is done at once; otherwise the job calls `lane.next()` when it is done. */
  run(lane: Lane): boolean;
}

/** Owner of a lane. */
export interface LaneOwner {
  /** Called when the last job is done. */
  laneIdle(): void;
}

/**
 * Runs the jobs of one session's lane strictly one after another. A job that finishes at once needs neither a promise nor a queue
 * entry.
 */
export class Lane {
  /** Waiting jobs from `#head` on; undefined while none waits. */
  #queue: (LaneJob | undefined)[] | undefined;
  #head = 0;
  #busy = false;
  readonly #owner: LaneOwner;

  constructor(owner: LaneOwner) {
    this.#owner = owner;
  }

  /** True while a job of the lane runs. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Number of waiting jobs, without the running one. */
  get waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.length - this.#head;
  }

  /** Runs the job now, or queues it behind earlier jobs. Returns false when `limit` jobs wait already. */
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

  /** Runs the waiting jobs, after a job that did not finish at once is done. */
  next(): void {
    const queue = this.#queue;
    if (queue !== undefined) {
      // A loop, not recursion: thousands of jobs may finish at once.
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

  /** Drops done entries from the queue: the queue of a lane that never becomes empty must not grow for ever. */
  #compact(queue: (LaneJob | undefined)[]): void {
    if (this.#head < 64 || this.#head * 2 < queue.length) return;
    queue.splice(0, this.#head);
    this.#head = 0;
  }
}
