import { mostRegrouped } from "../../rpc/link-administration.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import { type GateSession, type Group, sendGathered } from "../session/gate-session.ts";

/** Limits of {@link Groups}. */
export interface GroupLimits {
  /** Most groups of one session. */
  readonly perSessionCount: number;
  /** Maximum number of push groups at the gate. */
  readonly count: number;
  /** Maximum length of a group's name, in characters. */
  readonly nameChars: number;
}

/** Groups of one gate. A group exists as long as it has a member. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #limits: GroupLimits;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#groups.size;
  }

  get(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /**
   * Adds a session to a group. Returns false when a limit is reached or the name is empty; true for a session that is a member
   * already.
   *
   * @param until link whose loss ends the membership; the last join of a session decides
   */
  join(session: GateSession, name: string, until?: NodeLink): boolean {
    const { perSessionCount, count, nameChars } = this.#limits;
    let group = this.#groups.get(name);
    if (group?.members.has(session)) {
      setLink(session, group, until);
      return true;
    }
    if ((session.groups?.length ?? 0) >= perSessionCount) return false;
    if (group === undefined) {
      if (name.length === 0 || name.length > nameChars || this.#groups.size >= count) return false;
      group = { name, members: new Set(), gathered: undefined, flushedMs: -Infinity };
      this.#groups.set(name, group);
    }
    group.members.add(session);
    // What waits was pushed before the session was a member.
    group.gathered?.skip(session);
    // Most sessions have one group; a list that grows by `push` has room for 16 more.
    if (session.groups === undefined) session.groups = [group];
    else session.groups.push(group);
    setLink(session, group, until);
    return true;
  }

  /** Removes a session from a group, if it is a member. */
  leave(session: GateSession, name: string): void {
    const group = this.#groups.get(name);
    if (group) this.#leave(session, group);
  }

  /**
   * Removes a session from groups and adds it to others. Returns false and changes nothing when a join would be refused once the groups
   * of `remove` are left, when a group is in both lists, or when a list is too long.
   *
   * @param until link whose loss ends the new memberships
   */
  regroup(
    session: GateSession,
    add: readonly string[],
    remove: readonly string[],
    until: NodeLink | undefined,
  ): boolean {
    if (!this.#allows(session, add, remove)) return false;
    for (const name of remove) this.leave(session, name);
    for (const name of add) {
      // The leaves have sent what waits for the session, which may have ended a client that is too slow.
      if (session.ended) break;
      this.join(session, name, until);
    }
    return true;
  }

  /** Removes a session from all its groups. */
  leaveAll(session: GateSession): void {
    for (const group of [...(session.groups ?? [])]) this.#leave(session, group);
  }

  /** Ends the memberships that last until the loss of this link. */
  leaveLost(session: GateSession, lost: NodeLink): void {
    for (const [group, until] of [...(session.groupLinks ?? [])]) {
      if (until === lost) this.#leave(session, group);
    }
  }

  /** Whether {@link regroup} may change these groups. */
  #allows(session: GateSession, add: readonly string[], remove: readonly string[]): boolean {
    if (add.length > mostRegrouped || remove.length > mostRegrouped) return false;
    const { perSessionCount, count, nameChars } = this.#limits;
    const left = new Set(remove);
    let own = session.groups?.length ?? 0;
    let all = this.#groups.size;
    for (const name of left) {
      const group = this.#groups.get(name);
      if (!group?.members.has(session)) continue;
      own--;
      if (group.members.size === 1) all--;
    }
    for (const name of new Set(add)) {
      if (left.has(name)) return false;
      const group = this.#groups.get(name);
      if (group?.members.has(session)) continue;
      own++;
      if (group !== undefined) continue;
      if (name.length === 0 || name.length > nameChars) return false;
      all++;
    }
    return own <= perSessionCount && all <= count;
  }

  #leave(session: GateSession, group: Group): void {
    if (!session.ended && group.members.has(session)) sendGathered(session);
    group.members.delete(session);
    group.gathered?.forget(session);
    const at = session.groups?.indexOf(group) ?? -1;
    if (at >= 0) session.groups!.splice(at, 1);
    session.groupLinks?.delete(group);
    if (group.members.size > 0) return;
    this.#groups.delete(group.name);
    const { gathered } = group;
    group.gathered = undefined;
    gathered?.drop();
  }
}

/** Sets or removes the link whose loss ends a membership. */
function setLink(session: GateSession, group: Group, until: NodeLink | undefined): void {
  if (until === undefined) {
    session.groupLinks?.delete(group);
    return;
  }
  session.groupLinks ??= new Map();
  session.groupLinks.set(group, until);
}
