import type { Link } from "../../rpc/link.ts";
import { hashName, type RendezvousMember } from "../route/rendezvous.ts";

/** One life of a link to a node. A node that comes back gets a new one, so nothing of the old is mistaken for it. */
export class NodeLink {
  readonly peer: NodePeer;
  readonly link: Link;
  readonly bootId: string;
  /** The node knows of a session, or has known of one. */
  served = false;

  constructor(peer: NodePeer, link: Link, bootId: string) {
    this.peer = peer;
    this.link = link;
    this.bootId = bootId;
  }

  get alive(): boolean {
    return this.link.alive;
  }
}

/** A node by its name: a member of its role from its first hello until `rejoinMs` after its link was lost. */
export class NodePeer implements RendezvousMember {
  readonly name: string;
  readonly role: Role;
  readonly seed: number;
  /** Undefined while it is away. */
  link: NodeLink | undefined = undefined;
  /** The boot id of its latest link. */
  bootId = "";
  /** It is about to stop: what it has is finished, nothing new goes there. */
  draining = false;
  /** While it is away: until when its place is kept, on the gate's clock. */
  awaitedUntil = 0;
  /** It stayed away too long: whoever remembers it must choose another. */
  removed = false;

  constructor(name: string, role: Role) {
    this.name = name;
    this.role = role;
    this.seed = hashName(name);
  }

  /** True when new work may go there. */
  get ready(): boolean {
    return this.link?.alive === true && !this.draining;
  }
}

/** All nodes of one role. */
export class Role {
  readonly name: string;
  /** Position in a session's list of sticky nodes. */
  readonly index: number;
  /** Its nodes, also those that are away for a short time. Sorted by name. */
  readonly members: NodePeer[] = [];
  #turn = 0;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }

  /** Each ready member in turn; undefined when there is none. */
  next(): NodePeer | undefined {
    const { members } = this;
    for (let tries = members.length; tries > 0; tries--) {
      this.#turn = this.#turn + 1 < members.length ? this.#turn + 1 : 0;
      const member = members[this.#turn]!;
      if (member.ready) return member;
    }
    return undefined;
  }
}
