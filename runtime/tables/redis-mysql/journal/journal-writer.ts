import { randomUUID } from "node:crypto";
import { isPhotinusError, messageOf } from "../../../../schema/errors.ts";
import { backoffMs } from "../../../clock/backoff.ts";
import { pause } from "../../../clock/pause.ts";
import { shownKey } from "../../columns/shown-key.ts";
import { errnoOf, troubleOf } from "../../mysql/mysql-error.ts";
import type { RowCache } from "../rows/row-cache.ts";
import type { StoreCore } from "../store-core.ts";
import { BacklogAlarm } from "./backlog-alarm.ts";
import { flushShard, LeaseLost } from "./flush-shard.ts";
import type { Lease } from "./lease-state.ts";
import { dropLease, keepLease, takeLease } from "./shard-lease.ts";
import { sweepShard } from "./sweep-shard.ts";

/** Backoff after failures of a shard. */
const afterFailure = Object.freeze({ minDelayMs: 100, maxDelayMs: 3_000, jitter: 0.5 });
/** Time between two sweeps of a shard for leftovers of dead processes, milliseconds, +- 50 %. */
const sweepMs = 30_000;
/** Time for Redis to release the leases on close, milliseconds. */
const goodbyeMs = 500;
/** Number of shards that are flushed concurrently. */
const parallel = 4;

interface Shard {
  readonly number: number;
  readonly alarm: BacklogAlarm;
  lease: Lease | undefined;
  /** Consecutive failures. */
  failures: number;
  /** Time of the next flush, by the clock's `now`. */
  nextAt: number;
  /** Time of the next sweep, by the clock's `now`. */
  sweepAt: number;
}

/**
 * Flushes the journal to MySQL. Each process runs one writer, and each shard has one owner among the writers. A writer takes
 * shards without an owner, so the shards of a dead process get a new owner when its lease has expired.
 */
export class JournalWriter {
  readonly #core: StoreCore;
  readonly #cache: RowCache;
  /** Starts with the process id, so that people see which process has a lease. */
  readonly owner = `${process.pid}:${randomUUID()}`;
  readonly #shards: readonly Shard[];
  /** Dead letters closed since the start. */
  #closed = 0;
  #isClosing = false;
  #running: Promise<unknown> | undefined;

