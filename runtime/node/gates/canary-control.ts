import { isPhotinusError } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { MessageInit } from "../../wire/codec/codec-runtime.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import { type Canary, ChangeCanary, ChangeStep } from "../../wire/generated/photinus/link.ts";

/** Share of a canary node. */
export type CanaryTake = Omit<Canary, "$unknown">;

/** Gate that a canary node is linked to. */
interface ChangedGate {
  readonly gate: string;
  readonly link: Link;
}

/** Parts of a node that {@link CanaryControl} uses. */
export interface CanaryParts {
  readonly clock: Clock;
  readonly counted: CountedLog;
  /** Returns the usable gates. */
  live(): readonly ChangedGate[];
  /** Returns whether all gates of the list are usable. */
  isComplete(): boolean;
}

/** Longest wait of a change for gates that are not linked, in ms. */
const completeMs = 10_000;
/** Longest wait for the answer of a gate, in ms; a gate gives up earlier by itself. */
const stepMs = 10_000;
/** Waits between two attempts, in ms: the first one, and the longest one. */
const firstRetryMs = 200;
const longestRetryMs = 15_000;
const nothing: CanaryTake = Object.freeze({ share: 0, users: [] });

/**
 * Changes what a canary node takes, at all gates at once. Each change has two steps: first all gates hold the keys that move, and wait
 * for the earlier work of the nodes; then all of them change. A node begins with nothing, and ends with nothing.
 */
export class CanaryControl {
  readonly #parts: CanaryParts;
  /** Share that all gates know, or learn now: hellos say it. */
  #now: CanaryTake = nothing;
  #wanted: CanaryTake = nothing;
  /** Links whose hello is sent and not answered. */
  readonly #introducing = new Set<Link>();
  /** Counts links that come and go: a change that meets one begins again. */
  #epoch = 0;
  #isRunning = false;
  #isClosed = false;
  /** Called at the next event, or after a wait. */
  #wake: (() => void) | undefined;
  #onSettled: (() => void)[] = [];

  constructor(parts: CanaryParts) {
    this.#parts = parts;
  }

  /** Share that the node takes now, for its hello. */
  get now(): CanaryTake {
    return this.#now;
  }

  get wanted(): CanaryTake {
    return this.#wanted;
  }

  /** Starts to change what the node takes. Tries again until all gates have changed. */
  set(wanted: CanaryTake): void {
    if (this.#isClosed) return;
    this.#wanted = wanted;
    this.#wake?.();
    void this.#run();
  }

  /** Notes that a hello is sent. */
  introduced(link: Link): void {
    this.#introducing.add(link);
    this.#epoch++;
  }

  /** Notes that a gate has answered the hello. */
  welcomed(link: Link): void {
    this.#introducing.delete(link);
    this.#wake?.();
    void this.#run();
  }

  /** Notes that a link has ended. */
  lost(link: Link): void {
    this.#introducing.delete(link);
    this.#epoch++;
    this.#wake?.();
  }

  /** Gives everything back. Resolves when all gates have changed, at the latest after `ms`. */
  async leave(ms: number): Promise<void> {
    if (ms > 0 && this.#parts.live().length > 0) {
      this.set(nothing);
      await Promise.race([
        this.#wait(ms),
        this.#isRunning ? new Promise<void>((resolve) => this.#onSettled.push(resolve)) : undefined,
      ]);
      if (this.#now !== nothing)
        this.#parts.counted.warn(
          { share: this.#now.share },
          "canary node stops before its keys have moved back",
        );
    }
    this.#isClosed = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    const since = this.#parts.clock.now();
    let retryMs = firstRetryMs;
    while (!this.#isClosed && !isSame(this.#now, this.#wanted)) {
      const gates = this.#parts.live();
      const missingMs = this.#parts.isComplete() ? 0 : since + completeMs - this.#parts.clock.now();
      if (gates.length === 0 || this.#introducing.size > 0) await this.#event();
      else if (missingMs > 0) await this.#event(missingMs);
      else if (await this.#attempt(gates)) retryMs = firstRetryMs;
      else {
        // The wait is random, because two canary nodes of a role may have met.
        await this.#event(retryMs * (0.5 + Math.random()));
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    }
    if (isSame(this.#now, this.#wanted)) this.#now = this.#wanted;
    this.#isRunning = false;
    for (const settled of this.#onSettled.splice(0)) settled();
  }

  /** Changes all gates, or none. Returns whether they have changed. */
  async #attempt(gates: readonly ChangedGate[]): Promise<boolean> {
    const { counted } = this.#parts;
    const epoch = this.#epoch;
    const canary = this.#wanted;
    const prepared = await this.#step(gates, { step: ChangeStep.PREPARE, canary });
    const refusal = prepared.find(({ error }) => error !== undefined);
    if (refusal === undefined && epoch === this.#epoch && canary === this.#wanted && !this.#isClosed) {
      // Hellos say so from here on: a gate whose link is lost now learns the outcome by the next one.
      this.#now = canary;
      for (const { gate, error } of await this.#step(gates, { step: ChangeStep.COMMIT })) {
        if (error !== undefined && gate.link.alive) gate.link.destroy("the gate did not change the canary");
      }
      counted.info({ share: canary.share, userCount: canary.users.length }, "canary share changed");
      return true;
    }
    await this.#step(gates, { step: ChangeStep.ABORT });
    const reason = refusal === undefined ? "a gate was linked or lost meanwhile" : textOf(refusal.error);
    counted.warn(
      { gate: refusal?.gate.gate, reason, share: canary.share },
      "canary share not changed yet; a later attempt follows",
      "canary",
    );
    return false;
  }

  /** Sends a step to all gates. Resolves when each has answered or failed. */
  #step(gates: readonly ChangedGate[], step: MessageInit<ChangeCanary>) {
    const message = ChangeCanary.create(step);
    return Promise.all(
      gates.map((gate) =>
        gate.link.call(admin.changeCanary, ChangeCanary, message, raw, { timeoutMs: stepMs }).then(
          () => ({ gate, error: undefined }),
          (error: unknown) => ({ gate, error: error ?? "unknown" }),
        ),
      ),
    );
  }

  /** Resolves at the next event: a link, another wish, or the end of `ms`. */
  #event(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : this.#parts.clock.after(ms, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        timer?.cancel();
        resolve();
      };
    });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      this.#onSettled.push(() => timer.cancel());
    });
  }
}

function isSame(a: CanaryTake, b: CanaryTake): boolean {
  return (
    a.share === b.share &&
    a.users.length === b.users.length &&
    a.users.every((user) => b.users.includes(user))
  );
}

function textOf(error: unknown): string {
  return isPhotinusError(error) ? error.reason : String(error);
}
