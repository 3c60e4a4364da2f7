import { errorCodes, fail } from "../../../schema/errors.ts";
import { admin } from "../../node/admin.ts";
import { decode } from "../../wire/codec/index.ts";
import {
  AssignSession,
  type Bind,
  KickSession,
  Membership,
  UserBound,
} from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../core.ts";
import type { Groups } from "../session/groups.ts";
import { authRank, type GateSession } from "../session/session.ts";
import type { SessionTable } from "../session/table.ts";
import type { Tellings } from "../session/tellings.ts";
import type { Users } from "../session/users.ts";
import type { NodeLink } from "./peer.ts";
import type { NodeRegistry } from "./registry.ts";

/** Throws a session out, with an error code, the reason, and whether the client may come back by itself. */
export type KickOut = (session: GateSession, code: number, reason: string, reconnect: boolean) => void;

export interface AdministrationParts {
  readonly sessions: SessionTable;
  readonly users: Users;
  readonly groups: Groups;
  readonly tellings: Tellings;
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
    this.#parts.tellings.bound(session, by);
  }

  notice(by: NodeLink, method: number, bytes: Uint8Array, start: number, end: number): void {
    switch (method) {
      case admin.join: {
        const { session: id, group } = decode(Membership, bytes, start, end);
        const session = this.#parts.sessions.get(id);
        if (session !== undefined && !this.#parts.groups.join(session, group)) {
          this.#core.refusals.note("groups.refused", { session: id, by: by.peer.name });
        }
        break;
      }
      case admin.leave: {
        const { session: id, group } = decode(Membership, bytes, start, end);
        const session = this.#parts.sessions.get(id);
        if (session !== undefined) this.#parts.groups.leave(session, group);
        break;
      }
      case admin.kick: {
        const { session: id, code, reason, reconnect } = decode(KickSession, bytes, start, end);
        const session = this.#parts.sessions.get(id);
        if (session !== undefined) {
          this.#parts.kick(session, code || errorCodes.PERMISSION_DENIED, reason, reconnect);
        }
        break;
      }
      case admin.assign:
        this.#assign(decode(AssignSession, bytes, start, end), by);
        break;
      case admin.userBound: {
        const { userId, generation } = decode(UserBound, bytes, start, end);
        this.#parts.users.boundElsewhere(userId, generation);
        break;
      }
      case admin.draining:
        by.peer.draining = true;
        this.#core.counted.info({ peer: by.peer.name }, "a node is about to stop", by.peer.name);
        break;
      default:
        this.#core.refusals.note("links.notice.unknown", { method, by: by.peer.name });
    }
  }

  #assign({ session: id, role: roleName, node: name }: AssignSession, by: NodeLink): void {
    const session = this.#parts.sessions.get(id);
    if (session === undefined) return;
    const peer = this.#parts.nodes.get(name);
    if (peer === undefined || peer.role.name !== roleName) {
      this.#core.refusals.note("assign.refused", {
        session: id,
        role: roleName,
        node: name,
        by: by.peer.name,
      });
      return;
    }
    session.sticky ??= [];
    session.sticky[peer.role.index] = peer;
  }
}
