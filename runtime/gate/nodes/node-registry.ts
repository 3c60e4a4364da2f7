import type { Deadline, DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import type { Link } from "../../rpc/link.ts";
import { NodeLink, NodePeer, Role } from "./node-peer.ts";

/** Hears what becomes of nodes. Not called any more once the gate closes. */
export interface NodeWatcher {
  /** The link has ended; the node's place is kept for it. */
  onLost(link: NodeLink): void;
  /** A node that was lost is linked again, by this link. */
  onBack(link: NodeLink): void;
  /** A node that was lost has not come back in time, or has come back with another role. */
  onGone(peer: NodePeer): void;
}

/** The nodes that have said hello to this gate, by name and by role. */
export class NodeRegistry {
  readonly #peers = new Map<string, NodePeer>();
  readonly #roles = new Map<string, Role>();
  /** Roles that the protocol names; all others go with their last node. */
  readonly #kept = new Set<Role>();
  /** Indexes of roles that have gone. */
  readonly #freeIndexes: number[] = [];
  readonly #leaving = new Map<NodePeer, DeadlineHandle>();
  readonly #deadlines: Deadlines;
  readonly #log: CountedLog;
  readonly #rejoinMs: number;
  readonly #limit: number;
  /** Called whenever a node has come. */
  onHere: () => void = () => {};
  watcher: NodeWatcher | undefined;
  #closing = false;

  constructor(options: { deadlines: Deadlines; log: CountedLog; rejoinMs: number; limit: number }) {
    this.#deadlines = options.deadlines;
    this.#log = options.log;
    this.#rejoinMs = options.rejoinMs;
    this.#limit = options.limit;
  }

  /** The role of this name, empty while no node of it is there. For names of the protocol only: it is kept for ever. */
  role(name: string): Role {
    const role = this.#roleOf(name);
    this.#kept.add(role);
    return role;
  }

  get(name: string): NodePeer | undefined {
    return this.#peers.get(name);
  }

  all(): NodePeer[] {
    return [...this.#peers.values()];
  }

  /**
   * Takes a node in. One of the same name whose link is still there is replaced: most likely that link is half open, and
   * the node came back. Undefined when there are too many nodes.
   */
  register(name: string, roleName: string, bootId: string, link: Link): NodeLink | undefined {
    let peer = this.#peers.get(name);
    if (peer && peer.role.name !== roleName) {
      if (peer.link !== undefined) this.watcher?.onLost(peer.link);
      this.#gone(peer);
      peer = undefined;
    }
    if (peer === undefined) {
      if (this.#peers.size >= this.#limit) return undefined;
      peer = new NodePeer(name, this.#roleOf(roleName));
      this.#peers.set(name, peer);
      peer.role.members.push(peer);
      peer.role.members.sort((a, b) => (a.name < b.name ? -1 : 1));
    }
    const away = this.#stay(peer);
    const former = peer.link;
    const current = new NodeLink(peer, link, bootId);
    if (former !== undefined) this.watcher?.onLost(former);
    peer.link = current;
    peer.bootId = bootId;
    peer.draining = false;
    if (former?.alive) {
      this.#log.warn(
        { peer: name, sameBoot: former.bootId === bootId },
        "a node came back over a new link",
        name,
      );
      former.link.destroy("replaced by a new link of the same node");
    }
    this.#log.info({ peer: name, role: roleName, remote: link.transport.remote }, "a node has joined", name);
    if (away || former !== undefined) this.watcher?.onBack(current);
    this.onHere();
    return current;
  }

  /** The node's link is gone. It stays a member for a while, so that a restart does not move its keys. */
  lost(current: NodeLink, reason: string): void {
    const { peer } = current;
    if (peer.link !== current) return;
    peer.link = undefined;
    const details = { peer: peer.name, role: peer.role.name, reason };
    if (this.#closing || peer.draining) this.#log.info(details, "a node has left", peer.name);
    else this.#log.warn(details, "lost a node", peer.name);
    const leave: Deadline = { onDeadline: () => this.#gone(peer) };
    peer.awaitedUntil = this.#deadlines.clock.now() + this.#rejoinMs;
    this.#leaving.set(peer, this.#deadlines.add(this.#rejoinMs, leave));
    if (!this.#closing) this.watcher?.onLost(current);
  }

  /** The gate closes: that links end is no failure from here on. */
  close(): void {
    this.#closing = true;
  }

  /** Forgets who is to leave; for the end of the gate. */
  clear(): void {
    for (const handle of this.#leaving.values()) this.#deadlines.remove(handle);
    this.#leaving.clear();
  }

  /** An index is used again only when nothing refers to it: a session's sticky node of a role that has gone is removed. */
  #roleOf(name: string): Role {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = new Role(name, this.#freeIndexes.pop() ?? this.#roles.size);
      this.#roles.set(name, role);
    }
    return role;
  }

  /** True for a node that was away. */
  #stay(peer: NodePeer): boolean {
    const handle = this.#leaving.get(peer);
    if (handle === undefined) return false;
    this.#deadlines.remove(handle);
    this.#leaving.delete(peer);
    return true;
  }

  #gone(peer: NodePeer): void {
    this.#remove(peer);
    if (!this.#closing) this.watcher?.onGone(peer);
  }

  #remove(peer: NodePeer): void {
    this.#stay(peer);
    peer.removed = true;
    peer.link?.link.destroy("the node has another role now");
    peer.link = undefined;
    if (this.#peers.get(peer.name) === peer) this.#peers.delete(peer.name);
    const { role } = peer;
    const at = role.members.indexOf(peer);
    if (at >= 0) role.members.splice(at, 1);
    if (role.members.length > 0 || this.#kept.has(role) || this.#roles.get(role.name) !== role) return;
    this.#roles.delete(role.name);
    this.#freeIndexes.push(role.index);
  }
}
