import type { RetryCause } from "../../rpc/retry-after.ts";
import type { NodePeer, Role } from "./node-peer.ts";

/** Nodes that a text names; the rest is counted. */
const namedNodes = 3;

/** When a call that found no node may be tried again. */
export function unavailableCause(role: Role): RetryCause {
  return role.members.length > 0 ? "lost" : "absent";
}

/** Why a call of this role cannot go: the node that has it, if one node has it, or each of the role. `now` is the registry's clock. */
export function unavailableReason(role: Role, owner: NodePeer | undefined, now: number): string {
  if (owner !== undefined)
    return `the node "${owner.name}" of role "${role.name}" has it, and ${stateOf(owner, now)}`;
  const { members } = role;
  if (members.length === 0) return `no node of role "${role.name}" is there, and none is awaited`;
  const named = members.slice(0, namedNodes).map((peer) => `"${peer.name}" ${stateOf(peer, now)}`);
  if (members.length > namedNodes) named.push(`${members.length - namedNodes} more`);
  return `no node of role "${role.name}" is ready: ${named.join("; ")}`;
}

/** What the caller of a request is told whose node was lost while it had it. */
export function lostReason(node: string): string {
  return `the node "${node}" was lost before it answered, and may have run the call`;
}

function stateOf({ link, draining, awaitedUntil }: NodePeer, now: number): string {
  if (link?.alive) return draining ? "is about to stop" : "is there";
  const seconds = Math.max(1, Math.ceil((awaitedUntil - now) / 1_000));
  return `${draining ? "has stopped" : "was lost"}; it is awaited for ${seconds} s more`;
}
