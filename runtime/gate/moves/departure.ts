import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { MessageInit } from "../../wire/codec/codec-runtime.ts";
import {
  DropSession,
  type MovingGroup,
  type MovingSession,
  type SessionArrival,
  type UnacknowledgedMessage,
} from "../../wire/generated/photinus/link.ts";
import { type GateSession, type SessionMove, sendGathered } from "../session/gate-session.ts";
import { hashBytesOf } from "../session/resume-tokens.ts";
import { levelOf } from "../session/session-notices.ts";

/** Session that moves to another gate, at this gate. */
export class Departure implements SessionMove {
  readonly session: GateSession;
  /** Link to the other gate. */
  readonly link: Link;
  /** Number of the session there. */
  readonly number: number;
  /** Token of the session there. */
  readonly resumeToken: Uint8Array;
  /** Nodes that have moved the session: their pushes count at the other gate. */
  readonly moved = new Set<string>();
  /** Nodes that were lost: pushes of a next run of them count at the other gate. */
  readonly lost = new Set<string>();
  /** Nodes that were linked when the other gate took the session. Pushes of later ones count there. */
  readonly #linked: ReadonlySet<string>;
  readonly leaves = true;
  readonly holds = true;
  gone = false;

  constructor(
    session: GateSession,
    link: Link,
    number: number,
    resumeToken: Uint8Array,
    linked: ReadonlySet<string>,
  ) {
    this.session = session;
    this.link = link;
    this.number = number;
    this.resumeToken = resumeToken;
    this.#linked = linked;
  }

  ignores(node: string): boolean {
    return this.moved.has(node) || this.lost.has(node) || !this.#linked.has(node);
  }

  /** Notes that the pushes of a node count at the other gate from now on. Those before reach the client here. */
  hearsNoMore(node: string, nodes: Set<string>): void {
    sendGathered(this.session);
    nodes.add(node);
  }

  wait(): boolean {
    return false;
  }

  leave(): void {}

  bound(): void {}

  regrouped(): void {}

  ended(reason: string): void {
    this.session.move = undefined;
    this.link.notice(admin.dropSession, DropSession, { session: this.number, reason }, undefined);
  }

  /** Returns the state of the session, once no request is in flight. Changes from here on would be lost. */
  state(): SessionArrival {
    sendGathered(this.session);
    this.gone = true;
    const { session, number, moved } = this;
    const { resume, userId, auth, generation, lastSequence } = session;
    const window: UnacknowledgedMessage[] = [];
    resume?.window.repeat({
      write: (kind, command, sequence, bytes, start, end) => {
        window.push({ kind, command, number: sequence, body: bytes.slice(start, end) });
      },
    });
    const { answers, lastPush } = resume?.window.gone ?? { answers: 0, lastPush: 0 };
    const latest = [...(session.latestPushes ?? [])].map(({ id, body }) => ({ push: id, body }));
    const sticky = (session.sticky ?? []).flatMap((peer) =>
      peer === undefined || peer.removed ? [] : [peer.name],
    );
    return {
      session: number,
      window,
      answersGone: answers,
      lastPushGone: lastPush,
      lastSequence,
      notifyCount: (resume?.notifyCount ?? 0) >>> 0,
      latest,
      movedNodes: [...moved],
      userId,
      auth: levelOf(auth),
      generation,
      sticky,
      assigned: [...(session.assigned ?? [])].filter(({ removed }) => !removed).map(({ name }) => name),
      groups: groupsOf(session),
      ticketExpiresMs: session.ticket?.expiresAtMs ?? 0,
      provenMs: session.provenMs,
    };
  }
}

function groupsOf(session: GateSession): MovingGroup[] {
  return (session.groups ?? []).map((group) => ({
    name: group.name,
    untilLost: session.groupLinks?.get(group)?.peer.name ?? "",
  }));
}

/** Returns what another gate must know of a session before it takes the session's pushes. */
export function describe(session: GateSession): MessageInit<MovingSession> {
  const { number, id, userId, auth, generation, remote, resume } = session;
  const { current, former } = resume?.tokens ?? { current: undefined, former: [] };
  return {
    session: number,
    id,
    userId,
    auth: levelOf(auth),
    generation,
    remote,
    schema: resume?.schema ?? "",
    tokens: current === undefined ? [] : [current, ...former].map(hashBytesOf),
    groups: groupsOf(session),
    hops: session.hops + 1,
    ticketExpiresMs: session.ticket?.expiresAtMs ?? 0,
    provenMs: session.provenMs,
  };
}
