import { type Caller, callerAbove } from "../../../schema/caller.ts";
import { fail, isPhotinusError, ofCall, type PhotinusError } from "../../../schema/errors.ts";
import type { MethodDescriptor } from "../../api/descriptors.ts";
import type { MethodCallOptions } from "../../api/handler-context.ts";
import { checkOptions } from "../../options/option-resolver.ts";
import type { Target } from "../../rpc/envelope/message-kinds.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { methodCallRule } from "../node-call-options.ts";
import type { GateHandle, NodeHost, OutgoingCalls } from "../node-host.ts";

const noOptions: MethodCallOptions = Object.freeze({});

/** Calls of a node to other nodes, through any usable gate. */
export class NodeCalls implements OutgoingCalls {
  readonly #node: NodeHost;
  /** Position of the round robin over gates. */
  #turn = 0;

  constructor(node: NodeHost) {
    this.#node = node;
  }

  /**
   * Calls through `preferred`, or through another gate when that one is not usable. When the link is lost while the call is in
   * flight, an idempotent method is retried through the next gate. Any other call fails with UNAVAILABLE, because the callee may
   * have executed it.
   */
  call<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions = noOptions,
    capMs: number,
    preferred: GateHandle | undefined,
  ): Promise<R> {
    try {
      checkOptions("", methodCallRule, options);
    } catch (error) {
      return Promise.reject(isPhotinusError(error) ? ofCall(error, method.name) : error);
    }
    const timeoutMs = Math.min(options.timeoutMs ?? method.timeoutMs, capMs);
    const caller = this.#node.callStacks ? callerAbove(this.call) : undefined;
    const gate = timeoutMs > 0 ? this.#choose(preferred) : undefined;
    if (gate === undefined) return Promise.reject(this.#notSent(method.name, timeoutMs, caller));
    if (method.reply === undefined) {
      // A one-way method has no reply: R is undefined, which the type cannot express.
      this.notice(method, request, options, gate);
      return Promise.resolve(undefined as R);
    }
    const sent = this.#send(gate, method, request, options, timeoutMs, caller);
    return method.idempotent ? this.#persist(sent, gate, method, request, options, timeoutMs, caller) : sent;
  }

  notice<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions = noOptions,
    preferred: GateHandle | undefined,
  ): void {
    checkOptions(method.name, methodCallRule, options);
    const gate = this.#choose(preferred);
    if (gate?.link.notice(method.id, method.request, request, targetOf(options))) return;
    this.#node.counters.add("node.notice.dropped");
    const details = { method: method.name, gate: gate?.gate };
    this.#node.counted.warn(details, "one-way call dropped: no gate accepts messages", method.name);
  }

  #send<Q, R>(
    gate: GateHandle,
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions,
    timeoutMs: number,
    caller: Caller | undefined,
  ): Promise<R> {
    const { reply, name: call } = method;
    if (reply === undefined) return Promise.reject(fail("INTERNAL", "the method has no reply", { call }));
    const target = targetOf(options);
    return gate.link.call(method.id, method.request, request, reply, {
      timeoutMs,
      target,
      call,
      caller,
      ...(options.signal === undefined ? undefined : { signal: options.signal }),
    });
  }

  /** Retries an idempotent call through other gates after each lost link, until its deadline. */
  async #persist<Q, R>(
    sent: Promise<R>,
    first: GateHandle,
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions,
    timeoutMs: number,
    caller: Caller | undefined,
  ): Promise<R> {
    const { clock } = this.#node;
    const until = clock.now() + timeoutMs;
    let attempt = sent;
    let gate = first;
    for (;;) {
      try {
        return await attempt;
      } catch (error) {
        const lost = isPhotinusError(error) && error.code === "UNAVAILABLE" && !gate.link.alive;
        const next = lost ? this.#choose(undefined) : undefined;
        const leftMs = until - clock.now();
        if (next === undefined || leftMs <= 0) throw error;
        gate = next;
        attempt = this.#send(gate, method, request, options, leftMs, caller);
      }
    }
  }

  /** Chooses the preferred gate when usable and not overloaded, else round robin; overloaded gates come last. */
  #choose(preferred: GateHandle | undefined): GateHandle | undefined {
    if (preferred?.usable && !preferred.link.overloaded) return preferred;
    const usable = this.#node.liveGates();
    const free = usable.filter((gate) => !gate.link.overloaded);
    const among = free.length > 0 ? free : usable;
    return among[this.#turn++ % among.length];
  }

  /** Returns the error of a call that was never sent, because its time is over or no gate is linked. */
  #notSent(call: string, timeoutMs: number, caller: Caller | undefined): PhotinusError {
    if (timeoutMs <= 0)
      return fail("DEADLINE_EXCEEDED", "the deadline passed before the call was sent", {
        outcome: "not sent",
        call,
        caller,
      });
    this.#node.counters.add("node.call.unavailable");
    const reason = "no gate is linked";
    return fail("UNAVAILABLE", reason, {
      outcome: "not sent",
      call,
      caller,
      retryAfterMs: retryAfterMs("lost"),
    });
  }
}

/** Returns the target of a call. The key becomes an unsigned 32-bit number: the gate closes a link for any other. */
function targetOf({ node, hashKey }: MethodCallOptions): Target {
  return node ?? (hashKey === undefined ? undefined : hashKey >>> 0);
}
