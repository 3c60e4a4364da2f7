import type { NodePeer } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import type { GateSession } from "../session/gate-session.ts";
import { choose } from "./rendezvous.ts";
import type { CommandRoute } from "./route-table.ts";

/** Result of a route whose key cannot be read from the body. */
export const malformed = Symbol("malformed");

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
): NodePeer | undefined | typeof malformed {
  const to = entry.route;
  switch (to.kind) {
    case "session": {
      const known = session.sticky?.[role.index];
      if (known !== undefined && !known.removed) return known;
      const chosen = role.next("commands", id);
      if (chosen === undefined) return undefined;
      session.sticky ??= [];
      session.sticky[role.index] = chosen;
      return chosen;
    }
    case "hash":
      try {
        return choose(role.members, to.hash(bytes, start, end));
      } catch {
        return malformed;
      }
    case "round-robin":
      return role.next("commands", id);
    case "node":
      return nodes.get(to.node);
  }
}
