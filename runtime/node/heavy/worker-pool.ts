import { Piscina } from "piscina";
import { fail } from "../../../schema/errors.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { type WorkerPoolOptions, workerPoolRule } from "../node-options.ts";
import type { HeavyOutcome, HeavyTask } from "./heavy-task.ts";

/** Idle time after which a thread stops, in ms. */
const idleThreadMs = 30_000;

/** Worker threads of one node. The first heavy call starts the pool; idle threads stop. */
export class WorkerPool {
  readonly #options: Required<WorkerPoolOptions>;
  #pool: Piscina | undefined;
  #closed = false;

  constructor(options?: WorkerPoolOptions) {
    this.#options = resolveOptions("WorkerPool", workerPoolRule, options);
  }

  /**
   * Runs a module's default export with a request. Aborting the signal stops the thread in the middle of its work. Rejects with
   * the module's own PhotinusError, RESOURCE_EXHAUSTED when the queue is full, UNAVAILABLE after `close`, the signal's reason
   * when aborted, and otherwise an Error with the thread's stack as its message.
   */
  async run(module: URL, request: unknown, signal: AbortSignal): Promise<unknown> {
    if (this.#closed)
      throw fail("UNAVAILABLE", "the node is stopping", { retryAfterMs: retryAfterMs("stopping") });
    signal.throwIfAborted();
    this.#pool ??= this.#open();
    if (this.#pool.queueSize >= this.#options.queueCount) {
      throw fail(
        "RESOURCE_EXHAUSTED",
        `too many heavy calls are queued; the limit is ${this.#options.queueCount}`,
        {
          retryAfterMs: retryAfterMs("busy"),
        },
      );
    }
    const task: HeavyTask = { module: module.href, request };
    let outcome: HeavyOutcome;
    try {
      outcome = await this.#pool.run(task, { signal });
    } catch (error) {
      // The pool's own abort error would hide the signal's reason.
      signal.throwIfAborted();
      throw error;
    }
    if (outcome.ok) return outcome.reply;
    if ("code" in outcome) throw fail(outcome.code, outcome.reason, { retryAfterMs: outcome.retryAfterMs });
    throw new Error(outcome.cause);
  }

  /** Stops the threads. Running tasks are aborted. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.destroy();
  }

  /** Starts the pool. Each thread runs one task at a time, so that an abort stops only its own task. */
  #open(): Piscina<HeavyTask, HeavyOutcome> {
    // Sources also run without a build, so the worker file has the extension of this file.
    const file = import.meta.url.endsWith(".ts") ? "./heavy-worker.ts" : "./worker.js";
    return new Piscina<HeavyTask, HeavyOutcome>({
      filename: new URL(file, import.meta.url).href,
      minThreads: 0,
      maxThreads: this.#options.threads,
      idleTimeout: idleThreadMs,
      concurrentTasksPerWorker: 1,
    });
  }
}
