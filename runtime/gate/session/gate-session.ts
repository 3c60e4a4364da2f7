import type { ErrorCode } from "../../../schema/errors.ts";
import type { NodeChange } from "../../wire/generated/photinus/control.ts";
import type { NodeLink, NodePeer } from "../nodes/node-peer.ts";
import type { RouteLane } from "../route/route-lane.ts";
import type { LatestPushes } from "./latest-pushes.ts";

/** What a session has proved, as numbers that can be compared. */
export const authRank = Object.freeze({ anyone: 0, user: 1, admin: 2 });

/** How messages to the client are framed; one implementation for each protoVersion. */
export interface ClientWire {
  /** "latest" and "droppable" pushes are held back or dropped while more bytes than the soft limit wait here. */
  readonly bufferedBytes: number;
  /** True when replies must leave in the order of their requests. */
  readonly ordered: boolean;
  reply(command: number, sequence: number, bytes: Uint8Array, start: number, end: number): void;
  failure(command: number, sequence: number, code: number, message: string, retryAfterMs: number): void;
  push(id: number, bytes: Uint8Array, start: number, end: number): void;
  goAway(address: string, graceMs: number): void;
  /** A node that has served the session was lost, or is back, or is gone. */
  nodeChanged(change: NodeChange): void;
  /** Tells the client why, then closes its connection. `violation`: the client broke a rule. */
  kick(code: number, reason: string, reconnect: boolean, violation: boolean): void;
}

/** A request that waits for its node; an entry of its session's list. */
export interface PendingCall {
  readonly sequence: number;
  before: PendingCall | undefined;
  after: PendingCall | undefined;
  /** Sends what is ready; false when the call still waits. Of ordered sessions, at the head of the list. */
  deliver(): boolean;
  /** The client does not wait any more. */
  abandon(): void;
  /** Answers with this error, and tells the node that nobody waits. */
  giveUp(code: ErrorCode, reason: string): void;
}

/** Sessions that get the same pushes. */
export interface Group {
  readonly name: string;
  readonly members: Set<GateSession>;
}

/** One player's presence at this gate. Everything that an idle session does not need is made when it is needed. */
export class GateSession {
  readonly id: number;
  readonly remote: string;
  readonly wire: ClientWire;
  userId = 0n;
  /** A rank of {@link authRank}. */
  auth = 0;
  /** Of the bind; the higher of two sessions of a user stays. */
  generation = 0;
  ended = false;

  /** Requests that wait for an answer. */
  inFlight = 0;
  /** Called whenever the last of them is answered or given up, just before its answer is written. */
  onIdle: (() => void) | undefined = undefined;
  firstCall: PendingCall | undefined = undefined;
  #lastCall: PendingCall | undefined = undefined;
  /** The furthest sequence number so far, counted round. */
  #lastSequence: number | undefined = undefined;
  /** What answers that wait for their turn hold (ordered sessions). */
  waitingBytes = 0;

  /** By index of the lane. */
  lanes: (RouteLane | undefined)[] | undefined = undefined;
  /** By index of the role. */
  sticky: (NodePeer | undefined)[] | undefined = undefined;
  /** By index of the rate; see RateLimit. */
  buckets: Float64Array | undefined = undefined;
  /** The node links that know of this session. */
  knownTo: NodeLink[] = [];
  /** Each with the link whose end ends the membership; undefined for one that lasts as long as the session. */
  groups: Map<Group, NodeLink | undefined> | undefined = undefined;
  /** "latest" pushes that wait until the client catches up. */
  latestPushes: LatestPushes | undefined = undefined;

  constructor(id: number, remote: string, wire: ClientWire) {
    this.id = id;
    this.remote = remote;
    this.wire = wire;
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
   * True for a sequence number that a waiting call has. Numbers of clients count up, so only one that does not is looked for;
   * the list is as long as the limit of requests in flight.
   */
  inUse(sequence: number): boolean {
    if (this.#lastSequence === undefined || ((sequence - this.#lastSequence) | 0) > 0) {
      this.#lastSequence = sequence;
      return false;
    }
    return this.findCall(sequence) !== undefined;
  }

  /** The waiting call of a sequence number. A walk: cancelling is rare, and the list is short. */
  findCall(sequence: number): PendingCall | undefined {
    let call = this.firstCall;
    while (call && call.sequence !== sequence) call = call.after;
    return call;
  }
}
