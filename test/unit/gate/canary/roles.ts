import type { CanaryShare } from "../../../../runtime/gate/canary/role-pools.ts";
import { NodePeer, Role } from "../../../../runtime/gate/nodes/node-peer.ts";
import { type ClientWire, GateSession } from "../../../../runtime/gate/session/gate-session.ts";

/** A role with these nodes; a share makes one a canary. */
export function sharesOf(shares: Readonly<Record<string, CanaryShare | undefined>>): Role {
  const role = new Role("scene", 0);
  for (const [name, canary] of Object.entries(shares)) {
    const peer = new NodePeer(name, role);
    peer.canary = canary;
    role.members.push(peer);
  }
  role.members.sort((a, b) => (a.name < b.name ? -1 : 1));
  role.changed();
  return role;
}

export function sessionOf(userId: bigint, id = "00"): GateSession {
  const session = new GateSession(id, 1, "", {} as ClientWire);
  session.userId = userId;
  return session;
}
