import { admin } from "../../rpc/link-administration.ts";
import { AuthLevel, SessionBound, SessionEnd, SessionOpen } from "../../wire/generated/photinus/link.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { GateSession } from "./gate-session.ts";

/** Authentication ranks are the numbers of the link's enum. */
const levels = [AuthLevel.ANYONE, AuthLevel.USER, AuthLevel.ADMIN] as const;

/**
 * What nodes are told of sessions. Only those that serve a session hear of it; map-form ones never do, since each of their
 * calls names the session.
 */
export class SessionNotices {
  /** Makes a node know the session, before its first command goes there. False: the link takes nothing now. */
  tell(session: GateSession, node: NodeLink): boolean {
    const { id, userId, auth, remote } = session;
    const message = { session: id, userId, auth: levels[auth] ?? AuthLevel.ANYONE, remote };
    const { link } = node;
    if (!link.speaksMapForm && !link.notice(admin.sessionOpen, SessionOpen, message, undefined)) return false;
    // A link that has ended stays until the registry has taken note: only then is the session told of it.
    session.knownTo = session.knownTo.filter((other) => other.peer.link === other);
    session.knownTo.push(node);
    node.served = true;
    return true;
  }

  /** The session's user has changed; whoever changed it knows already. */
  bound(session: GateSession, by: NodeLink): void {
    const { id, userId, auth } = session;
    const message = { session: id, userId, auth: levels[auth] ?? AuthLevel.ANYONE };
    for (const node of session.knownTo) {
      if (node !== by && hears(node)) node.link.notice(admin.sessionBound, SessionBound, message, undefined);
    }
  }

  ended(session: GateSession, reason: string): void {
    for (const node of session.knownTo) {
      if (hears(node)) {
        node.link.notice(admin.sessionEnd, SessionEnd, { session: session.id, reason }, undefined);
      }
    }
    session.knownTo = [];
  }
}

function hears(node: NodeLink): boolean {
  return node.alive && !node.link.speaksMapForm;
}
