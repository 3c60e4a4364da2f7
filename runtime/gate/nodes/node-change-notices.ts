import { admin } from "../../rpc/link-administration.ts";
import type { NodeChange } from "../../wire/generated/photinus/control.ts";
import { NodeChanged, NodeState } from "../../wire/generated/photinus/link.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { Groups } from "../session/groups.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { NodeLink, NodePeer } from "./node-peer.ts";
import type { NodeRegistry, NodeWatcher } from "./node-registry.ts";

export interface NodeChangeNoticeParts {
  readonly nodes: NodeRegistry;
  readonly sessions: SessionTable;
  readonly groups: Groups;
}

/**
 * Tells what becomes of nodes: the clients whose sessions a lost node has served, and all other nodes. Groups that the
 * node's sessions joined until it is lost are left.
 */
export class NodeChangeNotices implements NodeWatcher {
  readonly #core: GateCore;
  readonly #parts: NodeChangeNoticeParts;
  /** Of each node that is away: the sessions that it has served. */
  readonly #affected = new Map<NodePeer, readonly GateSession[]>();

  constructor(core: GateCore, parts: NodeChangeNoticeParts) {
    this.#core = core;
    this.#parts = parts;
  }

  onLost(link: NodeLink): void {
    const { peer, served } = link;
    // A peer that comes and goes without having served anybody costs no walk through all sessions.
    const sessions = served ? [...this.#parts.sessions.all()] : [];
    const affected = sessions.filter(({ knownTo }) => knownTo.includes(link));
    for (const session of affected) this.#parts.groups.leaveLost(session, link);
    this.#affected.set(peer, affected);
    const { limits } = this.#core;
    this.#tell(peer, NodeState.LOST, { planned: peer.draining, awaitedMs: wholeMs(limits.rejoinMs) });
  }

  onBack({ peer }: NodeLink): void {
    this.#tell(peer, NodeState.BACK);
    this.#affected.delete(peer);
  }

  onGone(peer: NodePeer): void {
    this.#tell(peer, NodeState.GONE);
    this.#affected.delete(peer);
  }

  #tell(peer: NodePeer, state: NodeState, { planned, awaitedMs } = { planned: false, awaitedMs: 0 }): void {
    const about = { node: peer.name, role: peer.role.name, state, planned, awaitedMs };
    for (const { link } of this.#parts.nodes.all()) {
      if (link === undefined || link.peer === peer || !link.alive || link.link.speaksMapForm) continue;
      link.link.notice(admin.nodeChanged, NodeChanged, { ...about, bootId: peer.bootId }, undefined);
    }
    for (const session of this.#affected.get(peer) ?? []) this.#tellClient(session, about);
  }

  /** A client that does not read is not told: nodes that come and go must not fill its queue. */
  #tellClient(session: GateSession, change: NodeChange): void {
    if (session.ended || session.wire.bufferedBytes > this.#core.limits.hardBufferBytes) return;
    session.wire.nodeChanged(change);
  }
}
