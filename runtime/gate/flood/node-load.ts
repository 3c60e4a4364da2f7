import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { ClientInput } from "./client-input.ts";

/** Time in which a client may send its share of commands to an overloaded node, in ms. */
export const overloadWindowMs = 1_000;
/** Time between two checks of an overloaded node, in ms. */
const checkMs = 50;

/** Parts of a gate that a {@link NodeLoad} uses. */
export interface NodeLoadParts {
  readonly core: GateCore;
  /** Longest pause of one client, in ms. */
  readonly longestPauseMs: number;
  /** Returns the input of a session's connection; undefined while the session has none. */
  inputOf(session: GateSession): ClientInput | undefined;
  /** Called once, when the node is no longer overloaded and no client is paused for it. */
  onOver(load: NodeLoad): void;
}

/**
 * One node while it is overloaded: counts the commands of each client to the node, and pauses the clients that exceed their share.
 * Clients resume in the order of their pauses: one for each answer once the node has half of its limits, and each after the longest
 * pause.
 */
export class NodeLoad {
  readonly node: NodeLink;
  readonly #parts: NodeLoadParts;
  /** Commands of each client in the current window. */
  readonly #sent = new Map<GateSession, number>();
  /** Paused clients with the ends of their pauses, in the order of the pauses. */
  readonly #paused = new Map<ClientInput, number>();
  #windowEnd: number;
  #check: DeadlineHandle;

  constructor(node: NodeLink, parts: NodeLoadParts) {
    this.node = node;
    this.#parts = parts;
    this.#windowEnd = parts.core.clock.now() + overloadWindowMs;
    this.#check = this.#checkSoon();
  }

  /** Number of clients that the gate does not read from because of the node. */
  get pausedCount(): number {
    return this.#paused.size;
  }

  /** Counts a command of a client, and pauses the client when its share is used up. */
  charge(session: GateSession): void {
    const { core, inputOf, longestPauseMs } = this.#parts;
    const count = (this.#sent.get(session) ?? 0) + 1;
    this.#sent.set(session, count);
    const share = this.#exceeds(2) ? 1 : core.limits.overloadedNodeCount;
    if (count < share) return;
    const input = inputOf(session);
    if (input === undefined || !input.stop(this)) return;
    this.#sent.delete(session);
    this.#paused.set(input, core.clock.now() + longestPauseMs);
    core.counters.add("client.paused.node");
  }

  /** Resumes the first paused client when the node has room. Called after each answer of the node to a client. */
  answered(): void {
    if (this.#paused.size > 0 && !this.#exceeds(0.5)) this.#resumeFirst();
  }

  /** Forgets a client whose connection is gone. */
  forget(input: ClientInput): void {
    this.#paused.delete(input);
  }

  /** Resumes all clients, since the node is no longer overloaded or its link has ended. */
  end(): void {
    this.#parts.core.deadlines.remove(this.#check);
    while (this.#paused.size > 0) this.#resumeFirst();
    this.#parts.onOver(this);
  }

  #onCheck(): void {
    const { clock, limits } = this.#parts.core;
    const now = clock.now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + overloadWindowMs;
      this.#sent.clear();
    }
    for (const [input, until] of this.#paused) {
      if (until > now) break;
      this.#resume(input);
    }
    if (!this.node.alive) {
      this.end();
      return;
    }
    if (!this.#exceeds(0.5)) {
      if (this.#paused.size === 0) {
        this.end();
        return;
      }
      // Without answers in flight nothing else resumes these clients.
      const room = limits.nodeInFlightCount - this.node.link.pendingCount;
      let count = Math.max(1, Math.floor(room / limits.overloadedNodeCount));
      while (count-- > 0 && this.#paused.size > 0) this.#resumeFirst();
    }
    this.#check = this.#checkSoon();
  }

  #checkSoon(): DeadlineHandle {
    return this.#parts.core.deadlines.add(checkMs, { onDeadline: () => this.#onCheck() });
  }

  #resumeFirst(): void {
    for (const input of this.#paused.keys()) {
      this.#resume(input);
      return;
    }
  }

  #resume(input: ClientInput): void {
    this.#paused.delete(input);
    input.go(this);
  }

  /** Returns whether the node has more than its limits, times a factor. */
  #exceeds(factor: number): boolean {
    const { nodeInFlightCount, nodeBufferBytes } = this.#parts.core.limits;
    const { link } = this.node;
    return (
      link.pendingCount > nodeInFlightCount * factor ||
      link.transport.bufferedBytes > nodeBufferBytes * factor
    );
  }
}
