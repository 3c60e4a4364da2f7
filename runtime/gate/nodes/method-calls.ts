import { errorCodeOf, errorCodes, fail } from "../../../schema/errors.ts";
import type { MethodEntry, Protocol } from "../../api/protocol.ts";
import { type FailureOutcome, outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { Target } from "../../rpc/envelope/message-kinds.ts";
import type { Link } from "../../rpc/link.ts";
import type { AnswerSink, Responder } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { HeldCalls } from "../canary/held-calls.ts";
import type { GateCore } from "../gate-core.ts";
import { moving, ownerOf } from "../route/node-choice.ts";
import type { NodePeer, Role } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";
import { lostReason, unavailableCause, unavailableReason } from "./unavailable-reason.ts";

/** Method of the schema with the role that serves it. */
interface MethodRoute {
  readonly entry: MethodEntry;
  readonly role: Role;
}

/** Error text of a call that could not wait until its key has moved to another node. */
const movingReason = "the key of this call moves to another node";
/** Most relays kept for reuse. */
const pooledCalls = 4_096;
/** Tolerance between the clocks of caller and gate: a cancel this shortly before the deadline counts as a timeout. */
const earlyMs = 100;
/** One call in flight between two nodes. Relays are pooled. */
class MethodRelay implements AnswerSink {
  readonly #recycle: (relay: MethodRelay) => void;
  readonly #onExpired: (relay: MethodRelay) => void;
  readonly #isOver: (deadline: number) => boolean;
  /** Full name of the method. */
  name = "";
  reply: Responder | undefined;
  link: Link | undefined;
  key = 0;
  /** Forwards the caller's cancel. Near the deadline the cancel is the caller's timeout, and the gate logs it as such. */
  readonly cancel = (): void => {
    const { reply, link } = this;
    if (reply !== undefined && link?.alive && this.#isOver(reply.deadline)) this.#onExpired(this);
    link?.cancel(this.key);
  };

  constructor(
    recycle: (relay: MethodRelay) => void,
    onExpired: (relay: MethodRelay) => void,
    isOver: (deadline: number) => boolean,
  ) {
    this.#recycle = recycle;
    this.#onExpired = onExpired;
    this.#isOver = isOver;
  }

  expired(): void {
    this.#onExpired(this);
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    const reply = this.#over();
    reply?.answerBytes(bytes, start, end);
  }

  failure(code: number, message: string, retryAfterMs: number, how?: FailureOutcome): void {
    const { link } = this;
    const lost = code === errorCodes.UNAVAILABLE && link !== undefined && !link.alive;
    const reply = this.#over();
    reply?.failure(code, lost ? lostReason(link.peer) : message, retryAfterMs, how);
  }

  /** Returns the relay to its pool, and the responder that the answer goes to. */
  #over(): Responder | undefined {
    const { reply } = this;
    if (reply !== undefined) reply.onCancel = undefined;
    this.reply = undefined;
    this.link = undefined;
    this.key = 0;
    this.#recycle(this);
    return reply;
  }
}

/** Routes calls between nodes by the schema's methods. The callee gets the caller's node name in place of the target. */
export class MethodCalls {
  readonly #core: GateCore;
  readonly #nodes: NodeRegistry;
  readonly #routes = new Map<number, MethodRoute>();
  readonly #byName = new Map<string, MethodEntry>();
  readonly #held = new HeldCalls();
  readonly #pool: MethodRelay[] = [];
  readonly #recycle = (relay: MethodRelay): void => {
    if (this.#pool.length < pooledCalls) this.#pool.push(relay);
  };

  /** Logs at the gate, because a node whose process hangs cannot log. */
  readonly #onExpired = ({ name, link }: MethodRelay): void => {
    this.#core.counters.add("methods.unanswered");
    this.#core.counted.warn({ call: name, node: link?.peer }, "node did not answer in time", name);
  };

  readonly #isOver = (deadline: number): boolean => deadline - this.#core.clock.now() <= earlyMs;

  constructor(core: GateCore, protocol: Protocol, nodes: NodeRegistry) {
    this.#core = core;
    this.#nodes = nodes;
    for (const entry of protocol.methods) {
      this.#routes.set(entry.id, { entry, role: nodes.role(entry.role) });
      this.#byName.set(entry.name, entry);
    }
  }

  /** Returns the method of a full name, "package.Service.Method"; undefined when the schema has none. */
  find(name: string): MethodEntry | undefined {
    return this.#byName.get(name);
  }

  /**
   * Routes a call. Every call gets exactly one answer: the callee's, or UNIMPLEMENTED, UNAVAILABLE, RESOURCE_EXHAUSTED or
   * DEADLINE_EXCEEDED.
   */
  ask(
    from: string,
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder,
  ): void {
    const route = this.#routes.get(method);
    if (route === undefined) {
      this.#core.counters.add("methods.unknown");
      reply.failure(errorCodes.UNIMPLEMENTED, `unknown method id ${method}`, 0, outcome.notRun);
      return;
    }
    const peer = this.#peer(from, route, target, bytes, start, end);
    if (peer === moving) {
      const body = new Uint8Array(bytes.subarray(start, end));
      const again = (): void => this.#askAgain(from, method, target, body, reply);
      if (!this.#held.add(route.role, body.length, again))
        reply.failure(errorCodes.UNAVAILABLE, movingReason, retryAfterMs("busy"), outcome.notRun);
      return;
    }
    const link = live(peer, method);
    if (link === undefined) {
      this.#core.counters.add("methods.unavailable");
      const reason = this.#absence(route, target, peer);
      const retryMs = retryAfterMs(unavailableCause(route.role, peer));
      reply.failure(errorCodes.UNAVAILABLE, reason, retryMs, outcome.notRun);
      return;
    }
    const relay = this.#pool.pop() ?? new MethodRelay(this.#recycle, this.#onExpired, this.#isOver);
    relay.name = route.entry.name;
    relay.reply = reply;
    relay.link = link;
    reply.onCancel = relay.cancel;
    const key = link.askBytes(method, bytes, start, end, timeoutMs, from, relay);
    // Key 0: the relay has failed already, and is back in the pool.
    if (key !== 0) relay.key = key;
  }

  /** Routes a one-way call. Without a reachable node, or with an overloaded link, the call is dropped, counted and logged. */
  notice(from: string, method: number, target: Target, bytes: Uint8Array, start: number, end: number): void {
    const route = this.#routes.get(method);
    const peer = route && this.#peer(from, route, target, bytes, start, end);
    if (route !== undefined && peer === moving) {
      const body = new Uint8Array(bytes.subarray(start, end));
      const again = (): void => this.notice(from, method, target, body, 0, body.length);
      if (!this.#held.add(route.role, body.length, again))
        this.#core.refusals.note("methods.notice.dropped", { from, method: route.entry.name });
      return;
    }
    const link = peer === moving ? undefined : live(peer, method);
    if (link?.noticeBytes(method, bytes, start, end, from)) return;
    this.#core.refusals.note("methods.notice.dropped", { from, method: route?.entry.name ?? method });
  }

  /**
   * Routes a call of a map-form peer. Resolves with the encoded reply, empty for a one-way method. Rejects with the callee's
   * error, UNIMPLEMENTED, UNAVAILABLE, RESOURCE_EXHAUSTED or DEADLINE_EXCEEDED.
   */
  call(from: string, entry: MethodEntry, body: Uint8Array): Promise<Uint8Array> {
    const { id, timeoutMs, kind } = entry;
    const route = this.#routes.get(id);
    if (route === undefined) return Promise.reject(fail("UNIMPLEMENTED", `unknown method id ${id}`));
    const peer = this.#peer(from, route, undefined, body, 0, body.length);
    if (peer === moving) {
      return new Promise((resolve, reject) => {
        const again = (): void => resolve(this.call(from, entry, body));
        if (!this.#held.add(route.role, body.length, again))
          reject(fail("UNAVAILABLE", movingReason, { retryAfterMs: retryAfterMs("busy") }));
      });
    }
    const link = live(peer, id);
    if (link === undefined) {
      const retry = { retryAfterMs: retryAfterMs(unavailableCause(route.role, peer)) };
      return Promise.reject(fail("UNAVAILABLE", this.#absence(route, undefined, peer), retry));
    }
    if (kind === "oneway") {
      return link.noticeBytes(id, body, 0, body.length, from)
        ? Promise.resolve(emptyBytes)
        : Promise.reject(
            fail("RESOURCE_EXHAUSTED", "the link is overloaded", { retryAfterMs: retryAfterMs("busy") }),
          );
    }
    return new Promise((resolve, reject) => {
      link.askBytes(id, body, 0, body.length, timeoutMs, from, {
        answer: (bytes, start, end) => resolve(new Uint8Array(bytes.subarray(start, end))),
        failure: (code, message, retryAfterMs) => reject(fail(errorCodeOf(code), message, { retryAfterMs })),
      });
    });
  }

  /** Routes again what was held while its key moved to another node, in its order. */
  released(role: Role): void {
    this.#held.release(role);
  }

  /** Routes a held call, unless its caller does not wait any more. */
  #askAgain(from: string, method: number, target: Target, body: Uint8Array, reply: Responder): void {
    if (reply.settled) return;
    const leftMs = reply.deadline - this.#core.clock.now();
    if (leftMs > 0) this.ask(from, method, target, body, 0, body.length, leftMs, reply);
    else reply.failure(errorCodes.DEADLINE_EXCEEDED, movingReason, 0, outcome.notRun);
  }

  /** Returns the error text of a call without a reachable node. */
  #absence({ entry, role }: MethodRoute, target: Target, peer: NodePeer | undefined): string {
    const wanted = typeof target === "string" ? target : undefined;
    const named = wanted ?? (entry.route.kind === "node" ? entry.route.node : undefined);
    if (named !== undefined && peer === undefined) return `the node "${named}" is not linked to this gate`;
    const call = { list: "methods", id: entry.id } as const;
    return unavailableReason(peer?.role ?? role, peer, this.#core.clock.now(), call);
  }

  /**
   * Chooses the node of a call: the caller's target, else the schema's route. Routes by session fall back to round robin, because
   * methods have no session. Without a key, the pool of the caller stands for the one of a session: canary nodes call canary nodes.
   */
  #peer(
    from: string,
    { entry, role }: MethodRoute,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): NodePeer | undefined | typeof moving {
    if (typeof target === "string") return this.#nodes.get(target);
    if (typeof target === "number") return ownerOf(role, target);
    switch (entry.route.kind) {
      case "hash":
        return ownerOf(role, entry.route.hash(bytes, start, end));
      case "node":
        return this.#nodes.get(entry.route.node);
      default:
        if (role.pools === undefined) return role.next("methods", entry.id);
        return role.pools.next(this.#nodes.get(from)?.canary !== undefined, "methods", entry.id);
    }
  }
}

/** Returns the link of a node; undefined when the node is unreachable, about to stop, or too old for the method. */
function live(peer: NodePeer | undefined, method: number): Link | undefined {
  return peer?.ready && peer.knows("methods", method) ? peer.link?.link : undefined;
}
