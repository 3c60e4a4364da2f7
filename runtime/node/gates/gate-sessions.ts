import { fail } from "../../../schema/errors.ts";
import { admin } from "../../rpc/link-administration.ts";
import {
  type SessionBound,
  type SessionOpen,
  type SessionState,
  SessionsMoved,
} from "../../wire/generated/photinus/link.ts";
import type { GateHandle } from "../node-host.ts";
import { authOf, NodeSession } from "./node-session.ts";

/** Session that moves, and its number at the other gate. */
interface Move {
  readonly session: NodeSession;
  readonly number: number;
}

/** Sessions that one gate has announced to this node, or that have moved there, by their number. */
export class GateSessions {
  readonly #gate: GateHandle;
  readonly #sessions = new Map<number, NodeSession>();

  constructor(gate: GateHandle) {
    this.#gate = gate;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(number: number): NodeSession | undefined {
    return this.#sessions.get(number);
  }

  all(): IterableIterator<NodeSession> {
    return this.#sessions.values();
  }

  /** Adds a session. A session that has moved here is known already: then only its state is updated. */
  open({ session: number, id, userId, auth, remote, suspended }: SessionOpen): void {
    let session = this.#sessions.get(number);
    if (session?.id === id) this.changed({ session: number, suspended, remote });
    else {
      this.end(number);
      session = new NodeSession(this.#gate, id, number, remote);
      session.suspended = suspended;
      this.#sessions.set(number, session);
    }
    session.userId = userId;
    session.auth = authOf(auth);
  }

  bound({ session: number, userId, auth }: SessionBound): void {
    const session = this.#sessions.get(number);
    if (session === undefined) return;
    session.userId = userId;
    session.auth = authOf(auth);
  }

  changed({ session: number, suspended, remote }: SessionState): void {
    const session = this.#sessions.get(number);
    if (session === undefined) return;
    session.remote = remote;
    if (!suspended) session.clientBack();
    // A session that moves from one open connection to another was not suspended.
    if (session.suspended === suspended) return;
    session.suspended = suspended;
    this.#gate.node.sessionChanged(session);
  }

  /** Ends a session. Its listeners run once its lanes have no work left. */
  end(number: number): void {
    const session = this.#sessions.get(number);
    if (session === undefined) return;
    this.#sessions.delete(number);
    session.end(() => this.#gate.node.sessionEnded(session));
  }

  endAll(): void {
    for (const number of [...this.#sessions.keys()]) this.end(number);
  }

  /**
   * Moves sessions to another gate, in one step: no push of this node comes between the notice to that gate and the moves. Returns
   * their count. Throws INVALID_ARGUMENT or FAILED_PRECONDITION, and changes nothing then.
   *
   * @param numbers pairs: number here, number at the other gate
   */
  moveTo(to: GateSessions, numbers: readonly number[]): number {
    const { sessions, moves } = this.#moves(to, numbers);
    const served = moves.map(({ number }) => number);
    if (!to.#gate.link.notice(admin.sessionsMoved, SessionsMoved, { sessions, served }, undefined))
      throw fail("FAILED_PRECONDITION", `the link to the gate "${to.#gate.gate}" is closing`);
    for (const { session, number } of moves) {
      // A second object of the session is left only where this node was too slow: the other gate did not wait for the move.
      const late = to.#sessions.get(number);
      if (late !== undefined) session.takeOver(late);
      this.#sessions.delete(session.number);
      to.#sessions.set(number, session);
      session.moveTo(to.#gate, number);
    }
    return moves.length;
  }

  /** Reads the pairs of a move. Throws INVALID_ARGUMENT for a list of another gate's making. */
  #moves(to: GateSessions, numbers: readonly number[]): { sessions: number[]; moves: Move[] } {
    if (numbers.length % 2 !== 0)
      throw fail("INVALID_ARGUMENT", `${numbers.length} session numbers; expected pairs`);
    const sessions: number[] = [];
    const moves: Move[] = [];
    const once = new Set<NodeSession | number>();
    for (let at = 0; at < numbers.length; at += 2) {
      const number = numbers[at + 1]!;
      sessions.push(number);
      const session = this.#sessions.get(numbers[at]!);
      if (session === undefined) continue;
      const there = to.#sessions.get(number);
      if (once.has(session) || once.has(number) || (there !== undefined && there.id !== session.id))
        throw fail(
          "INVALID_ARGUMENT",
          `number ${number} at the gate "${to.#gate.gate}" is another session's`,
        );
      once.add(session).add(number);
      moves.push({ session, number });
    }
    return { sessions, moves };
  }
}
