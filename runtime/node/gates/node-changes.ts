import type { NodeChange } from "../../api/handler-context.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import { type NodeChanged, NodeState } from "../../wire/generated/photinus/link.ts";

type Listener = (change: NodeChange) => void;

/** Nodes that are remembered at most. Beyond it the one that changed longest ago is forgotten, and may be told of twice. */
const rememberedNodes = 4_096;

interface KnownNode {
  /** Which of its lives was lost last. */
  readonly lostBoot: string;
  readonly away: boolean;
}

/**
 * What becomes of other nodes. Each gate tells of each node, so what another gate has told already is left out: a loss of
 * the same life, a return of a node that is not away.
 */
export class NodeChanges {
  readonly #log: CountedLog;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #known = new Map<string, KnownNode>();

  constructor(log: CountedLog) {
    this.#log = log;
  }

  on(state: NodeState, role: string, listener: Listener): void {
    const key = keyOf(state, role);
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
  }

  changed(gate: string, { node, role, bootId, state, planned, awaitedMs }: NodeChanged): void {
    if (!this.#isNews(node, bootId, state)) return;
    const failed = (error: unknown): void =>
      this.#log.error({ err: error, about: node }, "a listener to nodes that come and go failed", role);
    for (const listener of this.#listeners.get(keyOf(state, role)) ?? []) {
      try {
        // It may be an async function, though its type does not say so.
        const result: unknown = listener({ node, role, gate, planned, awaitedMs });
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  #isNews(node: string, bootId: string, state: NodeState): boolean {
    const known = this.#known.get(node);
    if (state !== NodeState.LOST) {
      if (!known?.away) return false;
      // A later word of the same loss, from a slower gate, is told apart by the life that it names.
      this.#remember(node, { lostBoot: known.lostBoot === bootId ? "" : known.lostBoot, away: false });
      return true;
    }
    if (known !== undefined && known.lostBoot === bootId && (known.away || bootId !== "")) return false;
    this.#remember(node, { lostBoot: bootId, away: true });
    return true;
  }

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
