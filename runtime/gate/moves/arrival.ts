import { type GateSession, type SessionMove, sendGathered } from "../session/gate-session.ts";
import type { LinkedGate } from "../users/owned-users.ts";
import type { SessionPlace } from "../users/user-registry.ts";

/** Session that comes from another gate, at this gate. It has no client before its state is here. */
export class Arrival implements SessionMove {
  readonly session: GateSession;
  /** Where the session comes from. */
  readonly source: SessionPlace;
  /** Link over which it comes: the end of another one, of the same gate, says nothing of it. */
  readonly link: LinkedGate;
  /** Nodes whose pushes count at the other gate. */
  readonly deaf: Set<string>;
  /** True once the state is here, and the client may resume. */
  complete = false;
  /** True once a node has bound the session here: the bind of the other gate is older. */
  boundHere = false;
  /** Groups that nodes have made the session join or leave here: the other gate's state of them is older. */
  readonly regroupedHere = new Set<string>();
  readonly #onEnd: (arrival: Arrival) => void;
  readonly #waiting = new Set<() => void>();

  constructor(
    session: GateSession,
    source: SessionPlace,
    link: LinkedGate,
    deaf: readonly string[],
    onEnd: (arrival: Arrival) => void,
  ) {
    this.session = session;
    this.source = source;
    this.link = link;
    this.deaf = new Set(deaf);
    this.#onEnd = onEnd;
  }

  ignores(node: string): boolean {
    return this.deaf.has(node);
  }

  get leaves(): boolean {
    return false;
  }

  get gone(): boolean {
    return false;
  }

  get holds(): boolean {
    return !this.complete;
  }

  wait(then: () => void): boolean {
    if (!this.complete) this.#waiting.add(then);
    return !this.complete;
  }

  leave(then: () => void): void {
    this.#waiting.delete(then);
  }

  bound(): void {
    this.boundHere = true;
  }

  regrouped(group: string): void {
    if (!this.complete) this.regroupedHere.add(group);
  }

  /** Notes that the state is here. Pushes count from now on, except those of nodes whose SessionsMoved is on its way. */
  arrived(movedNodes: readonly string[]): void {
    sendGathered(this.session);
    this.complete = true;
    const moved = new Set(movedNodes);
    for (const node of this.deaf) if (!moved.has(node)) this.deaf.delete(node);
    this.#settle();
  }

  /** Notes that a node sends the session's pushes to this gate from now on, or is lost. */
  hears(node: string): void {
    // What the node has sent before counts at the other gate.
    sendGathered(this.session);
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
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const then of waiting) then();
  }
}
