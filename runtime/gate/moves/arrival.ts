import type { GateSession, SessionMove } from "../session/gate-session.ts";
import type { SessionPlace } from "../users/user-registry.ts";

/** Session that comes from another gate, at this gate. It has no client before its state is here. */
export class Arrival implements SessionMove {
  readonly session: GateSession;
  /** Where the session comes from. */
  readonly source: SessionPlace;
  readonly deaf: Set<string>;
  /** Nodes that served the session at the other gate. */
  readonly serving: ReadonlySet<string>;
  /** Generation of the bind with which the session came. */
  readonly generation: number;
  /** True once the state is here, and the client may resume. */
  complete = false;
  readonly #onEnd: (arrival: Arrival) => void;
  #waiting: (() => void)[] = [];

  constructor(
    session: GateSession,
    source: SessionPlace,
    nodes: { readonly deaf: readonly string[]; readonly serving: readonly string[] },
    generation: number,
    onEnd: (arrival: Arrival) => void,
  ) {
    this.session = session;
    this.source = source;
    this.deaf = new Set(nodes.deaf);
    this.serving = new Set(nodes.serving);
    this.generation = generation;
    this.#onEnd = onEnd;
  }

  wait(then: () => void): boolean {
    if (!this.complete) this.#waiting.push(then);
    return !this.complete;
  }

  /** Notes that the state is here. Pushes count from now on, except those of nodes whose SessionsMoved is on its way. */
  arrived(movedNodes: readonly string[]): void {
    this.complete = true;
    for (const node of this.deaf) if (!movedNodes.includes(node)) this.deaf.delete(node);
    this.#settle();
  }

  /** Notes that a node sends the session's pushes to this gate from now on, or is lost. */
  hears(node: string): void {
    this.deaf.delete(node);
    this.#settle();
  }

  ended(): void {
    this.complete = true;
    this.deaf.clear();
    this.#settle();
  }

  #settle(): void {
    if (!this.complete) return;
    if (this.deaf.size === 0) {
      this.session.move = undefined;
      this.#onEnd(this);
    }
    for (const then of this.#waiting.splice(0)) then();
  }
}
