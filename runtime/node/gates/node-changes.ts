import type { NodeChange } from "../../api/handler-context.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import { type NodeChanged, NodeState } from "../../wire/generated/photinus/link.ts";

type Listener = (change: NodeChange) => void;

/** Most nodes that are remembered. Beyond it the least recently changed node is evicted, and may be reported twice. */
const rememberedNodes = 4_096;

/** Last known state of another node. */
interface KnownNode {
  /** Boot id of the node when it was last lost; "" when unknown. */
  readonly lostBoot: string;
  /** True from a loss until the return, or until the node is gone. */
  readonly away: boolean;
}

/**
 * Calls listeners when other nodes are lost, back or gone. Every gate reports every node, so repeated reports are dropped: a loss
 * of a boot id that is lost already, and a return of a node that was not lost.
 */
export class NodeChanges {
  readonly #log: CountedLog;
  readonly #listeners = new Map<string, Listener[]>();
  /** States by node name, the least recently changed one first. */
  readonly #known = new Map<string, KnownNode>();

  constructor(log: CountedLog) {
    this.#log = log;
  }

  /** Adds a listener to changes of one kind, of nodes of a role. */
  on(state: NodeState, role: string, listener: Listener): void {
    const key = keyOf(state, role);
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
  }

  /** Handles a gate's report. A listener that throws or rejects is logged. */
  changed(gate: string, { node, role, bootId, state, planned, awaitedMs }: NodeChanged): void {
    if (!this.#isNews(node, bootId, state)) return;
    const failed = (error: unknown): void =>
      this.#log.error({ err: error, about: node }, "a node change listener threw", role);
    for (const listener of this.#listeners.get(keyOf(state, role)) ?? []) {
      try {
        // An async function fits the type too, and its rejection must not be unhandled.
        const result: unknown = listener({ node, role, gate, planned, awaitedMs });
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  /** Returns whether a report changes the known state of a node, and records the new state. */
  #isNews(node: string, bootId: string, state: NodeState): boolean {
    const known = this.#known.get(node);
    if (state !== NodeState.LOST) {
      if (!known?.away) return false;
      // Keeps the lost boot id for a node that returned under a new one: a slower gate may still report the old loss.
      this.#remember(node, { lostBoot: known.lostBoot === bootId ? "" : known.lostBoot, away: false });
      return true;
    }
    if (known !== undefined && known.lostBoot === bootId && (known.away || bootId !== "")) return false;
    this.#remember(node, { lostBoot: bootId, away: true });
    return true;
  }

  /** Records the state of a node as the most recent one, and evicts the least recent one beyond the limit. */
  #remember(node: string, what: KnownNode): void {
    this.#known.delete(node);
    this.#known.set(node, what);
    if (this.#known.size <= rememberedNodes) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

function keyOf(state: NodeState, role: string): string {
  return `${state} ${role}`;
}
