import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { Buckets, RateLimit } from "../../clock/rate-limit.ts";
import { idleFrames, type Transport } from "../../transport/transport.ts";
import type { GateCore } from "../gate-core.ts";
import { type ClientBudgets, connectionBudget } from "./client-budgets.ts";

/** Reason for which a gate does not read from a client. Compared by identity; texts are for reasons that exist once. */
export type PauseReason = object | "output" | "rate" | "ticket";

/** Parts of a gate that a {@link ClientInput} uses. */
interface InputSide {
  readonly core: GateCore;
  readonly budgets: ClientBudgets;
  /** Rate of control messages and refused commands of one connection; undefined: no limit. */
  readonly controlRate: RateLimit | undefined;
  readonly heartbeatMs: number;
}

/** Input of one client connection: its budgets, and the reasons to pause. Reading stops while at least one reason is set. */
export class ClientInput {
  /** Frames of the current chunk so far. */
  frames = 0;
  readonly #transport: Transport;
  readonly #side: InputSide;
  readonly #buckets: Buckets;
  readonly #addressBuckets: Buckets | undefined;
  /** Bytes by which the compressed bodies of the current chunk have grown. */
  #expandedBytes = 0;
  #reasons: Set<PauseReason> | undefined;
  /** End of a pause for the budgets; 0 without one. */
  #recovery: DeadlineHandle = 0;

  constructor(side: InputSide, transport: Transport) {
    this.#side = side;
    this.#transport = transport;
    this.#buckets = side.budgets.connectionBuckets();
    this.#addressBuckets = side.budgets.addressBuckets(transport.remote);
  }

  /** True while the gate does not read from the client. */
  get paused(): boolean {
    return this.#reasons !== undefined && this.#reasons.size > 0;
  }

  /** Charges a chunk with its bytes, those of its expanded bodies, and {@link frames}. Pauses the client whose budgets are spent until they have recovered. */
  charge(bytes: number, now: number): void {
    const { core, budgets, heartbeatMs } = this.#side;
    const all = bytes + this.#expandedBytes;
    const waitMs = budgets.spend(this.#buckets, this.#addressBuckets, now, all, this.frames);
    this.frames = 0;
    this.#expandedBytes = 0;
    if (waitMs === 0 || !this.stop("rate")) return;
    core.counters.add("client.paused.rate");
    // A client that is paused for longer could not be heard in time.
    this.#recovery = core.deadlines.add(Math.min(waitMs, heartbeatMs / 2), {
      onDeadline: () => {
        this.#recovery = 0;
        this.go("rate");
      },
    });
  }

  /**
   * Charges a compressed body to the connection's share of the turn, and to the budgets as if it had not been compressed: else few
   * bytes could make much work for nodes.
   */
  chargeExpanded(packedSize: number, size: number): void {
    const { turn } = this.#transport;
    // A body costs as many frames as a ping, and one more for each KiB: the decoder has charged 1 already.
    if (turn !== undefined) turn.left -= idleFrames - 1 + (size >> 10);
    this.#expandedBytes += Math.max(0, size - packedSize);
  }

  /** Charges a frame that does no work for a player. Returns false beyond the rate of such frames: the client is to be kicked. */
  chargeIdle(now: number): boolean {
    const { turn } = this.#transport;
    // The decoder has charged 1 frame already.
    if (turn !== undefined) turn.left -= idleFrames - 1;
    const { controlRate } = this.#side;
    return controlRate === undefined || controlRate.take(this.#buckets, connectionBudget.idle, now) === 0;
  }

  /**
   * Stops reading until `go` is called with this reason. No further frame of the current chunk is handled: the rest of the turn's share
   * is dropped, and the bytes are kept. Returns false when the reason was set already.
   */
  stop(reason: PauseReason): boolean {
    this.#reasons ??= new Set();
    if (this.#reasons.has(reason)) return false;
    this.#reasons.add(reason);
    const { turn } = this.#transport;
    if (turn !== undefined) turn.left = 0;
    if (this.#reasons.size === 1) this.#transport.pause();
    return true;
  }

  /** Removes a reason. Reading resumes when no other reason is left. Idempotent. */
  go(reason: PauseReason): void {
    if (this.#reasons?.delete(reason) && this.#reasons.size === 0) this.#transport.resume();
  }

  /** Removes the timer. Called when the connection ends. */
  end(): void {
    if (this.#recovery !== 0) this.#side.core.deadlines.remove(this.#recovery);
    this.#recovery = 0;
  }
}
