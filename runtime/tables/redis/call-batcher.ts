import type { Text } from "../redis-mysql/column-text.ts";
import { isMoved, isMoving } from "./cluster-redirects.ts";
import type { Attempts, LuaScript, RedisReply, Run } from "./redis-calls.ts";
import { isNoScript } from "./redis-error.ts";
import type { Call, SingleCalls } from "./single-calls.ts";

/**
 * Batches many calls of one script into one call. Calls that arrive while a batch is in flight wait for the next batch. The
 * script gets the keys of all calls, then the arguments that all calls share, then for each call the number of its own
 * arguments and these arguments. It answers a list with a reply or an error for each call.
 *
 * Calls with the same first key, which is their row, are executed in call order:
 *
 * - Batches are in flight together on one connection only. After a slot has moved, the next batch waits for all earlier ones.
 * - A batch that a server refused is sent again when no batch is in flight. All later batches wait for its reply.
 * - A refused call fails when a later call of its row was executed.
 *
 * While a cluster moves a slot, a batch is refused when one of its keys is on the other server. Then each call is sent
 * alone, and only calls of the same row wait for it.
 */
export class CallBatcher {
  readonly #attempts: Attempts;
  readonly #run: Run;
  readonly #singles: SingleCalls;
  #batch: Batch | undefined;
  /** Complete batches that were not sent, in call order. */
  readonly #waiting: Batch[] = [];
  /** Batches in the order in which they were sent, from the first one that is unanswered or was refused. */
  readonly #sent: Batch[] = [];
  #underWay = 0;
  /** Connection of the batches in flight. */
  #route: unknown;
  /** Whether a batch was refused and its calls are not settled. */
  #isRefused = false;

  /**
   * @param attempts sends batches
   * @param run resends a refused batch: follows redirections, and sends the text of a script
   */
  constructor(attempts: Attempts, run: Run, singles: SingleCalls) {
    this.#attempts = attempts;
    this.#run = run;
    this.#singles = singles;
  }

  /**
   * Adds a call to the next batch.
   *
   * @param common arguments that all calls share; calls with another list go in another batch
   */
  add(
    script: LuaScript,
    common: readonly Text[],
    keys: readonly Text[],
    args: readonly Text[],
  ): Promise<RedisReply> {
    if (this.#batch?.script !== script || this.#batch.common !== common) this.flush();
    this.#batch ??= this.#begin(script, common);
    const batch = this.#batch;
    const reply = new Promise<RedisReply>((resolve, reject) =>
      batch.add({ script, common, keys, args, resolve, reject }),
    );
    if (batch.isFull) this.flush();
    return reply;
  }

  /**
   * Sends the waiting batches, so that a later command is executed after them. Batches that wait for earlier ones stay, so a
   * later command may be executed before these.
   */
  flush(): void {
    if (this.#batch !== undefined) {
      this.#waiting.push(this.#batch);
      this.#batch = undefined;
    }
    while (this.#waiting.length > 0 && !this.#isRefused) {
      const [batch] = this.#waiting;
      const route = this.#attempts.routeOf(batch!.keys[0]!);
      if (this.#underWay > 0 && route !== this.#route) return;
      this.#route = route;
      this.#waiting.shift();
      this.#send(this.#withoutHeld(batch!));
    }
  }

  #begin(script: LuaScript, common: readonly Text[]): Batch {
    if (this.#underWay === 0 && !this.#isRefused) process.nextTick(() => this.flush());
    return new Batch(script, common);
  }

  #send(batch: Batch): void {
    if (batch.calls.length === 0) return;
    this.#underWay++;
    this.#sent.push(batch);
    this.#attempts.send(batch.script, batch.keys, batch.args).then(
      (replies) => this.#end(batch, () => batch.answer(replies as readonly (RedisReply | Error)[])),
      (error: unknown) => this.#end(batch, () => batch.refuse(error)),
    );
  }

