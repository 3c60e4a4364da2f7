import { fail } from "../../../schema/errors.ts";
import { admin } from "../../rpc/link-administration.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import {
  type AdoptedSession,
  type AdoptedSessions,
  type AdoptSessions,
  type DropSession,
  type MovingGroup,
  type MovingSession,
  type SessionArrival,
  SessionEnd,
  type SessionsMoved,
  type UnacknowledgedMessage,
} from "../../wire/generated/photinus/link.ts";
import { errorKind, type Kind, nextSequence, pushKind, replyKind } from "../../wire/session/envelope.ts";
import type { Revocations } from "../auth/revocations.ts";
import type { Tickets } from "../auth/tickets.ts";
import type { Resumption } from "../client/resumption.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import type { ClientAddresses } from "../peers/client-addresses.ts";
import type { Groups } from "../push/groups.ts";
import type { Pushes } from "../push/pushes.ts";
import type { GateSession } from "../session/gate-session.ts";
import { authRank } from "../session/gate-session.ts";
import type { Resume } from "../session/resume.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { SuspendedSessions } from "../session/suspended-sessions.ts";
import type { LinkedGate } from "../users/owned-users.ts";
import type { UserBinds } from "../users/user-binds.ts";
import { unconnectedWire } from "../wire/unconnected-wire.ts";
import { Arrival } from "./arrival.ts";

/** Longest address, id or fingerprint of a session, in UTF-16 code units; a longer one is cut off. */
const longestText = 256;

/** Parts of a gate that take sessions of other gates. */
export interface ArrivalParts {
  readonly sessions: SessionTable;
  readonly binds: UserBinds;
  readonly groups: Groups;
  readonly pushes: Pushes;
  readonly nodes: NodeRegistry;
  readonly notices: SessionNotices;
  readonly tickets: Tickets | undefined;
  readonly revocations: Revocations;
  readonly suspended: SuspendedSessions;
  readonly resumption: Resumption;
  /** Ends a session for good. */
  end(session: GateSession, reason: string): void;
  /** Returns the addresses of this gate. */
  addresses(): ClientAddresses;
}

/** Sessions that come from gates that stop. Each is here as a session without a connection before its state arrives. */
export class Arrivals {
  readonly #core: GateCore;
  readonly #parts: ArrivalParts;
  /** By session number. */
  readonly #arrivals = new Map<number, Arrival>();
  #closing = false;

