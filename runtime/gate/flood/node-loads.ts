import type { Link } from "../../rpc/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { ClientInput } from "./client-input.ts";
import { NodeLoad, type NodeLoadParts, overloadWindowMs } from "./node-load.ts";

/**
 * Backpressure from nodes to clients. While a node is overloaded, the gate stops reading from the clients that load the node, and from
 * no others. Answers, pushes and deadlines of paused clients continue, because only their input stops.
 */
export class NodeLoads {
  readonly #count: number;
  readonly #bytes: number;
  readonly #parts: NodeLoadParts;
  /** Overloaded nodes, by link. */
  readonly #loads = new Map<Link, NodeLoad>();

  /**
   * @param heartbeatMs heartbeat interval of a session: a pause is at most half of it, so that a paused client that sends heartbeats is
   * heard in time
   * @param inputOf returns the input of a session's connection; undefined while the session has none
   */
  constructor(
    core: GateCore,
    heartbeatMs: number,
    inputOf: (session: GateSession) => ClientInput | undefined,
  ) {
    this.#count = core.limits.nodeInFlightCount;
    this.#bytes = core.limits.nodeBufferBytes;
    this.#parts = {
      core,
      longestPauseMs: Math.min(overloadWindowMs, heartbeatMs / 2),
      inputOf,
      onOver: ({ node }) => this.#loads.delete(node.link),
    };
  }

  /** Notes a command that was sent to a node. Pauses the client when the node is overloaded and the client's share is used up. */
  sent(session: GateSession, node: NodeLink): void {
    const { link } = node;
    if (link.pendingCount <= this.#count && link.transport.bufferedBytes <= this.#bytes) return;
    let load = this.#loads.get(link);
    if (load === undefined) {
      if (!link.alive) return;
      load = new NodeLoad(node, this.#parts);
      this.#loads.set(link, load);
      const { counted, counters } = this.#parts.core;
      counters.add("node.overloaded");
      const details = {
        node: node.peer.name,
        inFlight: link.pendingCount,
        queuedBytes: link.transport.bufferedBytes,
      };
      counted.warn(details, "node overloaded; its clients are slowed down", node.peer.name);
    }
    load.charge(session);
  }

  /** Notes the answer to a request of a client. `link`: the link that the request was sent over. */
  answered(link: Link | undefined): void {
    if (link !== undefined && this.#loads.size > 0) this.#loads.get(link)?.answered();
  }

  /** Forgets the input of a connection that is gone. */
  gone(input: ClientInput): void {
    for (const load of this.#loads.values()) load.forget(input);
  }

  /** True while a node is overloaded. */
  get isOverloaded(): boolean {
    return this.#loads.size > 0;
  }

  /** Returns how many clients the gate does not read from because of a node. */
  pausedBy(link: Link | undefined): number {
    return (link && this.#loads.get(link)?.pausedCount) ?? 0;
  }
}