  #end(batch: Batch, tell: () => void): void {
    tell();
    batch.isAnswered = true;
    if (batch.undone !== undefined) this.#isRefused = true;
    while (this.#sent[0]?.isAnswered === true && this.#sent[0].undone === undefined) this.#sent.shift();
    this.#underWay--;
    if (this.#underWay > 0) return;
    if (this.#isRefused) void this.#settle();
    // Callers that were just answered may add calls in this tick.
    else process.nextTick(() => this.flush());
  }

  /** Resends the refused calls in call order. No batch is in flight, and later ones wait. */
  async #settle(): Promise<void> {
    for (const batch of withoutOvertaken(this.#sent.splice(0))) {
      if (batch.isMoving) this.#sendAlone(batch);
      else await this.#resend(this.#withoutHeld(batch));
    }
    this.#isRefused = false;
    process.nextTick(() => this.flush());
  }

  async #resend(batch: Batch): Promise<void> {
    if (batch.calls.length === 0) return;
    try {
      batch.answer((await this.#run(batch.script, batch.keys, batch.args, 0)) as (RedisReply | Error)[]);
    } catch (error) {
      batch.refuse(error);
    }
    for (const rest of withoutOvertaken([batch])) {
      if (rest.isMoving) this.#sendAlone(rest);
      else rest.fail();
    }
  }

  #sendAlone({ calls }: Batch): void {
    for (const call of calls) this.#singles.add(call);
  }

  /** Takes out calls that must wait for an earlier call of their row. */
  #withoutHeld(batch: Batch): Batch {
    if (this.#singles.isEmpty) return batch;
    const rest = new Batch(batch.script, batch.common);
    for (const call of batch.calls) {
      if (this.#singles.has(call)) this.#singles.add(call);
      else rest.add(call);
    }
    return rest;
  }
}

/**
 * Batches of the refused calls, in call order. A refused call fails when a later call of its row was executed, or perhaps
 * executed.
 */
function withoutOvertaken(sent: readonly Batch[]): Batch[] {
  const done = new Set<Text>();
  const rests: Batch[] = [];
  for (const { script, common, calls, undone } of sent.toReversed()) {
    const left: Call[] = [];
    for (const call of calls.toReversed()) {
      const [row] = call.keys;
      const isUndone = undone?.has(call) === true;
      if (!isUndone) done.add(row!);
      else if (done.has(row!)) call.reject(undone.get(call));
      else left.push(call);
    }
    const rest = new Batch(script, common);
    for (const call of left.reverse()) rest.add(call);
    rest.undone = undone;
    if (left.length > 0) rests.push(rest);
  }
  return rests.reverse();
}

/** Whether the server did not execute a call, and the call may be sent again. */
function isRefusal(error: unknown): boolean {
  return isMoving(error) || isMoved(error) || isNoScript(error);
}

/** Maximum calls and texts of one batch: Redis serves no other client during a script. */
const mostCalls = 32;
const mostTexts = 1_024;

class Batch {
  readonly script: LuaScript;
  readonly common: readonly Text[];
  readonly keys: Text[] = [];
  readonly args: Text[];
  readonly calls: Call[] = [];
  isAnswered = false;
  /** Refused calls and their errors; undefined when every call has its result. */
  undone: Map<Call, unknown> | undefined;

  constructor(script: LuaScript, common: readonly Text[]) {
    this.script = script;
    this.common = common;
    this.args = [...common];
  }

  get isFull(): boolean {
    return this.calls.length >= mostCalls || this.args.length >= mostTexts;
  }

  /** Whether calls were refused because their slot moves: all for one reason, or some each. */
  get isMoving(): boolean {
    return isMoving(this.undone?.get(this.calls[0]!));
  }

  add(call: Call): void {
    this.keys.push(...call.keys);
    this.args.push(String(call.args.length), ...call.args);
    this.calls.push(call);
  }

  /** Passes the replies on. Calls of moving rows become {@link undone}. */
  answer(replies: readonly (RedisReply | Error)[]): void {
    this.undone = undefined;
    for (const [at, call] of this.calls.entries()) {
      const reply = replies[at]!;
      if (!(reply instanceof Error)) call.resolve(reply);
      else if (!isMoving(reply)) call.reject(reply);
      else {
        this.undone ??= new Map();
        this.undone.set(call, reply);
      }
    }
  }

  /** Fails all calls. After a refusal they become {@link undone} instead. */
  refuse(error: unknown): void {
    this.undone = undefined;
    if (isRefusal(error)) this.undone = new Map(this.calls.map((call) => [call, error]));
    else for (const call of this.calls) call.reject(error);
  }

  /** Fails the calls with their refusals. */
  fail(): void {
    for (const call of this.calls) call.reject(this.undone?.get(call));
  }
}
