import { fail } from "../../../schema/errors.ts";
import type { Awaitable } from "../../api/handler-context.ts";
import { adminTimeoutMs } from "../../rpc/link-administration.ts";
import { firstControlCommand } from "../../wire/frame/frame-format.ts";
import { AuthLevel } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { Pushes } from "../push/pushes.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { Administration } from "./administration.ts";
import { MapFormArguments } from "./map-form-arguments.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** Parts of a gate that the built-in map-form services use. */
export interface BuiltinParts {
  readonly core: GateCore;
  readonly nodes: NodeRegistry;
  readonly sessions: SessionTable;
  readonly pushes: Pushes;
  readonly administration: Administration;
}

/** Built-in service. `by` is the link of the calling node. */
type Builtin = (by: NodeLink, args: readonly unknown[]) => Awaitable<unknown>;

/**
 * Returns the services that every gate offers to map-form peers, called by `callTarget(name, ...args)`. They cover what nodes of
 * Photinus do by pushes and link administration. docs/PROTOCOL.md lists them. Invalid arguments throw INVALID_ARGUMENT.
 */
export function builtinServices(parts: BuiltinParts): ReadonlyMap<string, Builtin> {
  const { nodes, sessions, pushes, administration } = parts;
  return new Map<string, Builtin>([
    ["ping", (_by, [value]) => value ?? "pong"],
    ["nodes", () => nodes.all().map(({ name, role, ready }) => ({ name, role: role.name, ready }))],
    ["sessions", () => sessions.size],
    [
      "push",
      (by, args) => {
        const given = new MapFormArguments("push(push, targetKind, target, body)", args);
        const push = given.integer(0, "push", firstControlCommand - 1);
        const body = given.body(3);
        const sent = pushes.send(by.peer.name, push, given.address(1), body, 0, body.length);
        if (typeof sent !== "number") throw sent;
        return sent;
      },
    ],
    [
      "session",
      (_by, args) => {
        const session = sessions.get(new MapFormArguments("session(session)", args).session(0));
        if (session === undefined) throw fail("UNAVAILABLE", "the session has ended");
        return { user: session.userId, auth: session.auth, remote: session.remote };
      },
    ],
    [
      "bind",
      (by, args) => {
        const given = new MapFormArguments("bind(session, user, auth?)", args);
        const admin = given.has(2) && given.integer(2, "auth", AuthLevel.ADMIN) === AuthLevel.ADMIN;
        const auth = admin ? AuthLevel.ADMIN : AuthLevel.USER;
        return administration.bind(
          by,
          { session: given.session(0), userId: given.user(1), auth },
          adminTimeoutMs,
        );
      },
    ],
    [
      "join",
      (by, args) => {
        const given = new MapFormArguments("join(session, group, untilLost?)", args);
        const untilLost = given.flag(2, "untilLost");
        return administration.join(by, given.session(0), given.text(1, "group"), untilLost);
      },
    ],
    [
      "leave",
      (_by, args) => {
        const given = new MapFormArguments("leave(session, group)", args);
        return administration.leave(given.session(0), given.text(1, "group"));
      },
    ],
    [
      "regroup",
      (by, args) => {
        const given = new MapFormArguments("regroup(session, add, remove, untilLost?)", args);
        const [add, remove] = [given.texts(1, "add"), given.texts(2, "remove")];
        const change = { session: given.session(0), add, remove, untilLost: given.flag(3, "untilLost") };
        return administration.regroup(by, change);
      },
    ],
    [
      "kick",
      (_by, args) => {
        const given = new MapFormArguments("kick(session, reason, code?, reconnect?)", args);
        const reason = given.text(1, "reason");
        const code = given.has(2) ? given.integer(2, "code", 0xffff) : 0;
        return administration.kick(given.session(0), code, reason, given.flag(3, "reconnect"));
      },
    ],
    [
      "assign",
      (by, args) => {
        const given = new MapFormArguments("assign(session, role, node)", args);
        return administration.assign(by, given.session(0), given.text(1, "role"), given.text(2, "node"));
      },
    ],
    ["draining", (by) => administration.draining(by)],
  ]);
}
