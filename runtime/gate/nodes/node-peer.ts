import type { Link } from "../../rpc/link.ts";
import { type CanaryShare, RolePools } from "../canary/role-pools.ts";
import { hashName, type RendezvousMember } from "../route/rendezvous.ts";
import type { UnknownCalls } from "../route/unknown-calls.ts";

/** One link to a node, from hello to its end. A node that reconnects gets a new object, so stale references stay stale. */
export class NodeLink {
  readonly peer: NodePeer;
  readonly link: Link;
  readonly bootId: string;
  /** True once a session was announced over this link. */
  served = false;
  #over = false;
  #waiting: (() => void)[] = [];

  constructor(peer: NodePeer, link: Link, bootId: string) {
    this.peer = peer;
    this.link = link;
    this.bootId = bootId;
  }

  get alive(): boolean {
    return this.link.alive;
  }

  /** True once the requests that were with the node have failed or are queued again: a moment after the link has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Calls `then` once the link is {@link over}; at once when it is. */
  whenOver(then: () => void): void {
    if (this.#over) then();
    else this.#waiting.push(then);
  }

  /** Notes that the link is {@link over}. */
  ended(): void {
    this.#over = true;
    for (const then of this.#waiting.splice(0)) then();
  }
}

/** Node under its name. A member of its role from its first hello until `rejoinMs` after its link was lost. */
export class NodePeer implements RendezvousMember {
  readonly name: string;
  readonly role: Role;
  readonly seed: number;
  /** Current link; undefined while the node is unreachable. */
  link: NodeLink | undefined = undefined;
  /** Boot id of the latest link; another id means that the node has restarted. "" for a map-form node. */
  bootId = "";
  /** Release of the schema of the latest link; 0 when unknown or never released. */
  release = 0;
  /** Calls of its role that the node is too old for; undefined when there are none. */
  unknown: UnknownCalls | undefined = undefined;
  /** Share of a canary node; undefined for any other node. */
  canary: CanaryShare | undefined = undefined;
  /** True once the node is about to stop: it finishes its work, and gets no new work. */
  draining = false;
  /** Time on the gate's clock until which an unreachable node keeps its place. */
  awaitedUntil = 0;
  /** True once the node has lost its place. A session that refers to the node must choose another one. */
  removed = false;

  constructor(name: string, role: Role) {
    this.name = name;
    this.role = role;
    this.seed = hashName(name);
  }

  /** True when the node is linked and takes new work. */
  get ready(): boolean {
    return this.link?.alive === true && !this.draining;
  }

  /** False for a call that the node's release does not know, or must not get. */
  knows(list: keyof UnknownCalls, id: number): boolean {
    return this.unknown === undefined || !this.unknown[list].has(id);
  }
}

/** Change of what a canary node takes, at this gate: from its preparation to its commit or abort. */
export interface RoleChange {
  readonly peer: NodePeer;
  /** Share of the node after the change. */
  readonly canary: CanaryShare;
}

/** All nodes of one role. */
export class Role {
  readonly name: string;
  /** Position in a session's list of sticky nodes. */
  readonly index: number;
  /** Nodes of the role, sorted by name, with unreachable ones that keep their place. */
  readonly members: NodePeer[] = [];
  /** Pools of a role with canary nodes; undefined while all nodes are alike. */
  pools: RolePools<NodePeer> | undefined = undefined;
  /** Change that is prepared; calls of keys whose node it changes are held. */
  change: RoleChange | undefined = undefined;
  /** Pools after the change; undefined without one. */
  nextPools: RolePools<NodePeer> | undefined = undefined;
  #turn = 0;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }

  /** Makes the pools again. To be called after a change of the members, of their shares, or of `change`. */
  changed(): void {
    const isSplit = this.members.some(({ canary }) => canary !== undefined);
    this.pools = isSplit ? new RolePools(this.members, ({ canary }) => canary) : undefined;
    const { change } = this;
    this.nextPools =
      change && new RolePools(this.members, (peer) => (peer === change.peer ? change.canary : peer.canary));
  }

  /** Returns the next ready member, round robin; with a call, one that knows it. Undefined when there is none. */
  next(list?: keyof UnknownCalls, id = 0): NodePeer | undefined {
    const { members } = this;
    for (let tries = members.length; tries > 0; tries--) {
      this.#turn = this.#turn + 1 < members.length ? this.#turn + 1 : 0;
      const member = members[this.#turn]!;
      if (member.ready && (list === undefined || member.knows(list, id))) return member;
    }
    return undefined;
  }
}