  constructor(core: GateCore, parts: ArrivalParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /** Refuses further sessions. */
  close(): void {
    this.#closing = true;
  }

  /** Makes a session for each one that another gate is about to move here. */
  adopt(from: LinkedGate, { sessions, nodes }: AdoptSessions): AdoptedSessions {
    const { nodeCount } = this.#core.limits;
    if (nodes.length > nodeCount) {
      throw fail("INVALID_ARGUMENT", `${nodes.length} nodes; expected at most ${nodeCount}`);
    }
    const taken = sessions.map((moving): AdoptedSession => {
      return this.#closing ? { session: 0, resumeToken: emptyBytes } : this.#adopt(from, moving, nodes);
    });
    return { ...this.#parts.addresses(), sessions: taken };
  }

  /** Takes the state of a session. Throws NOT_FOUND when it has ended here. */
  arrive(from: string, state: SessionArrival): void {
    const arrival = this.#arrivals.get(state.session);
    const resume = arrival?.session.resume;
    if (arrival === undefined || resume === undefined || arrival.source.gate !== from || arrival.complete) {
      throw fail("NOT_FOUND", "the session has ended");
    }
    checkWindow(state, largestBody(this.#core.limits.maxServerFrameBytes));
    const { session } = arrival;
    const { pushes, nodes, suspended } = this.#parts;
    session.lastSequence = state.lastSequence;
    resume.notifyCount = state.notifyCount;
    if (!arrival.boundHere) this.#bind(arrival, state);
    for (const name of state.sticky) {
      const peer = nodes.get(name);
      if (peer === undefined) continue;
      // An assignment here is newer.
      if (session.sticky?.[peer.role.index] === undefined) session.stick(peer);
      if (session.sticky?.[peer.role.index] !== peer || !state.assigned.includes(name)) continue;
      session.assigned ??= new Set();
      session.assigned.add(peer);
    }
    this.#regroup(arrival, state.groups);
    this.#restore(session, resume, state);
    const latest = state.latest.map(({ push, body }) => ({ id: push, body }));
    if (!session.ended) pushes.holdBack(session, latest);
    // A login here is newer than the ticket or login at the other gate.
    if (!arrival.boundHere) this.#take(session, state);
    if (session.ended) throw fail("NOT_FOUND", "the session does not fit here");
    this.#core.counters.add("session.arrived");
    // The client's time begins now.
    suspended.restart(session);
    arrival.arrived(state.movedNodes);
  }

  /** Notes that the pushes of a node for these sessions come here from now on. */
  moved(node: NodeLink, { sessions: numbers, served }: SessionsMoved): void {
    const { sessions, notices } = this.#parts;
    for (const number of served) {
      const session = sessions.get(number);
      if (session === undefined) {
        // The session has ended before the node moved it here.
        const end = { session: number, reason: "the session has ended" };
        node.link.notice(admin.sessionEnd, SessionEnd, end, undefined);
      } else if (!session.knownTo.includes(node)) {
        // Brings the node up to date: the client may be back. Before the state is here, the node's own is newer.
        if (session.move?.holds) session.knownTo.push(node);
        else notices.tell(session, node);
      }
    }
    node.served ||= served.length > 0;
    for (const number of numbers) this.#arrivals.get(number)?.hears(node.peer.name);
  }

  /** Notes the loss of a node: it moves no sessions any more. */
  nodeLost(node: string): void {
    for (const arrival of [...this.#arrivals.values()]) arrival.hears(node);
  }

  /** Ends a session that has ended at its former gate. */
  drop(from: string, { session: number, reason }: DropSession): void {
    const arrival = this.#arrivals.get(number);
    if (arrival?.source.gate === from && !arrival.complete) this.#parts.end(arrival.session, reason);
  }

  /** Ends the sessions that come over a lost link of another gate, and whose state is not here. */
  gateLost(lost: LinkedGate): void {
    for (const { link, complete, session } of [...this.#arrivals.values()]) {
      if (link === lost && !complete) this.#parts.end(session, "the gate of the session is lost");
    }
  }

  /** Takes the bind that the session has had when it left. */
  #bind({ session, source }: Arrival, { userId, generation, auth }: SessionArrival): void {
    const isNew = session.generation !== generation || session.userId !== userId;
    const isOther = isNew || session.auth !== rankOf(auth);
    session.auth = rankOf(auth);
    if (isNew) this.#parts.binds.moved(session, userId, generation, source);
    // Nodes whose sessions have moved do not hear of a bind at the former gate.
    if (isOther) this.#parts.notices.bound(session);
  }

  /** Brings the groups up to date, except those that nodes have changed here. */
  #regroup({ session, source, regroupedHere }: Arrival, groups: readonly MovingGroup[]): void {
    const names = new Set(groups.map(({ name }) => name));
    for (const { name } of [...(session.groups ?? [])]) {
      if (!names.has(name) && !regroupedHere.has(name)) this.#parts.groups.leave(session, name);
    }
    const others = groups.filter(({ name }) => !regroupedHere.has(name));
    this.#join(session, others, source.gate);
  }

  #join(session: GateSession, joined: readonly MovingGroup[], from: string): void {
    const { groups, nodes } = this.#parts;
    for (const { name, untilLost } of joined) {
      const until = untilLost === "" ? undefined : nodes.get(untilLost)?.link;
      if (untilLost !== "" && until === undefined) continue;
      if (!groups.join(session, name, until))
        this.#core.refusals.note("groups.refused", { session: session.id, by: from });
    }
  }

  #adopt(link: LinkedGate, moving: MovingSession, linked: readonly string[]): AdoptedSession {
    const { sessions, binds, resumption } = this.#parts;
    const text = (value: string): string => value.slice(0, longestText);
    const session = sessions.add(text(moving.remote), unconnectedWire, text(moving.id));
    const { name: from } = link;
    const source = { gate: from, session: moving.session };
    const arrival = new Arrival(session, source, link, linked, () => this.#arrivals.delete(session.number));
    session.move = arrival;
    this.#arrivals.set(session.number, arrival);
    session.auth = rankOf(moving.auth);
    session.hops = moving.hops;
    if (moving.userId !== 0n) binds.moved(session, moving.userId, moving.generation, source);
    this.#join(session, moving.groups, from);
    const resumeToken = resumption.adopt(session, text(moving.schema), moving.tokens);
    this.#take(session, moving);
    // A gate with too many sessions may have ended it at once.
    return session.ended ? { session: 0, resumeToken: emptyBytes } : { session: session.number, resumeToken };
  }

  /** Takes the time of the session's ticket or login. Ends a session whose user was revoked meanwhile. */
  #take(
    session: GateSession,
    { provenMs, ticketExpiresMs }: Pick<SessionArrival, "provenMs" | "ticketExpiresMs">,
  ) {
    const { tickets, revocations } = this.#parts;
    if (session.ended) return;
    session.provenMs = provenMs;
    if (revocations.check(session)) tickets?.arrived(session, ticketExpiresMs);
  }

  /** Puts what the client lacks from its former gate before the pushes that have come here. Ends a session that does not fit. */
  #restore(
    session: GateSession,
    resume: Resume,
    { window: entries, answersGone, lastPushGone }: SessionArrival,
  ): void {
    const later = resume.window;
    const window = this.#parts.resumption.newWindow({ answers: answersGone, lastPush: lastPushGone });
    // First, so that the search for memory spares this session, and its end closes the window.
    resume.window = window;
    let fits = true;
    for (const { kind, command, number, body } of entries) {
      fits = window.add(kind as Kind, command, number, body, 0, body.length) && fits;
    }
    later.repeat({
      write: (kind, command, _number, bytes, start, end) => {
        fits = window.add(kind, command, nextSequence(window.lastPush), bytes, start, end) && fits;
      },
    });
    later.close();
    if (!fits) this.#parts.suspended.overrun(session);
  }
}

function rankOf(auth: number): number {
  return Math.min(Math.max(auth, authRank.anyone), authRank.admin);
}

/** Throws INVALID_ARGUMENT for messages that no gate sends to a client: of another kind, too large, or with numbers that jump. */
function checkWindow({ window, lastPushGone }: SessionArrival, mostBytes: number): void {
  let lastPush = lastPushGone;
  for (const message of window) {
    const found = faultOf(message, lastPush, mostBytes);
    if (found !== undefined) throw fail("INVALID_ARGUMENT", `unacknowledged message with ${found}`);
    if (message.kind === pushKind) lastPush = message.number;
  }
}

function faultOf(
  { kind, number, body }: UnacknowledgedMessage,
  lastPush: number,
  mostBytes: number,
): string | undefined {
  if (body.length > mostBytes) return `${body.length} bytes; clients accept at most ${mostBytes}`;
  if (kind === replyKind || kind === errorKind) return undefined;
  if (kind !== pushKind) return `kind ${kind}; expected a reply, an error or a push`;
  const expected = nextSequence(lastPush);
  return number === expected ? undefined : `push number ${number}; expected ${expected}`;
}
