import type { NodeLink } from "../nodes/node-peer.ts";
import type { GateSession, Group } from "./gate-session.ts";

export interface GroupLimits {
  /** Groups that one session may be in. */
  readonly perSessionCount: number;
  /** Groups of the gate. */
  readonly count: number;
  /** Characters of a name. */
  readonly nameChars: number;
}

/** The groups of one gate. A group is there as long as it has a member. */
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
   * False when a limit is reached; true also when the session was in the group before. With `until` the session leaves the
   * group when that link is lost; of several joins the last one decides.
   */
  join(session: GateSession, name: string, until?: NodeLink): boolean {
    const { perSessionCount, count, nameChars } = this.#limits;
    let group = this.#groups.get(name);
    if (group?.members.has(session)) {
      session.groups?.set(group, until);
      return true;
    }
    if ((session.groups?.size ?? 0) >= perSessionCount) return false;
    if (group === undefined) {
      if (name.length === 0 || name.length > nameChars || this.#groups.size >= count) return false;
      group = { name, members: new Set() };
      this.#groups.set(name, group);
    }
    group.members.add(session);
    session.groups ??= new Map();
    session.groups.set(group, until);
    return true;
  }

  leave(session: GateSession, name: string): void {
    const group = this.#groups.get(name);
    if (group) this.#leave(session, group);
  }

  leaveAll(session: GateSession): void {
    for (const group of session.groups?.keys() ?? []) this.#leave(session, group);
  }

  /** Leaves the groups that the session is in until this link is lost. */
  leaveLost(session: GateSession, lost: NodeLink): void {
    for (const [group, until] of session.groups ?? []) {
      if (until === lost) this.#leave(session, group);
    }
  }

  #leave(session: GateSession, group: Group): void {
    group.members.delete(session);
    session.groups?.delete(group);
    if (group.members.size === 0) this.#groups.delete(group.name);
  }
}
