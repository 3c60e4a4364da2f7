import type { ErrorCode } from "../../../schema/errors.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { Buckets } from "../../clock/rate-limit.ts";
import type { FailureOutcome } from "../../rpc/envelope/failure-outcome.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { NodeChange } from "../../wire/generated/photinus/control.ts";
import type { OpenConnection } from "../client/open-connection.ts";
import type { NodeLink, NodePeer } from "../nodes/node-peer.ts";
import type { LatestPushes, Subject } from "../push/latest-pushes.ts";
import type { PushRoute } from "../push/push-route.ts";
import { type ClientVersion, unknownClient } from "../route/deprecated-uses.ts";
import type { RouteLane } from "../route/route-lane.ts";
import type { Resume } from "./resume.ts";
import type { SharedPush } from "./window-store.ts";

/** Ranks of a session's auth levels, so that levels compare as numbers. */
export const authRank = Object.freeze({ anyone: 0, user: 1, admin: 2 });

/** Writes messages to one client. Each protoVersion has an implementation. */
export interface ClientWire {
  /** Unsent bytes. Above softBufferBytes "latest" pushes are held back and "droppable" pushes are dropped. */
  readonly bufferedBytes: number;
  /** True when replies must leave in the order of their requests. */
  readonly ordered: boolean;
  /** Sends the reply to a request; the body is bytes[start, end). */
  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void;
  /** Sends an error as the answer to a request. `retryAfterMs` 0: no retry time. */
  failure(
    command: number,
    sequence: number,
    code: number,
    message: string,
    retryAfterMs: number,
    how: FailureOutcome,
  ): void;
  /**
   * Sends a push; the body is bytes[start, end). `numbered`: the push is sent again after a resume that finds it missing; `shared`
   * is this push when many sessions get it.
   */
  push(
    id: number,
    numbered: boolean,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): void;
  /**
   * Sends the pushes [from, until) that wait for the tick of a group, except those that except the session of this number. Returns false when
   * each has to be sent by itself.
   */
  gathered?(pushes: Gathered, from: number, until: number, session: number): boolean;
  /** Called with the memory of all "latest" pushes that are held back, in bytes, when it has changed. */
  heldBack?(bytes: number): void;
  /** Asks the client to connect elsewhere within `graceMs`. With a token, the session can be resumed there. */
  goAway(address: string, graceMs: number, resumeToken?: Uint8Array): void;
  /** Sends the notice that a node which has served the session is lost, back or gone. */
  nodeChanged(change: NodeChange): void;
  /**
   * Sends the kick with its reason, then closes once it is flushed. `violation`: the client has broken the protocol. `retryMs`: earliest
   * reconnect, in ms; default: a random time for a lost connection.
   */
  kick(code: number, reason: string, reconnect: boolean, violation: boolean, retryMs?: number): void;
}

/** Move of a session from one gate to another, as either gate sees it. */
export interface SessionMove {
  /** Returns whether the pushes of a node for the session count at the other gate. */
  ignores(node: string): boolean;
  /** True at the gate that the session leaves. */
  readonly leaves: boolean;
  /** True once the other gate has the state of the session, or gets it: a change here would be lost. */
  readonly gone: boolean;
  /** True while the session waits for the other gate or for its requests: it does not expire. */
  readonly holds: boolean;
  /** Calls `then` once the client may resume here, or the session has ended; returns false when it may resume now. */
  wait(then: () => void): boolean;
  /** Forgets a `then` of {@link wait}. */
  leave(then: () => void): void;
  /** Called when a node has bound the session at this gate. */
  bound(): void;
  /** Called when a node has made the session join or leave a group at this gate. */
  regrouped(group: string): void;
  /** Called when the session ends before its move is complete. */
  ended(reason: string): void;
}

/** Kicks a session with an error code and a reason. `reconnect`: the client may reconnect by itself. */
export type KickOut = (session: GateSession, code: number, reason: string, reconnect: boolean) => void;

/** Request in flight, an entry of its session's list. */
export interface PendingCall {
  readonly sequence: number;
  before: PendingCall | undefined;
  after: PendingCall | undefined;
  /** Sends the answer that an ordered session has held back. Returns false when the call has no answer yet. */
  deliver(): boolean;
  /** Drops the call without an answer, because the client has cancelled or disconnected; the node gets a cancel. */
  abandon(): void;
  /** Answers the call with an error, and sends a cancel to the node. */
  giveUp(code: ErrorCode, reason: string): void;
}

