import { setTimeout as sleep } from "node:timers/promises";
import type { StoreSpec } from "../../conformance/tables/place.ts";
import type { Ledger } from "./ledger.ts";
import { until } from "./until.ts";
import { WorkerProcess } from "./worker/process.ts";

/** Acknowledged changes that each worker needs before the first fault, so that no part of a round is empty. */
const leastChanges = 50;

/** Processes that change the same rows; one that is killed is replaced. */
export class Crew implements AsyncDisposable {
  readonly #begin: () => WorkerProcess;
  readonly #running: WorkerProcess[];
  readonly #acknowledged = new Map<number, number>();

  /** @param takes whether workers try to take the same names */
  constructor(
    spec: StoreSpec,
    ids: readonly string[],
    ledger: Ledger,
    { seed, workers, takes }: { readonly seed: number; readonly workers: number; readonly takes: boolean },
  ) {
    let lives = 0;
    this.#begin = () => {
      const account = ledger.open();
      const worker: WorkerProcess = new WorkerProcess(spec, ids, ++lives, seed, takes, (line) => {
        account.take(line);
        this.#acknowledged.set(worker.pid, account.acknowledged);
      });
      return worker;
    };
    this.#running = Array.from({ length: workers }, this.#begin);
  }

  get pids(): number[] {
    return this.#running.map(({ pid }) => pid);
  }

  /** Ends a worker as `kill -9` does; another takes its place. */
  async replace(pid: number): Promise<void> {
    const at = this.pids.indexOf(pid);
    if (at < 0) throw new Error(`no worker is process ${pid}`);
    await this.#running[at]!.kill();
    this.#running[at] = this.#begin();
  }

  /** Waits until every worker has been told of changes from now on, and `performance.now()` is past a time. */
  async work(end = 0): Promise<void> {
    const before = this.pids.map((pid) => [pid, this.#count(pid)] as const);
    await sleep(Math.max(0, end - performance.now()));
    await until("every worker is told of changes", () => {
      const failed = this.#running.find(({ failure }) => failure !== undefined);
      if (failed !== undefined) throw new Error(failed.failure);
      return before.every(([pid, count]) => this.#count(pid) >= count + leastChanges);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.splice(0).map((worker) => worker.kill()));
  }

  #count(pid: number): number {
    return this.#acknowledged.get(pid) ?? 0;
  }
}
