import { type Caller, callerAbove } from "../../../schema/caller.ts";
import { fail, isPhotinusError, ofCall, type PhotinusError } from "../../../schema/errors.ts";
import type { MethodDescriptor } from "../../api/descriptors.ts";
import type { MethodCallOptions } from "../../api/handler-context.ts";
import { checkOptions } from "../../options/option-resolver.ts";
import type { Target } from "../../rpc/envelope/message-kinds.ts";
import { longestAwayMs, retryAfterMs } from "../../rpc/retry-after.ts";
import type { Decoder } from "../../wire/codec/codec.ts";
import { methodCallRule } from "../node-call-options.ts";
import type { GateHandle, NodeHost, OutgoingCalls } from "../node-host.ts";

const noOptions: MethodCallOptions = Object.freeze({});
/** Most callees that an idempotent call is sent to again. A call that ends the processes of its callees must not reach all of them. */
const mostRetries = 2;
/** Largest factor by which the wait before another attempt grows. */
const longestFactor = 8;

/** Parts of a call that its errors name. */
interface ToldCall {
  readonly method: { readonly name: string };
  readonly caller: Caller | undefined;
  /** True once an attempt may have run. */
  mayHaveRun: boolean;
}

/** One call with all of its attempts. */
interface OutgoingCall<Q, R> extends ToldCall {
  readonly method: MethodDescriptor<Q, R>;
  readonly reply: Decoder<R>;
  readonly request: Q;
  readonly options: MethodCallOptions;
  /** Deadline on the node's clock. */
  readonly until: number;
  /** Number of attempts that have failed at a gate that is there. */
  failures: number;
  /** Number of callees that were lost while they had the call. */
  losses: number;
}

/** Calls of a node to other nodes, through any usable gate. */
export class NodeCalls implements OutgoingCalls {
  readonly #node: NodeHost;
  /** Position of the round robin over gates. */
  #turn = 0;

  constructor(node: NodeHost) {
    this.#node = node;
  }

  /**
   * Calls through `preferred`, or through another gate when that one is not usable. Until its deadline, a call is tried again that was
   * not run because its node is away for a moment, and an idempotent call whose callee or gate was lost. Any other call of a lost
   * callee or gate fails with UNAVAILABLE, because the callee may have executed it.
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
    const { reply } = method;
    if (reply === undefined) {
      // A one-way method has no reply: R is undefined, which the type cannot express.
      this.notice(method, request, options, gate);
      return Promise.resolve(undefined as R);
    }
    const until = this.#node.clock.now() + timeoutMs;
    const sent = {
      method,
      reply,
      request,
      options,
      caller,
      until,
      failures: 0,
      losses: 0,
      mayHaveRun: false,
    };
    return this.#send(gate, sent, timeoutMs);
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

  #send<Q, R>(gate: GateHandle, call: OutgoingCall<Q, R>, timeoutMs: number): Promise<R> {
    const { method, reply, request, options, caller } = call;
    return gate.link.call(method.id, method.request, request, reply, {
      timeoutMs,
      target: targetOf(options),
      call: method.name,
      caller,
      retry: (error) => this.#retry(error, gate, call),
      ...(options.signal === undefined ? undefined : { signal: options.signal }),
    });
  }

  /** Makes another attempt, when the call may run again and has the time for it. Returns undefined when the error stands. */
  #retry<Q, R>(error: PhotinusError, gate: GateHandle, call: OutgoingCall<Q, R>): Promise<R> | undefined {
    const { code, outcome, retryAfterMs } = error;
    if (outcome === "may have run") {
      if (!call.method.idempotent) return undefined;
      call.mayHaveRun = true;
      if (gate.link.alive) call.losses++;
    }
    const leftMs = call.until - this.#node.clock.now();
    if (code !== "UNAVAILABLE" || outcome === undefined || call.losses > mostRetries)
      return failed(error, call);
    // Through another gate, or to another callee, when there is one. A gate without one refuses the call, and says when to try again.
    if (!gate.link.alive || outcome === "may have run") {
      const next = leftMs > 0 ? this.#choose(undefined) : undefined;
      return next === undefined ? failed(error, call) : this.#send(next, call, leftMs);
    }
    const waitMs = retryAfterMs * Math.min(2 ** call.failures++, longestFactor);
    if (retryAfterMs > longestAwayMs || waitMs >= leftMs) return failed(error, call);
    this.#node.counters.add("node.call.retried");
    return this.#sendLater(error, call, waitMs);
  }

  /** Sends a call after a wait, unless the caller gives up. */
  #sendLater<Q, R>(error: PhotinusError, call: OutgoingCall<Q, R>, waitMs: number): Promise<R> {
    const { clock } = this.#node;
    const { signal } = call.options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(waitMs, () => {
        signal?.removeEventListener("abort", onAbort);
        const next = this.#choose(undefined);
        if (next !== undefined) resolve(this.#send(next, call, call.until - clock.now()));
        else reject(corrected(error, call));
      });
      const onAbort = (): void => {
        timer.cancel();
        const given = { call: call.method.name, caller: call.caller, outcome: "not run" } as const;
        reject(corrected(fail("CANCELLED", "the caller gave up", given), call));
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /**
   * Chooses the preferred gate when usable and free, else round robin. Gates that are overloaded, or about to stop, come last.
   */
  #choose(preferred: GateHandle | undefined): GateHandle | undefined {
    if (preferred !== undefined && isFree(preferred)) return preferred;
    const live = this.#node.liveGates();
    const free = live.filter(isFree);
    // A link that is lost now fails its calls before the list changes.
    const among = free.length > 0 ? free : live.filter(({ usable }) => usable);
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

/** Returns whether a gate takes calls, and stays. */
function isFree({ usable, link, moving }: GateHandle): boolean {
  return usable && !link.overloaded && !moving;
}

/** Returns the target of a call. The key becomes an unsigned 32-bit number: the gate closes a link for any other. */
function targetOf({ node, hashKey }: MethodCallOptions): Target {
  return node ?? (hashKey === undefined ? undefined : hashKey >>> 0);
}

/** Rejects with the error of the last attempt, when an earlier one may have run; undefined when the error stands as it is. */
function failed(error: PhotinusError, call: ToldCall): Promise<never> | undefined {
  const told = corrected(error, call);
  return told === error ? undefined : Promise.reject(told);
}

/** Returns the error of the last attempt; a copy that says so, when an earlier attempt may have run. */
function corrected(error: PhotinusError, call: ToldCall): PhotinusError {
  if (!call.mayHaveRun || error.outcome !== "not run") return error;
  return ofCall(error, call.method.name, call.caller, "may have run");
}
