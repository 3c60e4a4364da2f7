import type { Deadline, DeadlineHandle, Deadlines } from "../../clock/deadlines.ts";
import type { CountedLog } from "../../log/counted-log.ts";
import type { Link } from "../../rpc/link.ts";
import type { CanaryShare } from "../canary/role-pools.ts";
import type { UnknownCalls } from "../route/unknown-calls.ts";
import { NodeLink, NodePeer, Role } from "./node-peer.ts";

/** Listener to nodes that are lost, back or gone. Not called while the gate closes. */
export interface NodeWatcher {
  /** Called when a link has ended. The node keeps its place for `rejoinMs`. */
  onLost(link: NodeLink): void;
  /** Called when a lost node has linked again, with the new link. */
  onBack(link: NodeLink): void;
  /** Called when a lost node has not returned within `rejoinMs`, or has returned with another role. */
  onGone(peer: NodePeer): void;
}

/** Release of a node's schema, and what it takes as a canary. Default: unknown, and no call is too new for the node. */
export interface NodeRelease {
  readonly release?: number;
  readonly unknown?: UnknownCalls | undefined;
  /** Share of a canary node. Default: none, the node is a stable one. */
  readonly canary?: CanaryShare | undefined;
}

/** Nodes registered at this gate, by name and by role. */
export class NodeRegistry {
  readonly #peers = new Map<string, NodePeer>();
  readonly #roles = new Map<string, Role>();
  /** Roles of the protocol. Any other role is removed with its last node. */
  readonly #kept = new Set<Role>();
  /** Indexes of removed roles, for reuse. */
  readonly #freeIndexes: number[] = [];
  readonly #leaving = new Map<NodePeer, DeadlineHandle>();
  readonly #deadlines: Deadlines;
  readonly #log: CountedLog;
  readonly #rejoinMs: number;
  readonly #limit: number;
  /** Called after each registration of a node. */
  onHere: () => void = () => {};
  /** Called after a node of the role has registered, or has lost its place. */
  onChange: (role: Role) => void = () => {};
  watcher: NodeWatcher | undefined;
  #closing = false;

  constructor(options: { deadlines: Deadlines; log: CountedLog; rejoinMs: number; limit: number }) {
    this.#deadlines = options.deadlines;
    this.#log = options.log;
    this.#rejoinMs = options.rejoinMs;
    this.#limit = options.limit;
  }

  /** Returns a role of the protocol by name, with or without nodes. The role is never removed, so never pass a peer's text. */
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
   * Registers a node. A node of this name that is still linked loses its old link: most likely the old link is half open and the
   * node has reconnected. Returns undefined when the node limit is reached.
   */
  register(
    name: string,
    roleName: string,
    bootId: string,
    link: Link,
    { release = 0, unknown, canary }: NodeRelease = {},
  ): NodeLink | undefined {
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
    peer.release = release;
    peer.unknown = unknown;
    peer.canary = canary;
    // The hello says whether a change holds whose outcome this gate has missed.
    if (peer.role.change?.peer === peer) peer.role.change = undefined;
    peer.role.changed();
    peer.draining = false;
    if (former?.alive) {
      this.#log.warn(
        { peer: name, sameBoot: former.bootId === bootId },
        "node reconnected over a new link",
        name,
      );
      former.link.destroy("replaced by a new link of the same node");
    }
    const { remote } = link.transport;
    this.#log.info({ peer: name, role: roleName, release, remote }, "node joined", name);
    if (away || former !== undefined) this.watcher?.onBack(current);
    this.onHere();
    this.onChange(peer.role);
    return current;
  }

  /** Notes the end of a node's link. The node stays a member for `rejoinMs`, so that a restart does not move its keys. */
  lost(current: NodeLink, reason: string): void {
    current.ended();
    const { peer } = current;
    if (peer.link !== current) return;
    peer.link = undefined;
    const details = { peer: peer.name, role: peer.role.name, reason };
    if (this.#closing || peer.draining) this.#log.info(details, "node left", peer.name);
    else this.#log.warn(details, "node lost", peer.name);
    const leave: Deadline = { onDeadline: () => this.#gone(peer) };
    peer.awaitedUntil = this.#deadlines.clock.now() + this.#rejoinMs;
    this.#leaving.set(peer, this.#deadlines.add(this.#rejoinMs, leave));
    if (!this.#closing) this.watcher?.onLost(current);
  }

  /** Marks the gate as closing: ends of links are expected from here on. */
  close(): void {
    this.#closing = true;
  }

  /** Removes the deadlines of unreachable nodes, at the end of the gate. */
  clear(): void {
    for (const handle of this.#leaving.values()) this.#deadlines.remove(handle);
    this.#leaving.clear();
  }

  /**
   * Returns the role of a name, made when missing. Indexes of removed roles are reused. A session's sticky node at such an index
   * is marked as removed, so a stale entry is never used.
   */
  #roleOf(name: string): Role {
    let role = this.#roles.get(name);
    if (role === undefined) {
      role = new Role(name, this.#freeIndexes.pop() ?? this.#roles.size);
      this.#roles.set(name, role);
    }
    return role;
  }

  /** Cancels the removal of an unreachable node. Returns false for a node that was not unreachable. */
  #stay(peer: NodePeer): boolean {
    const handle = this.#leaving.get(peer);
    if (handle === undefined) return false;
    this.#deadlines.remove(handle);
    this.#leaving.delete(peer);
    return true;
  }

  /** Removes a node that has lost its place, and notifies the watcher. */
  #gone(peer: NodePeer): void {
    this.#remove(peer);
    if (this.#closing) return;
    this.watcher?.onGone(peer);
    this.onChange(peer.role);
  }

  /** Removes a node from its role. A role that the protocol does not name is removed with its last node. */
  #remove(peer: NodePeer): void {
    this.#stay(peer);
    peer.removed = true;
    peer.link?.link.destroy("the node has linked with another role");
    peer.link = undefined;
    if (this.#peers.get(peer.name) === peer) this.#peers.delete(peer.name);
    const { role } = peer;
    const at = role.members.indexOf(peer);
    if (at >= 0) role.members.splice(at, 1);
    if (role.change?.peer === peer) role.change = undefined;
    role.changed();
    if (role.members.length > 0 || this.#kept.has(role) || this.#roles.get(role.name) !== role) return;
    this.#roles.delete(role.name);
    this.#freeIndexes.push(role.index);
  }
}
