import { errorCodes, fail } from "../../../schema/errors.ts";
import { longestMessageChars } from "../../rpc/envelope/message-kinds.ts";
import { admin, mostListedMembers } from "../../rpc/link-administration.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import {
  AssignSession,
  type Bind,
  type GroupList,
  type GroupMember,
  KickSession,
  type ListGroup,
  Membership,
  Regroup,
} from "../../wire/generated/photinus/link.ts";
import type { Revocations } from "../auth/revocations.ts";
import type { Tickets } from "../auth/tickets.ts";
import type { GateCore } from "../gate-core.ts";
import type { Groups } from "../push/groups.ts";
import { authRank, type KickOut } from "../session/gate-session.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { UserBinds } from "../users/user-binds.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** Parts of a gate that administration calls of nodes read or change. */
export interface AdministrationParts {
  readonly sessions: SessionTable;
  readonly binds: UserBinds;
  readonly groups: Groups;
  readonly notices: SessionNotices;
  readonly nodes: NodeRegistry;
  readonly tickets: Tickets | undefined;
  readonly revocations: Revocations;
  readonly kick: KickOut;
}

/**
 * Serves the requests of nodes that change sessions: bind, join, leave, regroup, kick, assign. A request for a session that has ended
 * changes nothing.
 */
export class Administration {
  readonly #core: GateCore;
  readonly #parts: AdministrationParts;

  constructor(core: GateCore, parts: AdministrationParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /**
   * Binds a session to a user and notifies the nodes of the session. Returns the generation of the bind. Rejects with
   * INVALID_ARGUMENT for user id 0, and as {@link UserBinds.bind} does.
   */
  async bind(by: NodeLink, { session: id, userId, auth }: Bind, timeoutMs: number): Promise<number> {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) throw fail("UNAVAILABLE", "the session has ended");
    if (userId === 0n) throw fail("INVALID_ARGUMENT", "invalid user id 0; expected 1 to 2^64 - 1");
    const provenMs = this.#core.clock.wall();
    const { userId: former } = session;
    const generation = await this.#parts.binds.bind(session, userId, timeoutMs);
    session.provenMs = provenMs;
    // The login may be older than a revocation that has come meanwhile.
    if (!this.#parts.revocations.check(session)) throw fail("UNAUTHENTICATED", "the user was revoked");
    session.auth = Math.min(Math.max(auth, authRank.user), authRank.admin);
    session.move?.bound();
    this.#parts.tickets?.guests.remove(session);
    // The ticket was one of another user.
    if (former !== userId) this.#parts.tickets?.expiry.remove(session);
    // A node that has got the session from another gate may be new to this one.
    if (!session.knownTo.includes(by)) this.#parts.notices.tell(session, by);
    this.#parts.notices.bound(session);
    return generation;
  }

  /**
   * Adds a session to a group. Returns false when the session has ended or a limit of groups is reached.
   *
   * @param untilLost whether the membership ends when the link of the calling node is lost
   */
  join(by: NodeLink, id: number, group: string, untilLost: boolean): boolean {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return false;
    session.move?.regrouped(group);
    if (this.#parts.groups.join(session, group, untilLost ? by : undefined)) return true;
    this.#core.refusals.note("groups.refused", { session: id, by: by.peer.name });
    return false;
  }

  /** Removes a session from a group. Returns false when the session has ended. */
  leave(id: number, group: string): boolean {
    const session = this.#parts.sessions.get(id);
    session?.move?.regrouped(group);
    if (session !== undefined) this.#parts.groups.leave(session, group);
    return session !== undefined;
  }

  /**
   * Removes a session from groups and adds it to others. Returns false when the session has ended, and when the change is refused as a whole.
   *
   * @param untilLost whether the new memberships end when the link of the calling node is lost
   */
  regroup(by: NodeLink, { session: id, add, remove, untilLost }: Regroup): boolean {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return false;
    if (this.#parts.groups.regroup(session, add, remove, untilLost ? by : undefined)) {
      for (const group of remove) session.move?.regrouped(group);
      for (const group of add) session.move?.regrouped(group);
      return true;
    }
    this.#core.refusals.note("groups.refused", { session: id, by: by.peer.name });
    return false;
  }

  /** Lists the members of a group, at most `limit` of them. */
  list({ group: name, limit }: ListGroup): GroupList {
    const all = this.#parts.groups.get(name)?.members;
    const members: GroupMember[] = [];
    for (const { id, userId, suspended } of all ?? []) {
      if (members.length >= Math.min(limit, mostListedMembers)) break;
      members.push({ session: id, userId, suspended });
    }
    return { count: all?.size ?? 0, members };
  }

  /**
   * Kicks a session. Returns false when the session has ended. Code 0 stands for PERMISSION_DENIED. The reason is truncated to
   * the longest text of an error.
   */
  kick(id: number, code: number, reason: string, reconnect: boolean): boolean {
    const session = this.#parts.sessions.get(id);
    if (session !== undefined) {
      const told = code || errorCodes.PERMISSION_DENIED;
      this.#parts.kick(session, told, reason.slice(0, longestMessageChars), reconnect);
    }
    return session !== undefined;
  }

  /**
   * Makes a node the session's sticky node of its role, for commands routed by session. Returns false when the session has ended
   * or the role has no such node.
   */
  assign(by: NodeLink, id: number, roleName: string, name: string): boolean {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return false;
    const peer = this.#parts.nodes.get(name);
    if (peer === undefined || peer.role.name !== roleName) {
      const details = { session: id, role: roleName, node: name, by: by.peer.name };
      this.#core.refusals.note("assign.refused", details);
      return false;
    }
    const former = session.sticky?.[peer.role.index];
    if (former !== undefined) session.assigned?.delete(former);
    session.stick(peer);
    session.assigned ??= new Set();
    session.assigned.add(peer);
    return true;
  }

  /** Marks a node as about to stop, so that it gets no new work. */
  draining({ peer }: NodeLink): void {
    peer.draining = true;
    this.#core.counted.info({ peer: peer.name }, "node draining", peer.name);
  }

  /** Decodes and serves a one-way administration message. An unknown method is counted as refused. */
  notice(by: NodeLink, method: number, bytes: Uint8Array, start: number, end: number): void {
    switch (method) {
      case admin.join: {
        const { session, group, untilLost } = decode(Membership, bytes, start, end);
        this.join(by, session, group, untilLost);
        break;
      }
      case admin.leave: {
        const { session, group } = decode(Membership, bytes, start, end);
        this.leave(session, group);
        break;
      }
      case admin.regroup:
        this.regroup(by, decode(Regroup, bytes, start, end));
        break;
      case admin.kick: {
        const { session, code, reason, reconnect } = decode(KickSession, bytes, start, end);
        this.kick(session, code, reason, reconnect);
        break;
      }
      case admin.assign: {
        const { session, role, node } = decode(AssignSession, bytes, start, end);
        this.assign(by, session, role, node);
        break;
      }
      case admin.draining:
        this.draining(by);
        break;
      default:
        this.#core.refusals.note("links.notice.unknown", { method, by: by.peer.name });
    }
  }
}
