import { admin } from "../../rpc/link-administration.ts";
import type { NodeChange } from "../../wire/generated/photinus/control.ts";
import { NodeChanged, NodeState } from "../../wire/generated/photinus/link.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { GateCore } from "../gate-core.ts";
import type { Groups } from "../push/groups.ts";
import { type GateSession, sendGathered } from "../session/gate-session.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { NodeLink, NodePeer } from "./node-peer.ts";
import type { NodeRegistry, NodeWatcher } from "./node-registry.ts";

/** Parts of a gate that node change notices use. */
export interface NodeChangeNoticeParts {
  readonly nodes: NodeRegistry;
  readonly sessions: SessionTable;
  readonly groups: Groups;
  readonly notices: SessionNotices;
  /** Called with the name of each lost node. */
  onNodeLost(node: string): void;
}

/**
 * Notifies clients and nodes when a node is lost, back or gone: the clients whose sessions the node has served, and all other
 * nodes. A lost node also ends the group memberships that its sessions hold until the node is lost.
 */
export class NodeChangeNotices implements NodeWatcher {
  readonly #core: GateCore;
  readonly #parts: NodeChangeNoticeParts;
  /** Sessions that each unreachable node has served before its link was lost. */
  readonly #affected = new Map<NodePeer, readonly GateSession[]>();

  constructor(core: GateCore, parts: NodeChangeNoticeParts) {
    this.#core = core;
    this.#parts = parts;
  }

  onLost(link: NodeLink): void {
    const { peer, served } = link;
    this.#parts.onNodeLost(peer.name);
    // A peer that served no session must not cost a scan of all sessions: a hostile one could reconnect in a loop.
    const sessions = served ? [...this.#parts.sessions.all()] : [];
    const affected = sessions.filter(({ knownTo }) => knownTo.includes(link));
    for (const session of affected) this.#parts.groups.leaveLost(session, link);
    this.#affected.set(peer, affected);
    const { limits } = this.#core;
    this.#tell(peer, NodeState.LOST, { planned: peer.draining, awaitedMs: wholeMs(limits.rejoinMs) });
  }

  /** Announces the sessions that the node had served again, so that it can rebuild what it keeps of them in memory. */
  onBack(link: NodeLink): void {
    const { peer } = link;
    for (const session of this.#affected.get(peer) ?? []) {
      if (!session.ended && !session.knownTo.includes(link)) this.#parts.notices.tell(session, link);
    }
    this.#tell(peer, NodeState.BACK);
    this.#affected.delete(peer);
  }

  onGone(peer: NodePeer): void {
    this.#tell(peer, NodeState.GONE);
    this.#affected.delete(peer);
  }

  /**
   * Notifies all other nodes and the affected clients of one change. Map-form nodes get no notice, because their protocol has no
   * such message.
   */
  #tell(peer: NodePeer, state: NodeState, { planned, awaitedMs } = { planned: false, awaitedMs: 0 }): void {
    const about = { node: peer.name, role: peer.role.name, state, planned, awaitedMs };
    for (const { link } of this.#parts.nodes.all()) {
      if (link === undefined || link.peer === peer || !link.alive || link.link.speaksMapForm) continue;
      link.link.notice(admin.nodeChanged, NodeChanged, { ...about, bootId: peer.bootId }, undefined);
    }
    for (const session of this.#affected.get(peer) ?? []) this.#tellClient(session, about);
  }

  /** Skips a client that does not read: node changes must not fill its buffer. */
  #tellClient(session: GateSession, change: NodeChange): void {
    if (session.ended || session.wire.bufferedBytes > this.#core.limits.hardBufferBytes) return;
    sendGathered(session);
    session.wire.nodeChanged(change);
  }
}
