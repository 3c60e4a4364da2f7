import { admin } from "../../rpc/link-administration.ts";
import {
  AuthLevel,
  SessionBound,
  SessionEnd,
  SessionOpen,
  SessionState,
} from "../../wire/generated/photinus/link.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { GateSession } from "./gate-session.ts";

/** Auth levels of the link protocol, by rank of `authRank`. */
const levels = [AuthLevel.ANYONE, AuthLevel.USER, AuthLevel.ADMIN] as const;

/** Returns the auth level of the link protocol for a rank. */
export function levelOf(rank: number): AuthLevel {
  return levels[rank] ?? AuthLevel.ANYONE;
}

/**
 * Notifies nodes of sessions that open, bind and end. Only nodes that serve a session get its notices. Map-form nodes get none,
 * because each call to them names the session.
 */
export class SessionNotices {
  /** Announces the session to a node before its first command. Returns false when the link is overloaded. */
  tell(session: GateSession, node: NodeLink): boolean {
    const { id, number, userId, auth, remote } = session;
    const message = {
      session: number,
      id,
      userId,
      auth: levelOf(auth),
      remote,
      suspended: session.suspended,
    };
    const { link } = node;
    if (!link.speaksMapForm && !link.notice(admin.sessionOpen, SessionOpen, message, undefined)) return false;
    // Drops links that a newer link has replaced. An ended link stays until the registry has noted the loss: the node change
    // notices find the affected sessions by it.
    const known = session.knownTo.filter((other) => other.peer.link === other);
    // A list that grows by `push` has room for 16 entries more.
    session.knownTo = known.length === 0 ? [node] : known.concat(node);
    node.served = true;
    return true;
  }

  /**
   * Notifies the session's nodes of a bind, among them the node that made it: the notice comes before the answer, and in order with
   * those of other binds, also when the node no longer waits for the answer.
   */
  bound(session: GateSession): void {
    const { number, userId, auth } = session;
    const message = { session: number, userId, auth: levelOf(auth) };
    for (const node of session.knownTo) {
      if (hears(node)) node.link.notice(admin.sessionBound, SessionBound, message, undefined);
    }
  }

  /** Notifies the session's nodes that its client has lost the connection, and may come back. */
  suspended(session: GateSession): void {
    this.#state(session, true);
  }

  /** Notifies the session's nodes that its client is back. */
  resumed(session: GateSession): void {
    this.#state(session, false);
  }

  #state(session: GateSession, suspended: boolean): void {
    const message = { session: session.number, suspended, remote: session.remote };
    for (const node of session.knownTo) {
      if (hears(node)) node.link.notice(admin.sessionState, SessionState, message, undefined);
    }
  }

  /** Notifies the session's nodes of its end. */
  ended(session: GateSession, reason: string): void {
    for (const node of session.knownTo) {
      if (hears(node)) {
        node.link.notice(admin.sessionEnd, SessionEnd, { session: session.number, reason }, undefined);
      }
    }
    session.knownTo = [];
  }
}

/** Returns whether a link gets notices of its sessions. */
function hears(node: NodeLink): boolean {
  return node.alive && !node.link.speaksMapForm;
}
