import { type Buckets, newBuckets, RateLimit } from "../../clock/rate-limit.ts";
import { addressBudget } from "../../transport/connection/address-table.ts";
import type { ResolvedFloodLimits } from "./flood-limits.ts";

/** Limits that {@link ClientBudgets} uses. */
export type BudgetLimits = Pick<
  ResolvedFloodLimits,
  "bytesPerSecond" | "framesPerSecond" | "addressBytesPerSecond" | "addressFramesPerSecond"
>;

/** Index of each budget in the buckets of a connection. */
export const connectionBudget = { bytes: 0, frames: 1, idle: 2 } as const;

const bucketCount = Object.keys(connectionBudget).length;

/** Budgets of the bytes and frames that a gate reads from a connection, and from all connections of an address. */
export class ClientBudgets {
  readonly #bytes: RateLimit | undefined;
  readonly #frames: RateLimit | undefined;
  readonly #addressBytes: RateLimit | undefined;
  readonly #addressFrames: RateLimit | undefined;
  readonly #bucketsOf: (host: string) => Buckets | undefined;

  /** @param bucketsOf returns the buckets of a host's address; undefined for a host that is not counted */
  constructor(limits: BudgetLimits, bucketsOf: (host: string) => Buckets | undefined) {
    this.#bytes = inSecond(limits.bytesPerSecond);
    this.#frames = inSecond(limits.framesPerSecond);
    this.#addressBytes = inSecond(limits.addressBytesPerSecond);
    this.#addressFrames = inSecond(limits.addressFramesPerSecond);
    this.#bucketsOf = bucketsOf;
  }

  /** Makes the buckets of a connection. */
  connectionBuckets(): Buckets {
    return newBuckets(bucketCount);
  }

  /** Returns the buckets of the address of `remote`, "192.0.2.7:53122". */
  addressBuckets(remote: string): Buckets | undefined {
    return this.#bucketsOf(remote.slice(0, Math.max(0, remote.lastIndexOf(":"))) || remote);
  }

  /** Spends bytes and frames that were read. Returns how long to read no more, in ms; 0: read on. */
  spend(
    connection: Buckets,
    address: Buckets | undefined,
    now: number,
    bytes: number,
    frames: number,
  ): number {
    let waitMs = this.#bytes?.spend(connection, connectionBudget.bytes, now, bytes) ?? 0;
    if (this.#frames !== undefined)
      waitMs = Math.max(waitMs, this.#frames.spend(connection, connectionBudget.frames, now, frames));
    if (address === undefined) return waitMs;
    if (this.#addressBytes !== undefined)
      waitMs = Math.max(waitMs, this.#addressBytes.spend(address, addressBudget.bytes, now, bytes));
    if (this.#addressFrames !== undefined)
      waitMs = Math.max(waitMs, this.#addressFrames.spend(address, addressBudget.frames, now, frames));
    return waitMs;
  }
}

function inSecond(count: number | false): RateLimit | undefined {
  return count === false ? undefined : new RateLimit({ count, perMs: 1_000 });
}
