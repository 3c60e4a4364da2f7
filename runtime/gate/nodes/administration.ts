import { errorCodes, fail } from "../../../schema/errors.ts";
import { longestMessageChars } from "../../rpc/envelope/message-kinds.ts";
import { admin } from "../../rpc/link-administration.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import {
  AssignSession,
  type Bind,
  KickSession,
  Membership,
  UserBound,
} from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import { authRank, type GateSession } from "../session/gate-session.ts";
import type { Groups } from "../session/groups.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { Users } from "../session/users.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** Throws a session out, with an error code, the reason, and whether the client may come back by itself. */
export type KickOut = (session: GateSession, code: number, reason: string, reconnect: boolean) => void;

export interface AdministrationParts {
  readonly sessions: SessionTable;
  readonly users: Users;
  readonly groups: Groups;
  readonly notices: SessionNotices;
  readonly nodes: NodeRegistry;
  readonly kick: KickOut;
}

/** What nodes do to sessions. For a session that has ended meanwhile it does nothing. */
export class Administration {
  readonly #core: GateCore;
  readonly #parts: AdministrationParts;

  constructor(core: GateCore, parts: AdministrationParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** Throws UNAVAILABLE when the session is gone, ABORTED when the user has a newer one. */
  bind(by: NodeLink, { session: id, userId, auth, generation }: Bind): void {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) throw fail("UNAVAILABLE", "the session has ended");
    if (userId === 0n) throw fail("INVALID_ARGUMENT", "0 is no user id");
    this.#parts.users.bind(session, userId, generation);
    session.auth = Math.min(Math.max(auth, authRank.user), authRank.admin);
    this.#parts.notices.bound(session, by);
  }

  /** False: the session has ended, or a limit of groups is reached. */
  join(by: NodeLink, id: number, group: string, untilLost: boolean): boolean {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return false;
    if (this.#parts.groups.join(session, group, untilLost ? by : undefined)) return true;
    this.#core.refusals.note("groups.refused", { session: id, by: by.peer.name });
    return false;
  }

  /** False: the session has ended. */
  leave(id: number, group: string): boolean {
    const session = this.#parts.sessions.get(id);
    if (session !== undefined) this.#parts.groups.leave(session, group);
    return session !== undefined;
  }

  /** False: the session has ended. Code 0 stands for PERMISSION_DENIED. The reason is cut, as the texts of errors are. */
  kick(id: number, code: number, reason: string, reconnect: boolean): boolean {
    const session = this.#parts.sessions.get(id);
    if (session !== undefined) {
      const told = code || errorCodes.PERMISSION_DENIED;
      this.#parts.kick(session, told, reason.slice(0, longestMessageChars), reconnect);
    }
    return session !== undefined;
  }

  /** False: the session has ended, or the role has no such node. */
  assign(by: NodeLink, id: number, roleName: string, name: string): boolean {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return false;
    const peer = this.#parts.nodes.get(name);
    if (peer === undefined || peer.role.name !== roleName) {
      const details = { session: id, role: roleName, node: name, by: by.peer.name };
      this.#core.refusals.note("assign.refused", details);
      return false;
    }
    session.sticky ??= [];
    session.sticky[peer.role.index] = peer;
    return true;
  }

  /** The user was bound at another gate. */
  userBound(userId: bigint, generation: number): void {
    this.#parts.users.boundElsewhere(userId, generation);
  }

  /** The node is about to stop. */
  draining({ peer }: NodeLink): void {
    peer.draining = true;
    this.#core.counted.info({ peer: peer.name }, "a node is about to stop", peer.name);
  }

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
      case admin.userBound: {
        const { userId, generation } = decode(UserBound, bytes, start, end);
        this.userBound(userId, generation);
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
