import type { RetryCause } from "../../rpc/retry-after.ts";
import type { UnknownCalls } from "../route/unknown-calls.ts";
import type { NodePeer, Role } from "./node-peer.ts";

/** Most nodes that an error text names; further ones are counted. */
const namedNodes = 3;

/** Call that found no node. */
export interface Unplaced {
  readonly list: keyof UnknownCalls;
  readonly id: number;
}

/** Returns the retry cause of a call that found no ready node. `owner` is the only node that may handle the call. */
export function unavailableCause(role: Role, owner?: NodePeer): RetryCause {
  if (owner?.link?.alive) return "stopping";
  return role.members.length > 0 ? "lost" : "absent";
}

/**
 * Returns the error text of a call that found no ready node.
 *
 * @param owner the only node that may handle the call, if there is one; otherwise the text names the nodes of the role
 * @param now time on the registry's clock
 * @param call call that a node may be too old for
 */
export function unavailableReason(
  role: Role,
  owner: NodePeer | undefined,
  now: number,
  call: Unplaced,
): string {
  if (owner !== undefined)
    return `the node "${owner.name}" of role "${role.name}" handles this call, but ${stateOf(owner, now, call)}`;
  const { members } = role;
  if (members.length === 0) return `no node of role "${role.name}" is linked or expected back`;
  const named = members.slice(0, namedNodes).map((peer) => `"${peer.name}" ${stateOf(peer, now, call)}`);
  if (members.length > namedNodes) named.push(`${members.length - namedNodes} more`);
  return `no node of role "${role.name}" is ready: ${named.join("; ")}`;
}

/** Returns the error text of a call whose node was lost while the call was in flight. */
export function lostReason(node: string): string {
  return `the node "${node}" was lost before it answered, and may have run the call`;
}

/** Returns the state of a node as the end of a sentence about the node. */
function stateOf(peer: NodePeer, now: number, { list, id }: Unplaced): string {
  const { link, draining, awaitedUntil, release } = peer;
  if (link?.alive && !draining && !peer.knows(list, id))
    return `is of ${release > 0 ? `release ${release}` : "another release"} and does not know the call`;
  if (link?.alive) return draining ? "is about to stop" : "is linked";
  const seconds = Math.max(1, Math.ceil((awaitedUntil - now) / 1_000));
  return `${draining ? "has stopped" : "was lost"}; its place is kept for ${seconds} s more`;
}
