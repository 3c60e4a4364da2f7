import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import type { MethodDescriptor } from "../../api/descriptors.ts";
import type {
  CallContext,
  CommandContext,
  GroupTarget,
  MethodCallOptions,
  MethodContext,
  NodeHandle,
  PushTarget,
} from "../../api/handler-context.ts";
import type { Logger } from "../../log/logger.ts";
import { outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { CallOwner, Responder } from "../../rpc/link-handler.ts";
import type { Encoder } from "../../wire/codec/codec.ts";
import type { NodeSession } from "../gates/node-session.ts";
import type { GateHandle } from "../node-host.ts";
import type { Command, Method } from "./dispatch-table.ts";
import type { Lane, LaneJob } from "./lane.ts";
import type { Counted } from "./work.ts";

/** Tolerance between the clocks of gate and node: a cancel this shortly before the deadline counts as a timeout. */
const earlyMs = 100;

/**
 * Call in progress, and the context that its handler gets: one object for both, to save an allocation. Rarely used parts, such as
 * the abort signal, are made on first use.
 */
abstract class Call implements CallContext, CallOwner {
  /** Gate that the call came through, and that its answer goes to. */
  protected readonly gate: GateHandle;
  protected readonly reply: Responder | undefined;
  /** Deadline on the node's clock; infinite for a one-way method. */
  readonly #deadline: number;
  /** Arrival time on the node's clock. */
  readonly #since: number;
  /** Counts the call until it is done. */
  readonly #counted: Counted;
  /** Callbacks of `afterReply`; undefined without any. */
  #after: (() => void)[] | undefined;
  #replied = false;
  /** Controller of `signal`, made when the handler asks for the signal. */
  #controller: AbortController | undefined;

  constructor(gate: GateHandle, deadline: number, reply: Responder | undefined) {
    this.gate = gate;
    this.#deadline = deadline;
    this.#since = gate.link.receivedAt;
    this.reply = reply;
    this.#counted = gate.work.enter();
  }

  abstract readonly name: string;
  /** Ends the count of the call, which is done or refused. */
  left(): void {
    this.#counted.leave();
  }

  /** Log fields of the caller: session and user, or node. */
  protected abstract about(): object;

  get node(): NodeHandle {
    return this.gate.node;
  }

  get log(): Logger {
    return this.gate.node.log;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#arm();
    return this.#controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#deadline - this.gate.node.clock.now());
  }

  afterReply(run: () => void): void {
    if (this.#replied) {
      this.#runAfter(run);
      return;
    }
    this.#after ??= [];
    this.#after.push(run);
  }

  user(id: bigint): PushTarget {
    return this.gate.node.user(id);
  }

  group(name: string): GroupTarget {
    return this.gate.node.group(name);
  }

  everyone(): PushTarget {
    return this.gate.node.everyone();
  }

  /** Calls another node, with at most the time that this call has left. Prefers the gate that this call came through. */
  call<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): Promise<R> {
    return this.gate.node.outgoing.call(method, request, options, this.remainingMs(), this.via);
  }

  notice<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): void {
    this.gate.node.outgoing.notice(method, request, options, this.via);
  }

  /** Gate that calls of the handler go through. */
  protected get via(): GateHandle {
    return this.gate;
  }

  /** Whether no caller waits for the answer at this time: the call was cancelled in the queue, or its deadline has passed. */
  protected isPointless(now: number): boolean {
    const { reply } = this;
    if (reply === undefined) return false;
    if (reply.settled) return true;
    if (now < this.#deadline) return false;
    reply.failure(
      errorCodes.DEADLINE_EXCEEDED,
      "the deadline passed before the handler started",
      0,
      outcome.notRun,
    );
    return true;
  }

  /** Answers with the handler's value, then runs the after-reply callbacks. */
  protected done(codec: Encoder<unknown> | undefined, value: unknown): void {
    this.succeed(codec, value);
    this.#replied = true;
    if (this.#after === undefined) return;
    for (const run of this.#after) this.#runAfter(run);
    this.#after = undefined;
  }

  protected succeed(codec: Encoder<unknown> | undefined, value: unknown): void {
    if (codec !== undefined) this.reply?.answer(codec, value);
  }

  /** Runs an after-reply callback, and logs its error: the call is answered already. */
  #runAfter(run: () => void): void {
    const failed = (error: unknown): void => {
      const details = { err: error, call: this.name };
      this.gate.node.counted.error(details, "an after-reply callback threw", this.name);
    };
    try {
      // An async function fits the type too, and its rejection must not be unhandled.
      const result: unknown = run();
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Answers when the handler's promise settles, then starts the next call of the lane. */
  protected follow(
    result: PromiseLike<unknown>,
    codec: Encoder<unknown> | undefined,
    lane: Lane | undefined,
  ): void {
    this.gate.node.started();
    if (this.reply !== undefined) this.reply.owner = this;
    result.then(
      (value) => {
        try {
          this.done(codec, value);
        } finally {
          this.#over(lane);
        }
      },
      (error: unknown) => {
        this.failed(error);
        this.#over(lane);
      },
    );
  }

  /** Logs a handler that runs past its deadline. It may hang for ever, and only the node knows which handler it is. */
  onUnwanted(): void {
    const { node } = this.gate;
    if (this.remainingMs() > earlyMs) return;
    node.counters.add("node.handler.unanswered");
    const afterMs = Math.round(node.clock.now() - this.#since);
    const details = { call: this.name, ...this.about(), afterMs };
    node.counted.warn(details, "handler did not answer in time", this.name);
  }

  /** Ends the call of a handler that returned a promise, and starts the next job of its lane. */
  #over(lane: Lane | undefined): void {
    this.gate.node.finished();
    this.left();
    lane?.next();
  }

  /** Answers with the error. Never throws, whatever value the handler threw, so that the lane continues. */
  protected failed(error: unknown): void {
    this.#replied = true;
    this.#after = undefined;
    this.gate.node.counters.add("node.handler.failed");
    try {
      this.#tell(error);
    } catch {
      this.reply?.failure(errorCodes.INTERNAL, "the handler failed", 0);
      this.gate.node.counted.error(
        { call: this.name },
        "command or method handler threw a value that cannot be logged",
        this.name,
      );
    }
  }

  /** Sends a PhotinusError to the caller. Any other error, and every cause, only goes to the log. */
  #tell(error: unknown): void {
    if (isPhotinusError(error)) {
      if (error.cause !== undefined || this.reply === undefined) {
        this.gate.node.counted.warn(
          { err: error, call: this.name },
          "command or method call failed",
          this.name,
        );
      }
      this.reply?.failure(errorCodes[error.code], error.reason, error.retryAfterMs);
      return;
    }
    // The error of an aborted handler is a result of the abort, and the call is answered already.
    if (this.#controller?.signal.aborted && this.reply?.settled) return;
    this.gate.node.counted.error(
      { err: error, call: this.name },
      "command or method handler threw",
      this.name,
    );
    this.reply?.failure(errorCodes.INTERNAL, "the handler failed", 0);
  }

  /** Makes the controller of `signal`, aborted when the caller cancels or the deadline passes. One-way calls never abort. */
  #arm(): AbortController {
    const controller = new AbortController();
    const { reply } = this;
    if (reply === undefined) return controller;
    const abort = () => {
      controller.abort(
        this.remainingMs() > 0
          ? fail("CANCELLED", "the caller cancelled the call")
          : fail("DEADLINE_EXCEEDED", "the deadline of the call has passed"),
      );
    };
    if (reply.settled) abort();
    else reply.onCancel = abort;
    return controller;
  }
}

/** Command of a client, as a job of its session's lane and the context of its handler. */
export class CommandCall extends Call implements CommandContext, LaneJob {
  readonly session: NodeSession;
  readonly #command: Command;
  readonly #request: unknown;

  constructor(
    gate: GateHandle,
    session: NodeSession,
    command: Command,
    request: unknown,
    deadline: number,
    reply: Responder | undefined,
  ) {
    super(gate, deadline, reply);
    this.session = session;
    this.#command = command;
    this.#request = request;
  }

  get name(): string {
    return this.#command.descriptor.name;
  }

  protected about(): object {
    const { id, gate, userId } = this.session;
    return { session: id, gate, user: userId };
  }

  get userId(): bigint {
    return this.session.userId;
  }

  /** Gate of the session, which may have moved: the gate that the command came through is about to stop then. */
  protected override get via(): GateHandle {
    return this.session.via;
  }

  /** Answers with the reply, or with RESOURCE_EXHAUSTED when the reply is larger than the gate delivers to clients. */
  protected override succeed(codec: Encoder<unknown> | undefined, value: unknown): void {
    if (codec === undefined || this.reply === undefined) return;
    const size = this.reply.answer(codec, value, this.gate.maxBodyBytes);
    if (size > 0) this.gate.tooLarge("reply", this.name, size);
  }

  /**
   * Runs the handler, unless no caller waits any more. Returns true when the call is answered already.
   * @param now time on the node's clock; default: the clock is read
   */
  run(lane: Lane | undefined, now: number = this.gate.node.clock.now()): boolean {
    const isDone = this.#run(lane, now);
    if (isDone) this.left();
    return isDone;
  }

  #run(lane: Lane | undefined, now: number): boolean {
    if (this.isPointless(now)) return true;
    const command = this.#command;
    let result: unknown;
    try {
      result = command.handler(this.#request, this);
    } catch (error) {
      this.failed(error);
      return true;
    }
    // A plain value is answered in this turn, without the cost of a promise.
    if (!isThenable(result)) {
      this.done(command.descriptor.reply, result);
      return true;
    }
    this.follow(result, command.descriptor.reply, lane);
    return false;
  }
}

/** Call of another node, as the context of its handler. Methods have no session, so no lane either. */
export class MethodCall extends Call implements MethodContext {
  readonly from: string;
  readonly #method: Method;

  constructor(
    gate: GateHandle,
    from: string,
    method: Method,
    deadline: number,
    reply: Responder | undefined,
  ) {
    super(gate, deadline, reply);
    this.from = from;
    this.#method = method;
  }

  get name(): string {
    return this.#method.descriptor.name;
  }

  protected about(): object {
    return { from: this.from };
  }

  /** Runs the handler. */
  run(request: unknown): void {
    const method = this.#method;
    let result: unknown;
    try {
      result = method.handler(request, this);
    } catch (error) {
      this.failed(error);
      this.left();
      return;
    }
    if (!isThenable(result)) {
      this.done(method.descriptor.reply, result);
      this.left();
      return;
    }
    this.follow(result, method.descriptor.reply, undefined);
  }
}

/** Accepts any promise-like value: a handler may return the promise of a library or of another realm. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
