import type { Transport } from "../../transport/transport.ts";

/** Reason for which a gate does not read from a client. Compared by identity; texts are for reasons that exist once. */
export type PauseReason = object | "output" | "rate" | "ticket";

/** Input of one client connection. Reading stops while at least one reason to pause is set. */
export class ClientInput {
  readonly #transport: Transport;
  #reasons: Set<PauseReason> | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** True while the gate does not read from the client. */
  get paused(): boolean {
    return this.#reasons !== undefined && this.#reasons.size > 0;
  }

  /**
   * Stops reading until `go` is called with this reason. Bytes that were read already are kept: the rest of the current turn's share is
   * dropped, so no further frame of the current chunk is handled. Returns false when the reason was set already.
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
}
