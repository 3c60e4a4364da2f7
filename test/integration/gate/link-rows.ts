import {
  closeBody,
  closeMessage,
  openBody,
  openRelay,
  writeCancel,
  writeFailure,
} from "../../../runtime/rpc/envelope/compact-writer.ts";
import { type kind, linkMethod, type PushAddress } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { type Encoder, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import * as messages from "../../../runtime/wire/generated/photinus/link.ts";
import { commands, methods, pushes } from "./schema.ts";
import type { Stranger } from "./stranger.ts";

/** Keys that the gate of a test does not accept. */
export const otherKeys = LinkKeys.of(LinkKeys.random());
/** User whose session an attacker would act on. */
export const user = 77n;

/** Sends one message that is not what the gate expects first. */
export type Send = (peer: Stranger) => void;

export function ask<T>(method: number, codec: Encoder<T>, value: T): Send {
  return ({ link }) => void link.call(method, codec, value, raw).catch(() => {});
}

function notice<T>(method: number, codec: Encoder<T>, value: T): Send {
  return ({ link }) => void link.notice(method, codec, value, undefined);
}

/** An ASK and a NOTICE of each message of the administration: neither form must work, whichever is the right one. */
function both<T>(method: number, codec: Encoder<T>, value: T): readonly Send[] {
  return [ask(method, codec, value), notice(method, codec, value)];
}

/** Bytes that are no nonce, proof or body that anybody expects. */
export const nonce = new Uint8Array(32).fill(7);
const {
  AdoptSessions,
  AssignSession,
  Bind,
  BoundUser,
  ClaimUser,
  Draining,
  DropSession,
  EvictUser,
  FetchSession,
  JudgeTicket,
  KickSession,
  LaneBarrier,
  LinkChallenge,
  LinkHello,
  LinkProof,
  ListGroup,
  Membership,
  MovedUser,
  MoveSessions,
  MovingSession,
  NodeChanged,
  ReleaseUser,
  Revoke,
  SessionArrival,
  SessionBound,
  SessionEnd,
  SessionOpen,
  SessionsMoved,
  SessionState,
  TellUsers,
} = messages;

function pushTo(address: PushAddress, push: number): Send {
  return ({ link }) => void link.push(push, address, nonce, 0, nonce.length);
}

/** Relays a client's message, with a key and as a notify. */
function relay(key: number, session: number): Send {
  return ({ link: { transport } }) => {
    const mark = openRelay(transport.output, key, session, commands.echo.id, 1_000, false);
    const body = openBody(transport.output);
    closeBody(transport.output, body);
    closeMessage(transport.output, mark, undefined);
    transport.flushSoon();
  };
}

export function mapAsk(name: string, args: readonly unknown[], kw: Record<string, unknown> = {}): Send {
  return ({ link }) => void link.callMapForm(name, args, kw).catch(() => {});
}

function mapNotice(name: string, args: readonly unknown[], kw: Record<string, unknown> = {}): Send {
  return ({ link }) => void link.noticeMapForm(name, args, kw);
}

function mapBoth(name: string, args: readonly unknown[], kw: Record<string, unknown> = {}): readonly Send[] {
  return [mapAsk(name, args, kw), mapNotice(name, args, kw)];
}

/** Returns a row for each message of a link: every method of the administration, every kind, every call of the map form. */
export function linkRows(session: number) {
  const membership = { session, group: "swarm", untilLost: false };
  /** Every method of the administration, with each message that it takes. */
  const administration: Readonly<Record<keyof typeof admin, readonly Send[]>> = {
    hello: [
      ...both(admin.hello, raw, nonce),
      ...both(
        admin.hello,
        LinkHello,
        LinkHello.create({ name: "probe-2", role: "probe", version: linkVersion }),
      ),
      ...both(
        admin.hello,
        LinkHello,
        LinkHello.create({ name: "probe-1", role: "probe", version: linkVersion, proof: nonce }),
      ),
      ...both(
        admin.hello,
        LinkHello,
        LinkHello.create({ name: "wasp", gates: ["moth", "wasp"], version: linkVersion, proof: nonce }),
      ),
      ...both(admin.hello, LinkHello, LinkHello.create({ name: "wasp", version: 99 })),
    ],
    sessionOpen: both(admin.sessionOpen, SessionOpen, SessionOpen.create({ session, id: "x" })),
    sessionEnd: both(admin.sessionEnd, SessionEnd, { session, reason: "gone" }),
    sessionBound: both(admin.sessionBound, SessionBound, SessionBound.create({ session, userId: user })),
    bind: both(admin.bind, Bind, Bind.create({ session, userId: user })),
    claimUser: both(admin.claimUser, ClaimUser, { userId: user, session }),
    join: both(admin.join, Membership, membership),
    leave: both(admin.leave, Membership, membership),
    regroup: both(admin.regroup, messages.Regroup, {
      session,
      add: ["hive"],
      remove: ["swarm"],
      untilLost: false,
    }),
    kick: both(admin.kick, KickSession, KickSession.create({ session, reason: "out" })),
    assign: both(admin.assign, AssignSession, { session, role: "probe", node: "probe-1" }),
    laneBarrier: both(admin.laneBarrier, LaneBarrier, { session, lane: "" }),
    draining: both(admin.draining, Draining, {}),
    nodeChanged: both(admin.nodeChanged, NodeChanged, NodeChanged.create({ node: "probe-1", role: "probe" })),
    sessionState: both(admin.sessionState, SessionState, SessionState.create({ session, suspended: true })),
    listGroup: both(admin.listGroup, ListGroup, { group: "swarm", limit: 100 }),
    evictUser: both(admin.evictUser, EvictUser, { userId: user, session, generation: 1 }),
    releaseUser: both(admin.releaseUser, ReleaseUser, { userId: user, session, generation: 0 }),
    revoke: both(admin.revoke, Revoke, { users: [{ userId: user, notBeforeMs: Date.now() }] }),
    judgeTicket: both(admin.judgeTicket, JudgeTicket, JudgeTicket.create({ ticket: nonce })),
    tellUsers: both(
      admin.tellUsers,
      TellUsers,
      TellUsers.create({ users: [BoundUser.create({ userId: user, session })], last: true }),
    ),
    adoptSessions: both(admin.adoptSessions, AdoptSessions, {
      sessions: [MovingSession.create({ session, id: "x" })],
      nodes: ["probe-1"],
    }),
    moveSessions: both(admin.moveSessions, MoveSessions, { gate: "moth", numbers: [1, 1] }),
    sessionsMoved: both(admin.sessionsMoved, SessionsMoved, { sessions: [session], served: [session] }),
    sessionArrival: both(admin.sessionArrival, SessionArrival, SessionArrival.create({ session })),
    dropSession: both(admin.dropSession, DropSession, { session, reason: "gone" }),
    movedUser: both(
      admin.movedUser,
      MovedUser,
      MovedUser.create({ userId: user, fromGate: "moth", fromSession: session }),
    ),
    fetchSession: both(admin.fetchSession, FetchSession, {
      run: new Uint8Array(16),
      session,
      hash: new Uint8Array(32),
    }),
    keepChanges: both(admin.keepChanges, messages.KeepChanges, { sessions: [session] }),
    changeCanary: both(
      admin.changeCanary,
      messages.ChangeCanary,
      messages.ChangeCanary.create({ canary: { share: 10_000 } }),
    ),
    workBarrier: both(admin.workBarrier, messages.WorkBarrier, {}),
    challenge: [
      ...both(admin.challenge, raw, nonce),
      ...both(admin.challenge, LinkChallenge, {
        nonce,
        keys: [...otherKeys.accepted].map(({ id }) => id),
        version: linkVersion,
      }),
    ],
    proof: [...both(admin.proof, LinkProof, { proof: nonce }), ...both(admin.proof, raw, nonce)],
  };

  const addresses: readonly PushAddress[] = [
    { kind: "session", session },
    { kind: "sessions", sessions: [session] },
    { kind: "user", user },
    { kind: "group", group: "swarm" },
    { kind: "group", group: "swarm", except: 9 },
    { kind: "everyone" },
  ];

  /** Every kind of a compact message; those of the administration have rows of their own. */
  const kinds: Readonly<Record<keyof typeof kind, readonly Send[]>> = {
    ask: [
      ...Object.values(methods).flatMap(({ id }) => [ask(id, raw, nonce), ask(id + 0x1000, raw, nonce)]),
      ({ link }) => void link.call(methods.double.id, raw, nonce, raw, { target: "probe-1" }).catch(() => {}),
      ({ link }) => void link.call(methods.double.id, raw, nonce, raw, { target: 7 }).catch(() => {}),
    ],
    notice: [
      ...Object.values(methods).map(({ id }) => notice(id, raw, nonce)),
      ({ link }) => void link.notice(methods.hint.id, raw, nonce, "probe-1"),
      ...Object.values(linkMethod).map((method) => notice(method, raw, new Uint8Array(0))),
    ],
    answer: [(peer) => peer.answer(1, nonce), (peer) => peer.answer(70_000, nonce)],
    failure: [
      ({ link: { transport } }) => {
        writeFailure(transport.output, 1, 13, "no", 0, 0);
        transport.flushSoon();
      },
    ],
    cancel: [
      ({ link: { transport } }) => {
        writeCancel(transport.output, 1);
        transport.flushSoon();
      },
    ],
    relay: [relay(0, session), relay(5, session)],
    push: [
      ...Object.values(pushes).flatMap(({ id }) => addresses.map((address) => pushTo(address, id))),
      pushTo({ kind: "everyone" }, 0xffffff06),
    ],
  };

  const builtins: Readonly<Record<string, readonly unknown[]>> = {
    ping: ["hello"],
    nodes: [],
    sessions: [],
    push: [pushes.reliable.id, 4, null, nonce],
    session: [session],
    bind: [session, 77],
    join: [session, "swarm"],
    leave: [session, "swarm"],
    regroup: [session, ["hive"], ["swarm"]],
    kick: [session, "out"],
    assign: [session, "probe", "probe-1"],
    draining: [],
  };

  /** Every call of the map form. */
  const mapForm: Readonly<Record<string, readonly Send[]>> = {
    takeProxy: [
      ...mapBoth("takeProxy", ["probe-2"], { role: "probe" }),
      ...mapBoth("takeProxy", ["probe-1"], { role: "probe", proof: nonce }),
      ...mapBoth("takeProxy", [{ toString: 1 }], { role: { valueOf: 1, toString: 1 }, proof: nonce }),
      ...mapBoth("takeProxy", [nonce], { role: 7, proof: "x".repeat(32) }),
    ],
    linkChallenge: [
      ...mapBoth("linkChallenge", [nonce, otherKeys.accepted.map(({ id }) => id)]),
      ...mapBoth("linkChallenge", ["text", 7]),
    ],
    linkProof: [...mapBoth("linkProof", [nonce]), ...mapBoth("linkProof", [])],
    callTarget: [
      ...Object.entries(builtins).flatMap(([command, args]) => mapBoth("callTarget", [command, ...args])),
      ...mapBoth("callTarget", [methods.double.name, nonce]),
      ...mapBoth("callTarget", ["secret"]),
    ],
    callChild: mapBoth("callChild", [commands.echo.id, session, nonce]),
    "an unknown name": mapBoth("dropEverything", []),
  };

  return { administration, kinds, builtins, mapForm };
}
