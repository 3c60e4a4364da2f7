import { type ErrorCode, errorCodes } from "../../../schema/errors.ts";
import type { Link } from "../../rpc/link.ts";
import type { AnswerSink } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { lostReason } from "../nodes/unavailable-reason.ts";
import type { GateSession, PendingCall } from "../session/gate-session.ts";
import type { RouteLane } from "./route-lane.ts";

/** The owner of the pool that a relay goes back to. */
export interface RelayOwner {
  /** Takes back a relay that is over. */
  recycle(relay: Relay): void;
  /** An answer made the client hold up more than it may. */
  tooSlow(session: GateSession): void;
  readonly hardBufferBytes: number;
  /** The largest body of a reply. */
  readonly maxBodyBytes: number;
  /** A node's reply is larger; returns what the client is told. */
  tooLarge(relay: Relay, size: number): string;
  /** The node has not answered in time. */
  unanswered(relay: Relay): void;
  /** A reply does not fit behind those that the client has not read yet; returns what the client is told. */
  noRoom(): string;
}

interface Outcome {
  readonly code: number;
  readonly text: string;
  readonly retryAfterMs: number;
  readonly body: Uint8Array;
}

const nothing = new Uint8Array(0);
/** What a reply's frame is longer than its body, at most. */
const frameOverheadBytes = 25;
/** What an answer that waits for its turn counts beside its body: failures are held in memory too, and will be frames. */
const waitingOverheadBytes = 64;

/**
 * One request under way: takes the node's answer and writes it straight into the client's output. Kept in a pool, and an
 * entry of its session's list meanwhile.
 */
export class Relay implements AnswerSink, PendingCall {
  readonly #owner: RelayOwner;
  session: GateSession | undefined = undefined;
  command = 0;
  sequence = 0;
  lane: RouteLane | undefined = undefined;
  /** Number of the command on its lane. */
  laneNumber = 0;
  link: Link | undefined = undefined;
  key = 0;
  before: PendingCall | undefined = undefined;
  after: PendingCall | undefined = undefined;
  /** The client is gone or gave up: whatever comes is dropped. */
  #abandoned = false;
  /** Of ordered sessions: the outcome, while an earlier request still waits for its own. */
  #outcome: Outcome | undefined = undefined;

  constructor(owner: RelayOwner) {
    this.#owner = owner;
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  start(session: GateSession, command: number, sequence: number): void {
    this.session = session;
    this.command = command;
    this.sequence = sequence;
    session.addCall(this);
  }

  /** Says on which lane it is going out, and as which of its commands. */
  board(lane: RouteLane): void {
    this.lane = lane;
    this.laneNumber = lane.sent;
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    this.lane?.answered(this.laneNumber);
    const session = this.session;
    if (session === undefined || this.#abandoned) {
      this.#over();
      return;
    }
    if (end - start > this.#owner.maxBodyBytes) {
      this.failure(errorCodes.RESOURCE_EXHAUSTED, this.#owner.tooLarge(this, end - start), 0);
      return;
    }
    const { wire } = session;
    const { hardBufferBytes } = this.#owner;
    if (wire.bufferedBytes + session.waitingBytes + end - start + frameOverheadBytes > hardBufferBytes) {
      // A client that reads, but has asked for more at a time than it reads at once, is not closed for it.
      this.failure(errorCodes.RESOURCE_EXHAUSTED, this.#owner.noRoom(), retryAfterMs("busy"));
      if (!session.ended && wire.bufferedBytes > hardBufferBytes) this.#owner.tooSlow(session);
      return;
    }
    if (!wire.ordered) {
      session.removeCall(this);
      wire.reply(this.command, this.sequence, bytes, start, end);
      if (wire.bufferedBytes > this.#owner.hardBufferBytes) this.#owner.tooSlow(session);
      this.#over();
    } else if (session.firstCall === this) {
      session.removeCall(this);
      wire.reply(this.command, this.sequence, bytes, start, end);
      this.#over();
      deliverReady(session);
      if (wire.bufferedBytes > this.#owner.hardBufferBytes) this.#owner.tooSlow(session);
    } else {
      this.#wait(session, {
        code: 0,
        text: "",
        retryAfterMs: 0,
        body: new Uint8Array(bytes.subarray(start, end)),
      });
    }
  }

  expired(): void {
    this.#owner.unanswered(this);
  }

  /** Says nothing about the lane: what was refused, or given up, may have left it before those ahead of it are done. */
  failure(code: number, message: string, retryMs: number): void {
    // A handler or a peer of the map form may not have said when; the herd is spread all the same.
    const unsaid = code === errorCodes.UNAVAILABLE && retryMs === 0;
    const retry = unsaid ? retryAfterMs("lost") : retryMs;
    const reason = code === errorCodes.UNAVAILABLE ? this.#lossOr(message) : message;
    const session = this.session;
    if (session === undefined || this.#abandoned) {
      this.#over();
    } else if (session.wire.ordered && session.firstCall !== this) {
      this.#wait(session, { code, text: reason, retryAfterMs: retry, body: nothing });
    } else {
      session.removeCall(this);
      session.wire.failure(this.command, this.sequence, code, reason, retry);
      this.#over();
      if (session.wire.ordered) deliverReady(session);
    }
  }

  /** Says that the node is lost, where it is: the request was given to it, and nobody knows how far it came. */
  #lossOr(message: string): string {
    const { link } = this;
    if (link === undefined || link.alive) return message;
    return lostReason(link.peer);
  }

  deliver(): boolean {
    const session = this.session;
    const outcome = this.#outcome;
    if (session === undefined || outcome === undefined) return false;
    session.removeCall(this);
    session.waitingBytes -= outcome.body.length + waitingOverheadBytes;
    if (outcome.code === 0) {
      session.wire.reply(this.command, this.sequence, outcome.body, 0, outcome.body.length);
    } else {
      session.wire.failure(this.command, this.sequence, outcome.code, outcome.text, outcome.retryAfterMs);
    }
    this.#over();
    return true;
  }

  abandon(): void {
    this.session?.removeCall(this);
    const { link, key } = this;
    if (this.#outcome !== undefined) this.#over();
    else {
      this.#abandoned = true;
      // Tells this sink of CANCELLED, and the node.
      if (link !== undefined) link.cancel(key);
    }
  }

  giveUp(code: ErrorCode, reason: string): void {
    if (this.#outcome === undefined) this.link?.cancel(this.key, code, reason);
  }

  /** Ready for the next one. */
  reset(): void {
    this.session = undefined;
    this.lane = undefined;
    this.link = undefined;
    this.key = 0;
    this.#abandoned = false;
    this.#outcome = undefined;
  }

  #wait(session: GateSession, outcome: Outcome): void {
    this.#outcome = outcome;
    session.waitingBytes += outcome.body.length + waitingOverheadBytes;
    if (session.waitingBytes > this.#owner.hardBufferBytes) this.#owner.tooSlow(session);
  }

  #over(): void {
    this.#owner.recycle(this);
  }
}

/** Sends the answers at the head of the list that came before their turn. */
function deliverReady(session: GateSession): void {
  while (session.firstCall?.deliver()) {
    // Each delivery makes the next call the first.
  }
}
