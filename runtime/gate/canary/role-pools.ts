import { fail } from "../../../schema/errors.ts";
import { choose, type RendezvousMember } from "../route/rendezvous.ts";
import type { UnknownCalls } from "../route/unknown-calls.ts";
import { canaryPoint, canaryPoints, pointOfSession, pointOfUser } from "./canary-point.ts";

/** Part of the keys and users that a canary node takes. */
export interface CanaryShare {
  /** Hundredths of a percent, 0 to 10,000. */
  readonly share: number;
  readonly users: readonly bigint[];
}

/** Node of a role, as its pools see the node. */
interface PoolMember extends RendezvousMember {
  readonly ready: boolean;
  knows(list: keyof UnknownCalls, id: number): boolean;
}

/** Session, as far as the choice of its pool depends on it. */
interface PoolSession {
  readonly id: string;
  /** The bound user; 0 before a bind. */
  readonly userId: bigint;
}

/** Most users that one canary node names. */
export const mostCanaryUsers = 1_000;

/** Checks what a node says that it takes. Throws INVALID_ARGUMENT. */
export function canaryOf({ share, users }: CanaryShare): CanaryShare {
  if (share > canaryPoints)
    throw fail("INVALID_ARGUMENT", `a canary's share is ${share}; expected 0 to ${canaryPoints}`);
  if (users.length > mostCanaryUsers)
    throw fail(
      "INVALID_ARGUMENT",
      `a canary names ${users.length} users; expected at most ${mostCanaryUsers}`,
    );
  return { share, users };
}

/** Nodes that share work, with their turn of round robin. */
class NodePool<M extends PoolMember> {
  readonly members: readonly M[];
  #turn = 0;

  constructor(members: readonly M[]) {
    this.members = members;
  }

  /** Returns the next ready member that knows a call, round robin; undefined when there is none. */
  next(list: keyof UnknownCalls, id: number): M | undefined {
    const { members } = this;
    for (let tries = members.length; tries > 0; tries--) {
      this.#turn = this.#turn + 1 < members.length ? this.#turn + 1 : 0;
      const member = members[this.#turn]!;
      if (member.ready && member.knows(list, id)) return member;
    }
    return undefined;
  }

  has(list: keyof UnknownCalls, id: number): boolean {
    return this.members.some((member) => member.ready && member.knows(list, id));
  }
}

/**
 * Pools of a role that has canary nodes. The share is the largest one of its canary nodes, the users are those of all, so that every gate
 * that knows the same nodes chooses alike. A canary node without share and users takes nothing while another node is there.
 */
export class RolePools<M extends PoolMember> {
  readonly #canary: NodePool<M>;
  readonly #stable: NodePool<M>;
  /** Keys and sessions with points below it go to the canary pool. */
  readonly #below: number;
  readonly #users: ReadonlySet<bigint>;

  constructor(members: readonly M[], shareOf: (peer: M) => CanaryShare | undefined) {
    const stable: M[] = [];
    const idle: M[] = [];
    const taking: M[] = [];
    const users = new Set<bigint>();
    let below = 0;
    for (const peer of members) {
      const canary = shareOf(peer);
      if (canary === undefined) stable.push(peer);
      else if (canary.share === 0 && canary.users.length === 0) idle.push(peer);
      else {
        taking.push(peer);
        below = Math.max(below, canary.share);
        for (const user of canary.users) users.add(user);
      }
    }
    const others = taking.length > 0 ? taking : idle;
    this.#stable = new NodePool(stable.length > 0 ? stable : others);
    this.#canary = new NodePool(taking.length > 0 ? taking : this.#stable.members);
    this.#below = below;
    this.#users = users;
  }

  /** Returns the node that owns a key. */
  owner(key: number): M | undefined {
    const pool = canaryPoint(key) < this.#below ? this.#canary : this.#stable;
    return choose(pool.members, key);
  }

  /** True when the canary pool takes a session: by its user, or by its id before it has one. */
  takes({ userId, id }: PoolSession): boolean {
    if (userId === 0n) return pointOfSession(id) < this.#below;
    return pointOfUser(userId) < this.#below || this.#users.has(userId);
  }

  /** Returns the next node of a pool for a call without a key; a node of the other pool when no one there is ready. */
  next(isCanary: boolean, list: keyof UnknownCalls, id: number): M | undefined {
    const [first, second] = isCanary ? [this.#canary, this.#stable] : [this.#stable, this.#canary];
    return first.next(list, id) ?? second.next(list, id);
  }

  /** Returns whether a session stays at a node: the node is of its pool, or no node there is ready. */
  keeps(session: PoolSession, node: M, id: number): boolean {
    const pool = this.takes(session) ? this.#canary : this.#stable;
    return pool.members.includes(node) || !pool.has("commands", id);
  }
}