  constructor(core: StoreCore, cache: RowCache) {
    this.#core = core;
    this.#cache = cache;
    const first = Math.max(1, Math.ceil(core.options.backlogCount / core.options.shards / 64));
    this.#shards = Array.from({ length: core.options.shards }, (_, number) => ({
      number,
      alarm: new BacklogAlarm(core.options.log, first),
      lease: undefined,
      failures: 0,
      nextAt: 0,
      sweepAt: 0,
    }));
  }

  /** Starts the workers. */
  start(): void {
    const count = Math.min(parallel, this.#shards.length);
    // Each worker owns a fixed share of the shards, so a slow flush delays only that share.
    const shares = Array.from({ length: count }, (_, at) =>
      this.#shards.filter(({ number }) => number % count === at),
    );
    this.#running = Promise.all(shares.map((share) => this.#run(share)));
  }

  /**
   * Flushes as much as the time allows, then releases the leases.
   *
   * @param graceMs milliseconds
   */
  async close(graceMs: number): Promise<void> {
    const end = this.#core.options.clock.now() + graceMs;
    this.#isClosing = true;
    await Promise.race([this.#running, pause(this.#core.options.clock, graceMs)]);
    await Promise.race([
      Promise.all(this.#shards.map((shard) => this.#drain(shard, end))),
      pause(this.#core.options.clock, Math.max(0, end - this.#core.options.clock.now())),
    ]);
    const leases = this.#shards.flatMap(({ lease }) => (lease === undefined ? [] : [lease]));
    // When Redis does not answer, the leases expire by themselves.
    await Promise.race([
      Promise.all(leases.map((lease) => dropLease(this.#core, lease))),
      pause(this.#core.options.clock, goodbyeMs),
    ]);
  }

  async #run(share: readonly Shard[]): Promise<void> {
    const { clock, flushMs } = this.#core.options;
    while (!this.#isClosing) {
      const now = clock.now();
      await Promise.all(share.filter(({ nextAt }) => nextAt <= now).map((shard) => this.#tend(shard)));
      const next = Math.min(...share.map(({ nextAt }) => nextAt));
      await pause(this.#core.options.clock, Math.min(flushMs, Math.max(5, next - clock.now())));
    }
  }

  /** Sweeps and flushes a shard once, if this writer owns it or can take it. */
  async #tend(shard: Shard): Promise<void> {
    const { options } = this.#core;
    const { clock, flushMs, leaseMs } = options;
    await this.#sweep(shard);
    try {
      if (!(await this.#own(shard))) {
        shard.nextAt = clock.now() + leaseMs / 5 + (Math.random() * leaseMs) / 5;
        return;
      }
      const isFull = await this.#flush(shard);
      shard.nextAt = clock.now() + (isFull ? 0 : flushMs);
      if (shard.failures > 0) options.log.info({ shard: shard.number }, "journal flush recovered");
      shard.failures = 0;
    } catch (error) {
      await this.#failed(shard, error);
    }
  }

  async #own(shard: Shard): Promise<boolean> {
    const { clock, leaseMs } = this.#core.options;
    if (shard.lease !== undefined && shard.lease.until - clock.now() < leaseMs / 2) {
      if (!(await keepLease(this.#core, shard.lease))) shard.lease = undefined;
    }
    shard.lease ??= await takeLease(this.#core, shard.number, this.owner);
    return shard.lease !== undefined;
  }

  async #flush(shard: Shard): Promise<boolean> {
    const { options } = this.#core;
    const lease = shard.lease!;
    const { isFull, unknown, refusals, closed } = await flushShard(this.#core, this.#cache, lease);
    for (const { change, reason } of refusals) {
      options.log.error(
        { table: change.table.name, key: shownKey(change.table, change.key), reason },
        "row rejected by MySQL; added to the dead letters",
      );
    }
    if (closed.length > 0) {
      this.#closed += closed.length;
      const rows = closed.slice(0, 10).map(({ table, key }) => `${table} ${key}`);
      options.log.info(
        { shard: shard.number, closed: closed.length, all: this.#closed, rows },
        "dead letters closed; their rows were written since",
      );
    }
    if (unknown !== undefined) {
      // A process with a newer schema takes the shard over.
      options.log.warn(
        { shard: shard.number, unknown },
        "journal entry names a table or column this process does not know; shard released",
      );
      shard.lease = undefined;
      await dropLease(this.#core, lease);
      throw new LeaseLost(`unknown to this process: ${unknown}`);
    }
    if (isFull) await this.#look(shard);
    return isFull;
  }

  /** Every process sweeps every shard, because shards have no owner while MySQL is unreachable. */
  async #sweep(shard: Shard): Promise<void> {
    const { clock } = this.#core.options;
    if (clock.now() < shard.sweepAt) return;
    shard.sweepAt = clock.now() + sweepMs * (0.5 + Math.random());
    // A failed sweep is repeated the next time.
    await sweepShard(this.#core, shard.number).catch(() => undefined);
  }

  async #look(shard: Shard): Promise<void> {
    const { redis, names, options } = this.#core;
    const length = Number(await redis.command("xlen", names.journal(shard.number)));
    shard.alarm.look(shard.number, length, Math.ceil(options.backlogCount / options.shards));
  }

  async #failed(shard: Shard, error: unknown): Promise<void> {
    const { clock, log, leaseMs } = this.#core.options;
    shard.failures++;
    shard.nextAt = clock.now() + backoffMs(afterFailure, shard.failures - 1);
    const reason = messageOf(error);
    // Retaking the lease reads the position again: a commit without an answer may have happened, and Redis may have lost
    // entries.
    shard.lease = undefined;
    if (error instanceof LeaseLost) {
      shard.nextAt = clock.now() + leaseMs / 5;
      return;
    }
    // Logged at doubling counts, so that a long outage does not fill the log. On close the caller gets the remainder
    // instead.
    if (!this.#isClosing && (shard.failures & (shard.failures - 1)) === 0) {
      const trouble = isPhotinusError(error) ? error.code : troubleOf(error);
      log.warn(
        { shard: shard.number, trouble, errno: errnoOf(error), failures: shard.failures, reason },
        "journal flush failed; retrying",
      );
    }
    await this.#look(shard).catch(() => undefined);
  }

  async #drain(shard: Shard, end: number): Promise<void> {
    const { clock } = this.#core.options;
    while (clock.now() < end) {
      try {
        if (!(await this.#own(shard))) return;
        if (!(await this.#flush(shard))) return;
      } catch (error) {
        await this.#failed(shard, error);
        if (error instanceof LeaseLost) return;
        await pause(this.#core.options.clock, Math.max(1, Math.min(end, shard.nextAt) - clock.now()));
      }
    }
  }
}
