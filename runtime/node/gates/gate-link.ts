import { errorCodes, fail, type PhotinusError } from "../../../schema/errors.ts";
import { outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { PushAddress, Target } from "../../rpc/envelope/message-kinds.ts";
import { reservedMethods } from "../../rpc/envelope/message-kinds.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { LinkHandler, Responder } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { type Decoder, decode, Reader } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import {
  JudgeTicket,
  KeepChanges,
  LaneBarrier,
  MoveSessions,
  NodeChanged,
  SessionBound,
  SessionEnd,
  SessionOpen,
  SessionState,
} from "../../wire/generated/photinus/link.ts";
import { CommandCall, MethodCall } from "../calls/handler-call.ts";
import { Work } from "../calls/work.ts";
import type { GateHandle, NodeHost } from "../node-host.ts";
import { GateSessions } from "./gate-sessions.ts";
import type { NodeSession } from "./node-session.ts";

/** Result of decoding a body that does not fit its schema. */
const malformed = Symbol("malformed");

/** Keeper of a node's gate links, as one link sees it. */
export interface GateLinkOwner {
  /** Called when the link is lost, before its sessions end. */
  lost(link: Link): void;
  /** Calls `then` with the usable link of a gate, at once when there is one; with undefined when there is none for some time. */
  whenLinked(gate: string, then: (link: GateLink | undefined) => void): void;
}

/**
 * Node's side of one gate: serves what the gate sends, and keeps the gate's sessions. The object outlives a lost link. The
 * sessions do not, unless they have moved to another gate: a reference to an ended session never reaches a later link.
 */
export class GateLink implements LinkHandler, GateHandle {
  readonly node: NodeHost;
  /** Current link, or the last one while the gate is unreachable. Set before the first message is delivered. */
  link!: Link;
  /** Name of the gate; "" before its welcome. */
  gate = "";
  /** True once the gate has registered this node on the current link. */
  welcome = false;
  /**
   * True once the gate has proved itself on the current link, and always without keys. Before, its calls are refused and its notices
   * are ignored.
   */
  trusted: boolean;
  /** True for a gate that is no longer listed: its link is used until it closes, and not dialled again. */
  leaving = false;
  /** True once the gate has sent Draining: the end of this link is expected. The gate is dialled again, as it may restart. */
  goodbye = false;
  /** True once the gate has announced that its sessions move to other gates. */
  moving = false;
  readonly work: Work = new Work();
  maxBodyBytes = Number.POSITIVE_INFINITY;
  takesRegroup = false;
  readonly #owner: GateLinkOwner;
  readonly #mustProve: boolean;
  readonly #sessions = new GateSessions(this);
  readonly #reader = new Reader();

  /** @param mustProve whether the gate has to prove itself on each link */
  constructor(node: NodeHost, owner: GateLinkOwner, mustProve: boolean) {
    this.node = node;
    this.#owner = owner;
    this.#mustProve = mustProve;
    this.trusted = !mustProve;
  }

  /** False before the gate has proved itself: then it may send few and small messages. */
  get known(): boolean {
    return this.trusted;
  }