/** Push that waits for the tick of its group. */
export interface GatheredPush {
  route: PushRoute;
  /** Node that has sent the push. */
  from: string;
  /** Number of a member that does not get the push; 0: none. */
  except: number;
  /** Number of the push among all that wait at the gate: pushes of two groups keep their order. */
  order: number;
  /** Body: bytes[start, end). Its length is in front of it, as in a batch. */
  start: number;
  end: number;
  /** Frame, once frames are made: frames[frameStart, frameEnd). */
  frameStart: number;
  frameEnd: number;
  /** Subject of a "latest" push. */
  subject: Subject;
  /** False when a newer push of the subject has taken its place. */
  live: boolean;
  /** Copy for the windows of many members, once {@link Gathered.sharedAt} was called. */
  shared: SharedPush | undefined;
}

/** Pushes to a group that wait for its tick. */
export interface Gathered {
  /** Number of pushes. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Whether some of the pushes have a number for each session: then frames of one session are not those of another. */
  readonly hasNumbered: boolean;
  /** Frames of all pushes, once {@link makeFrames} was called. */
  readonly frames: Uint8Array;
  at(index: number): GatheredPush;
  /** Returns what the windows of the members share of a numbered push; undefined when each keeps a copy of its own. */
  sharedAt(index: number): SharedPush | undefined;
  /** Makes the frames, unless they are there. Returns false when they are there for another format. */
  makeFrames(format: FrameFormat): boolean;
  /** Whether a member lacks some of the pushes. */
  waitsFor(session: GateSession): boolean;
  /** Notes that a member has got all pushes so far, or must not get them. */
  skip(session: GateSession): void;
  /** Forgets a member that has left. */
  forget(session: GateSession): void;
  /** Sends a session what waits for it in all of its groups. */
  sendTo(session: GateSession): void;
  /** Sends all members what waits. */
  flush(): void;
  /** Forgets everything, when the last member has left. */
  drop(): void;
}

/** Named set of sessions that get the same pushes. */
export interface Group {
  readonly name: string;
  readonly members: Set<GateSession>;
  /** Pushes that wait for the tick of the group; undefined when there is none. */
  gathered: Gathered | undefined;
  /** When the group had its last tick, in ms of the gate's clock. */
  flushedMs: number;
}

/** Ticket that a session lives on. */
export interface SessionTicket {
  /** When the ticket expires, in ms since 1970-01-01 UTC. */
  readonly expiresAtMs: number;
  deadline: DeadlineHandle;
}

/** Session of one client at this gate. Most fields are made on first use, to keep idle sessions small. */
export class GateSession {
  /** Id of the session, for logs and nodes: 128 random bits, in hex. */
  readonly id: string;
  /** Number of the session on links and in tokens, unique among the sessions that the gate has now. */
  readonly number: number;
  /** Address of the client; a resume from another address changes it. */
  remote: string;
  /** Release or schema of the client, for the counts of sessions and of deprecated commands. */
  client: ClientVersion = unknownClient;
  /** Output of the session's connection, or what takes its place while there is none. */
  wire: ClientWire;
  /** State that outlives the connection; undefined for a session that ends with its connection. */
  resume: Resume | undefined = undefined;
  userId = 0n;
  /** A rank of {@link authRank}. */
  auth = 0;
  /** Number of the bind, from the owner of the user; 0 before it. */
  generation = 0;
  /** When the user was proven, in ms since 1970-01-01 UTC: the issue of the ticket, or the bind by a node. */
  provenMs = 0;
  /** Id of the session's ticket, if it is accepted once: with the resume token it may be presented again; "" without one. */
  ticketId = "";
  /** Ticket that ends the session when it expires; undefined for a session without one, or with one that never expires. */
  ticket: SessionTicket | undefined = undefined;
  /** Another session of the user at this gate. */
  nextOfUser: GateSession | undefined = undefined;
  ended = false;
  /** Connection of the client; undefined while there is none. */
  connection: OpenConnection | undefined = undefined;

  /** Number of requests in flight. */
  inFlight = 0;
  /** Called when the last request in flight is answered or cancelled, just before its answer is written. */
  onIdle: (() => void) | undefined = undefined;
  firstCall: PendingCall | undefined = undefined;
  #lastCall: PendingCall | undefined = undefined;
  /** Highest sequence number so far, in the wrapping order of 32-bit numbers; 0 before the first request. */
  lastSequence = 0;
  /** Bytes of answers that an ordered session holds back. */
  waitingBytes = 0;
  /** Bytes of the bodies that the gate keeps of requests in flight. */
  keptBytes = 0;

