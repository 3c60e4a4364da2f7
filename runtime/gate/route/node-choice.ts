import type { NodePeer, Role } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import type { GateSession } from "../session/gate-session.ts";
import { choose } from "./rendezvous.ts";
import type { CommandRoute } from "./route-table.ts";

/** Result of a route whose key cannot be read from the body. */
export const malformed = Symbol("malformed");

/** Result for a key that moves to another node: its commands and calls are held until the change is over. */
export const moving = Symbol("moving");

/**
 * Chooses the node of a command by the schema's route. The node may be unreachable, or too old for the command: a hash or sticky route
 * keeps its node while the node keeps its place, because other nodes do not have its state.
 */
export function chooseNode(
  nodes: NodeRegistry,
  session: GateSession,
  { id, role, entry }: CommandRoute,
  bytes: Uint8Array,
  start: number,
  end: number,
): NodePeer | undefined | typeof malformed | typeof moving {
  const to = entry.route;
  switch (to.kind) {
    case "session": {
      const known = session.sticky?.[role.index];
      if (known !== undefined && !known.removed && stays(session, known, role, id)) return known;
      const chosen = nextOf(session, role, id);
      if (chosen === undefined) return undefined;
      session.stick(chosen);
      return chosen;
    }
    case "hash":
      try {
        return ownerOf(role, to.hash(bytes, start, end));
      } catch {
        return malformed;
      }
    case "round-robin":
      return nextOf(session, role, id);
    case "node":
      return nodes.get(to.node);
  }
}

/** Returns the node that owns a key; {@link moving} while a change of a canary node's share moves the key. */
export function ownerOf(role: Role, key: number): NodePeer | undefined | typeof moving {
  const { pools, nextPools, members } = role;
  if (pools === undefined) return choose(members, key);
  const owner = pools.owner(key);
  return nextPools === undefined || nextPools.owner(key) === owner ? owner : moving;
}

/** Returns the next node for a command without a key. */
function nextOf(session: GateSession, role: Role, id: number): NodePeer | undefined {
  const { pools } = role;
  return pools === undefined ? role.next("commands", id) : pools.next(pools.takes(session), "commands", id);
}

/** Returns whether a session stays at its node. A node that another one has assigned to the session is like one that a route names. */
function stays(session: GateSession, node: NodePeer, { pools }: Role, id: number): boolean {
  return pools === undefined || session.assigned?.has(node) === true || pools.keeps(session, node, id);
}