  get usable(): boolean {
    return this.welcome && this.link.alive;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Returns the sessions that the gate has announced to this node, and those that have moved to the gate. */
  sessions(): IterableIterator<NodeSession> {
    return this.#sessions.all();
  }

  tooLarge(what: "reply" | "push", name: string, size: number): PhotinusError {
    const { maxBodyBytes, node } = this;
    node.counters.add(`node.${what}.too-large`);
    node.counted.error({ [what]: name, size, limit: maxBodyBytes }, `${what} too large for clients`, name);
    return fail(
      "RESOURCE_EXHAUSTED",
      `the ${what} ${name} has ${size} bytes; clients accept at most ${maxBodyBytes}`,
    );
  }

  /** Counts and logs pushes that the link dropped, because the link is overloaded or closed. */
  pushed(taken: boolean): void {
    if (taken) return;
    this.node.counters.add("node.push.dropped");
    this.node.counted.warn(
      { gate: this.gate },
      "push dropped; the gate link is overloaded or closed",
      this.gate,
    );
  }

  onRelay(
    sessionId: number,
    commandId: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder | undefined,
  ): void {
    if (!this.trusted) {
      reply?.fail(this.#unproven());
      return;
    }
    const { node } = this;
    const command = node.dispatch.commands.get(commandId);
    if (command === undefined) {
      node.counters.add("node.command.unknown");
      reply?.failure(
        errorCodes.UNIMPLEMENTED,
        `the node "${node.name}" has no handler for this command`,
        0,
        outcome.notRun,
      );
      return;
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) {
      reply?.failure(errorCodes.UNAVAILABLE, "the session has ended", retryAfterMs("lost"), outcome.notRun);
      return;
    }
    const request = this.#decode(command.descriptor.request, bytes, start, end);
    if (request === malformed) {
      node.counters.add("node.command.malformed");
      reply?.failure(errorCodes.INVALID_ARGUMENT, "the body is malformed", 0, outcome.notRun);
      return;
    }
    const deadline = reply === undefined ? node.clock.now() + timeoutMs : reply.deadline;
    const call = new CommandCall(this, session, command, request, deadline, reply);
    if (command.lane < 0) {
      if (node.overloaded) {
        node.counters.add("node.refused");
        reply?.failure(errorCodes.RESOURCE_EXHAUSTED, this.#tooBusy, retryAfterMs("busy"), outcome.notRun);
      } else {
        call.run(undefined, this.link.recentAt);
        return;
      }
      call.left();
    } else if (!session.submit(command.lane, call, node.limits.laneCount)) {
      node.counters.add("node.lane.full");
      reply?.failure(
        errorCodes.RESOURCE_EXHAUSTED,
        `too many commands wait on this lane; the limit is ${node.limits.laneCount}`,
        retryAfterMs("busy"),
      );
      call.left();
    }
  }

  onAsk(
    methodId: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    _timeoutMs: number,
    reply: Responder,
  ): void {
    if (!this.trusted) {
      reply.fail(this.#unproven());
      return;
    }
    if (methodId >= reservedMethods) {
      this.#administer(methodId, bytes, start, end, reply);
      return;
    }
    this.#method(methodId, target, bytes, start, end, reply.deadline, reply);
  }

  onNotice(methodId: number, target: Target, bytes: Uint8Array, start: number, end: number): void {
    if (!this.trusted) return;
    if (methodId < reservedMethods) {
      // No caller waits for a one-way method, so it has no deadline.
      this.#method(methodId, target, bytes, start, end, Number.POSITIVE_INFINITY, undefined);
      return;
    }
    switch (methodId) {
      case admin.sessionOpen:
        this.#sessions.open(decode(SessionOpen, bytes, start, end));
        break;
      case admin.sessionEnd:
        this.#sessions.end(decode(SessionEnd, bytes, start, end).session);
        break;
      case admin.sessionBound:
        this.#sessions.bound(decode(SessionBound, bytes, start, end));
        break;
      case admin.sessionState:
        this.#sessions.changed(decode(SessionState, bytes, start, end));
        break;
      case admin.draining:
        this.goodbye = true;
        break;
      case admin.nodeChanged:
        this.node.nodeChanged(this, decode(NodeChanged, bytes, start, end));
        break;
    }
  }

  onPush(push: number, address: PushAddress): void {
    if (!this.trusted) return;
    this.node.counted.warn({ push, to: address.kind }, "push from a gate ignored: only nodes send pushes");
  }

  onMapForm(name: string): void {
    this.node.counted.warn({ name, gate: this.gate }, "gate sent a map-form call; link closed");
    this.link.destroy("a gate must not send map-form calls to a node of Photinus");
  }

  onClose(reason: string): void {
    // Unusable first: the listeners to ended sessions must not choose this gate for their pushes and calls.
    this.welcome = false;
    this.trusted = !this.#mustProve;
    this.#owner.lost(this.link);
    this.#sessions.endAll();
    this.node.gateLost(this, reason);
  }

  /** Counts a call of a gate that has not proved itself. Returns the error, which names nothing of this node. */
  #unproven(): PhotinusError {
    this.node.counters.add("node.gate.unproven");
    return fail("UNAUTHENTICATED", "the gate has not proved itself");
  }

  /** Error text of calls beyond the limit of running handlers. */
  get #tooBusy(): string {
    return `the node "${this.node.name}" is overloaded; the limit is ${this.node.limits.inFlightCount} calls in flight`;
  }

  /** Serves a call of the gate itself. */
  #administer(methodId: number, bytes: Uint8Array, start: number, end: number, reply: Responder): void {
    switch (methodId) {
      case admin.laneBarrier:
        this.#barrier(decode(LaneBarrier, bytes, start, end), reply);
        break;
      case admin.draining:
        this.moving = true;
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.keepChanges:
        for (const number of decode(KeepChanges, bytes, start, end).sessions)
          this.#sessions.get(number)?.keepChanges();
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.judgeTicket:
        this.node.tickets.judge(decode(JudgeTicket, bytes, start, end), reply);
        break;
      case admin.workBarrier:
        this.work.barrier(() => reply.answerBytes(emptyBytes, 0, 0));
        break;
      case admin.moveSessions:
        this.#move(decode(MoveSessions, bytes, start, end), reply);
        break;
      default:
        reply.failure(
          errorCodes.UNIMPLEMENTED,
          `unknown administration method ${methodId}`,
          0,
          outcome.notRun,
        );
    }
  }

  /** Moves sessions to another gate, and answers. Fails with FAILED_PRECONDITION without a link to that gate. */
  #move({ gate, numbers }: MoveSessions, reply: Responder): void {
    // A gate that has just started may know this node before the node has its welcome.
    this.#owner.whenLinked(gate, (to) => {
      if (reply.settled) return;
      try {
        if (to === undefined || to === this) {
          const reason = `the node "${this.node.name}" has no link to another gate "${gate}"`;
          throw fail("FAILED_PRECONDITION", reason);
        }
        this.node.counters.add("node.session.moved", this.#sessions.moveTo(to.#sessions, numbers));
        reply.answerBytes(emptyBytes, 0, 0);
      } catch (error) {
        reply.fail(error);
      }
    });
  }

  /** Runs a call or one-way call of another node. The target field holds the caller's name, which the gate has set. */
  #method(
    methodId: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    deadline: number,
    reply: Responder | undefined,
  ): void {
    const { node } = this;
    const method = node.dispatch.methods.get(methodId);
    if (method === undefined) {
      node.counters.add("node.method.unknown");
      reply?.failure(
        errorCodes.UNIMPLEMENTED,
        `the node "${node.name}" has no handler for this method`,
        0,
        outcome.notRun,
      );
      return;
    }
    if (node.overloaded) {
      node.counters.add("node.refused");
      reply?.failure(errorCodes.RESOURCE_EXHAUSTED, this.#tooBusy, retryAfterMs("busy"), outcome.notRun);
      return;
    }
    const request = this.#decode(method.descriptor.request, bytes, start, end);
    if (request === malformed) {
      node.counters.add("node.method.malformed");
      reply?.failure(errorCodes.INVALID_ARGUMENT, "the body is malformed", 0, outcome.notRun);
      return;
    }
    const from = typeof target === "string" ? target : "";
    new MethodCall(this, from, method, deadline, reply).run(request);
  }

  /** Answers a gate's lane barrier once the lane has finished the commands before it. */
  #barrier({ session: id, lane }: LaneBarrier, reply: Responder): void {
    const done = () => reply.answerBytes(emptyBytes, 0, 0);
    const index = this.node.dispatch.laneIndex(lane);
    const session = this.#sessions.get(id);
    if (index === undefined || session === undefined) {
      done();
      return;
    }
    const job = {
      run: () => {
        done();
        return true;
      },
    };
    // Not bounded by the lane's limit: a gate sends at most one barrier for each lane.
    session.submit(index, job, Number.POSITIVE_INFINITY);
  }

  /** Decodes a body; {@link malformed} when the body does not fit. Reuses one reader, to save an allocation for each call. */
  #decode(codec: Decoder<unknown>, bytes: Uint8Array, start: number, end: number): unknown {
    const reader = this.#reader;
    reader.bytes = bytes;
    reader.position = start;
    reader.end = end;
    try {
      const value = codec.read(reader, end);
      return reader.position === end ? value : malformed;
    } catch {
      return malformed;
    }
  }
}
