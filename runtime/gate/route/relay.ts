import { type ErrorCode, errorCodes } from "../../../schema/errors.ts";
import { type FailureOutcome, outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { Link } from "../../rpc/link.ts";
import type { AnswerSink } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { copyBytes } from "../../wire/copy-bytes.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { frameOverheadBytes } from "../../wire/session/control-messages.ts";
import { lostReason } from "../nodes/unavailable-reason.ts";
import { type GateSession, type PendingCall, sendGathered } from "../session/gate-session.ts";
import type { RouteLane } from "./route-lane.ts";

/** Owner of the pool of relays, with the limits and counters that relays share. */
export interface RelayOwner {
  /** Returns a finished relay to the pool. */
  recycle(relay: Relay): void;
  /** Sends a request again whose node was lost. Returns false when the request must fail. */
  retry(relay: Relay): boolean;
  /** Called when an answer lifts the client's unsent bytes above hardBufferBytes. */
  tooSlow(session: GateSession): void;
  readonly hardBufferBytes: number;
  /** Largest body of a reply, in bytes. */
  readonly maxBodyBytes: number;
  /** Counts and logs a node's reply of more than maxBodyBytes. Returns the error text for the client. */
  tooLarge(relay: Relay, size: number): string;
  /** Counts and logs a request that the node did not answer in time. */
  unanswered(relay: Relay): void;
  /** Counts a reply that does not fit behind the answers the client has not read yet. Returns the error text for the client. */
  noRoom(): string;
}

/** Wait of a request for its lane or its node. */
export interface RelayWait {
  /** Answers the request with an error. */
  giveUp(code: ErrorCode, reason: string): void;
}

/** Answer that waits until all earlier requests of an ordered session are answered. */
interface Outcome {
  /** Error code; 0 for a reply. */
  readonly code: number;
  readonly text: string;
  readonly retryAfterMs: number;
  readonly body: Uint8Array;
  readonly how: FailureOutcome;
}

/** Bytes that a waiting answer counts besides its body, so that failures, which have no body, are bounded too. */
const waitingOverheadBytes = 64;
/** Largest buffer for a kept body, in bytes, that a relay takes with it into the pool. */
const pooledBodyBytes = 1_024;
/** Size of the smallest such buffer, in bytes. */
const shortBodyBytes = 64;

/**
 * One request in flight. Writes the node's answer straight into the client's output. Relays are pooled; a relay in use is an
 * entry of its session's list of pending calls.
 */
export class Relay implements AnswerSink, PendingCall {
  readonly #owner: RelayOwner;
  session: GateSession | undefined = undefined;
  command = 0;
  sequence = 0;
  lane: RouteLane | undefined = undefined;
  /** Number of the command on its lane, as {@link RouteLane.sent} counted it. */
  laneNumber = 0;
  link: Link | undefined = undefined;
  key = 0;
  /** Set while the request waits for its lane or for its node. */
  queued: RelayWait | undefined = undefined;
  /** Time on the gate's clock at which a kept request expires. */
  until = 0;
  /** Time on the gate's clock until which the request may wait for its node; 0 before it has to. */
  waitUntil = 0;
  /** Number of times that the request was with a node that was lost. */
  retries = 0;
  /** Node that was lost last. */
  #lostNode = "";
  /** Buffer of the kept body; pooled with the relay. */
  #body = emptyBytes;
  #keptBytes = -1;
  before: PendingCall | undefined = undefined;
  after: PendingCall | undefined = undefined;
  /** True once the client has cancelled or disconnected; any later answer is dropped. */
  #abandoned = false;
  /** Answer held back while an earlier request of an ordered session has none yet. */
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

  /** True for a request whose body is kept. */
  get kept(): boolean {
    return this.#keptBytes >= 0;
  }

  /** Size of the kept body, in bytes; -1 without one. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The kept body, valid until the request is answered. */
  get body(): Uint8Array {
    return this.#body.subarray(0, this.#keptBytes);
  }

  /** Keeps a copy of the body. `until`: time on the gate's clock at which the request expires. */
  keep(bytes: Uint8Array, start: number, end: number, until: number): void {
    const size = end - start;
    if (this.#body.length < size) this.#body = new Uint8Array(Math.max(size, shortBodyBytes));
    copyBytes(this.#body, 0, bytes, start, end);
    this.#keptBytes = size;
    this.until = until;
  }

  /** Notes that the node was lost, and that the request goes to another one. */
  leaveLost(): void {
    this.#lostNode = this.link?.peer ?? "";
    this.retries++;
    this.link = undefined;
    this.key = 0;
  }

  /** Returns the error text of a request that was with a lost node and fails now; `message` for any other request. */
  lossOr(message: string): string {
    return this.retries > 0 ? lostReason(this.#lostNode) : message;
  }

  /** Records the lane of the command, and the command's number on the lane. */
  board(lane: RouteLane): void {
    this.lane = lane;
    this.laneNumber = lane.sent;
  }

  /**
   * Writes the node's reply to the client; an ordered session may hold the reply back. A reply that is too large, or does not fit
   * into the client's buffer, becomes RESOURCE_EXHAUSTED.
   */
  answer(bytes: Uint8Array, start: number, end: number): void {
    this.lane?.answered(this.laneNumber);
    const session = this.session;
    // May end the session, and abandon this call.
    if (session !== undefined && !this.#abandoned) sendGathered(session);
    if (session === undefined || this.#abandoned) {
      this.#over();
      return;
    }
    if (end - start > this.#owner.maxBodyBytes) {
      const reason = this.#owner.tooLarge(this, end - start);
      this.failure(errorCodes.RESOURCE_EXHAUSTED, reason, 0, outcome.mayHaveRun);
      return;
    }
    const { wire } = session;
    const { hardBufferBytes } = this.#owner;
    const unsent = wire.bufferedBytes + session.waitingBytes + end - start + frameOverheadBytes;
    // A suspended session has no unsent bytes: its window bounds its answers.
    if (unsent > hardBufferBytes && !session.suspended) {
      // A client that keeps reading gets an error here: it asked for more at once than the buffer holds, and is not too slow.
      this.failure(
        errorCodes.RESOURCE_EXHAUSTED,
        this.#owner.noRoom(),
        retryAfterMs("busy"),
        outcome.mayHaveRun,
      );
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
        how: outcome.answered,
      });
    }
  }

  expired(): void {
    this.#owner.unanswered(this);
  }

  /** Leaves the lane as it is: a refused or cancelled command can fail before the commands ahead of it are done. */
  failure(code: number, message: string, retryMs: number, given?: FailureOutcome): void {
    if (given === outcome.mayHaveRun && this.#isLoss(code) && this.#owner.retry(this)) return;
    // Without a link the command was never sent to a node.
    const now = given ?? (this.link === undefined ? outcome.notRun : outcome.answered);
    // The lost node may have run the command, whatever another one says.
    const how = now === outcome.notRun && this.retries > 0 ? outcome.mayHaveRun : now;
    // Handlers and map-form peers may leave the retry time out. A random one spreads the clients that retry.
    const unsaid = code === errorCodes.UNAVAILABLE && retryMs === 0;
    const retry = unsaid ? retryAfterMs("lost") : retryMs;
    const reason = code === errorCodes.UNAVAILABLE ? this.#lossNow(message) : message;
    const session = this.session;
    if (session === undefined || this.#abandoned) {
      this.#over();
    } else if (session.wire.ordered && session.firstCall !== this) {
      this.#wait(session, { code, text: reason, retryAfterMs: retry, body: emptyBytes, how });
    } else {
      session.removeCall(this);
      sendGathered(session);
      session.wire.failure(this.command, this.sequence, code, reason, retry, how);
      this.#over();
      if (session.wire.ordered) deliverReady(session);
    }
  }

  /** Whether a failure is the loss of the node. */
  #isLoss(code: number): boolean {
    return code === errorCodes.UNAVAILABLE && this.link !== undefined && !this.link.alive;
  }

  /** Names the lost node, if the link has ended: the node may have executed the request before that. */
  #lossNow(message: string): string {
    const { link } = this;
    if (link === undefined || link.alive) return message;
    return lostReason(link.peer);
  }

  deliver(): boolean {
    const session = this.session;
    const waiting = this.#outcome;
    if (session === undefined || waiting === undefined) return false;
    session.removeCall(this);
    sendGathered(session);
    session.waitingBytes -= waiting.body.length + waitingOverheadBytes;
    if (waiting.code === 0) {
      session.wire.reply(this.command, this.sequence, waiting.body, 0, waiting.body.length);
    } else {
      const { code, text, retryAfterMs: retry, how } = waiting;
      session.wire.failure(this.command, this.sequence, code, text, retry, how);
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
      // Fails this sink with CANCELLED, and sends a cancel to the node.
      if (link !== undefined) link.cancel(key);
      else this.queued?.giveUp("CANCELLED", "");
    }
  }

  giveUp(code: ErrorCode, reason: string): void {
    if (this.#outcome !== undefined) return;
    if (this.link !== undefined) this.link.cancel(this.key, code, reason);
    else this.queued?.giveUp(code, reason);
  }

  /** Clears the fields, so that the pool can hand the relay out again and keeps no session alive. */
  reset(): void {
    this.session = undefined;
    this.lane = undefined;
    this.link = undefined;
    this.key = 0;
    this.queued = undefined;
    this.#abandoned = false;
    this.#outcome = undefined;
    if (this.waitUntil !== 0) this.waitUntil = 0;
    if (this.#keptBytes < 0) return;
    this.#keptBytes = -1;
    this.retries = 0;
    if (this.#body.length > pooledBodyBytes) this.#body = emptyBytes;
  }

  /** Holds an answer back until all earlier requests of the session are answered. */
  #wait(session: GateSession, waiting: Outcome): void {
    this.#outcome = waiting;
    session.waitingBytes += waiting.body.length + waitingOverheadBytes;
    if (session.waitingBytes > this.#owner.hardBufferBytes) this.#owner.tooSlow(session);
  }

  #over(): void {
    this.#owner.recycle(this);
  }
}

/** Sends the waiting answers at the head of the list, up to the first call without an answer. */
function deliverReady(session: GateSession): void {
  while (session.firstCall?.deliver()) {
    // Each delivery makes the next call the first.
  }
}