  /** Lanes by `CommandRoute.lane`. */
  lanes: (RouteLane | undefined)[] | undefined = undefined;
  /** Node of commands routed by session, by the index of its role. */
  sticky: (NodePeer | undefined)[] | undefined = undefined;
  /** Nodes among them that a node has assigned to the session: a change of a canary's share does not move it from there. */
  assigned: Set<NodePeer> | undefined = undefined;
  /** Token buckets of `RateLimit`, by `CommandRoute.rateIndex`; bucket 0 is the guest rate. */
  buckets: Buckets | undefined = undefined;
  /** Links that the session was announced over. */
  knownTo: NodeLink[] = [];
  /** Groups of the session, in the order in which it has joined them. */
  groups: Group[] | undefined = undefined;
  /** Links whose loss ends a membership; the others last until the session ends. */
  groupLinks: Map<Group, NodeLink> | undefined = undefined;
  /** Number of moves between gates so far; one that has failed counts twice. */
  hops = 0;
  /** Move between this gate and another one that is under way. */
  move: SessionMove | undefined = undefined;
  /** "latest" pushes held back until the client catches up. */
  latestPushes: LatestPushes | undefined = undefined;

  constructor(id: string, number: number, remote: string, wire: ClientWire) {
    this.id = id;
    this.number = number;
    this.remote = remote;
    this.wire = wire;
  }

  /** True while the session has no connection, and waits for its client. */
  get suspended(): boolean {
    return this.resume !== undefined && this.resume.deadline !== 0;
  }

  /** Makes a node the session's node of a role, for commands routed by session. */
  stick(peer: NodePeer): void {
    const { index } = peer.role;
    this.sticky = withRoomFor(this.sticky, index);
    this.sticky[index] = peer;
  }

  /** Adds the lane of this index. */
  addLane(index: number, lane: RouteLane): void {
    this.lanes = withRoomFor(this.lanes, index);
    this.lanes[index] = lane;
  }

  /** Adds a call at the end of the list. */
  addCall(call: PendingCall): void {
    this.inFlight++;
    call.before = this.#lastCall;
    call.after = undefined;
    if (this.#lastCall) this.#lastCall.after = call;
    else this.firstCall = call;
    this.#lastCall = call;
  }

  /** Removes a call that is answered or cancelled. */
  removeCall(call: PendingCall): void {
    if (--this.inFlight === 0) this.onIdle?.();
    const { before, after } = call;
    if (before) before.after = after;
    else this.firstCall = after;
    if (after) after.before = before;
    else this.#lastCall = before;
    call.before = undefined;
    call.after = undefined;
  }

  /**
   * Returns whether a call in flight has the sequence number. Clients count up, so only a number that is not higher than the last
   * one needs a scan of the list, which is bounded by the limit of requests in flight.
   */
  inUse(sequence: number): boolean {
    if (this.lastSequence === 0 || ((sequence - this.lastSequence) | 0) > 0) {
      this.lastSequence = sequence;
      return false;
    }
    return this.findCall(sequence) !== undefined;
  }

  /** Returns the call in flight of a sequence number. A linear scan, because cancels are rare and the list is bounded. */
  findCall(sequence: number): PendingCall | undefined {
    let call = this.firstCall;
    while (call && call.sequence !== sequence) call = call.after;
    return call;
  }
}

/**
 * Returns a list with room for the index, and for no more: each session has such lists, and the engine makes a list that grows by itself
 * 16 entries longer than it has to be.
 */
function withRoomFor<T>(list: (T | undefined)[] | undefined, index: number): (T | undefined)[] {
  if (list !== undefined && index < list.length) return list;
  const longer = new Array<T | undefined>(index + 1);
  for (let at = 0; at <= index; at++) longer[at] = list?.[at];
  return longer;
}

/** Fails the requests in flight of a session: a client without a timer would wait for their answers for ever. */
export function giveUpWaiting(session: GateSession): void {
  for (const lane of session.lanes ?? []) lane?.drop();
  let last: PendingCall | undefined;
  for (let call = session.firstCall; call !== undefined && call !== last; call = session.firstCall) {
    last = call;
    call.giveUp("UNAVAILABLE", "the gate is stopping");
  }
}

/**
 * Sends the pushes that wait for the tick of a session's groups, so that what is sent next comes after them. May end the session: its
 * client is too slow, or its window is full.
 */
export function sendGathered(session: GateSession): void {
  if (session.groups === undefined || session.ended) return;
  for (const { gathered } of session.groups) {
    if (!gathered?.waitsFor(session)) continue;
    gathered.sendTo(session);
    return;
  }
}
