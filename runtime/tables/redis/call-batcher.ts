import type { Text } from "../redis-mysql/column-text.ts";
import { isMoving } from "./cluster-redirects.ts";
import type { LuaScript, RedisReply, Run } from "./redis-calls.ts";
import type { Call, SingleCalls } from "./single-calls.ts";

/**
 * Batches many calls of one script into one call. Calls that arrive while a batch is in flight wait for the next batch. The
 * script gets the keys of all calls, then the arguments that all calls share, then for each call the number of its own
 * arguments and these arguments. It answers a list with a reply or an error for each call.
 *
 * While a cluster moves a slot, a batch is refused when one of its keys is on the other server. Then each call is sent
 * alone; calls with the same first key keep their order.
 */
export class CallBatcher {
  readonly #run: Run;
  readonly #singles: SingleCalls;
  #batch: Batch | undefined;
  /** Batches in the order in which they were sent, from the first unanswered one. */
  readonly #sent: Batch[] = [];
  #underWay = 0;

  constructor(run: Run, singles: SingleCalls) {
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

  /** Sends the waiting batch, so that a later command is executed after it. */
  flush(): void {
    const batch = this.#batch && this.#withoutHeld(this.#batch);
    this.#batch = undefined;
    if (batch === undefined || batch.calls.length === 0) return;
    this.#underWay++;
    this.#sent.push(batch);
    this.#run(batch.script, batch.keys, batch.args, 0).then(
      (replies) => this.#end(batch, () => this.#answer(batch, replies as readonly (RedisReply | Error)[])),
      (error: unknown) => this.#end(batch, () => this.#refuse(batch, error)),
    );
  }

  #begin(script: LuaScript, common: readonly Text[]): Batch {
    if (this.#underWay === 0) process.nextTick(() => this.flush());
    return new Batch(script, common);
  }

  #end(batch: Batch, tell: () => void): void {
    tell();
    batch.isAnswered = true;
    while (this.#sent[0]?.isAnswered === true) this.#sent.shift();
    this.#underWay--;
    // Callers that were just answered may add calls in this tick.
    if (this.#underWay === 0) process.nextTick(() => this.flush());
  }

  #answer(batch: Batch, replies: readonly (RedisReply | Error)[]): void {
    for (const [at, call] of batch.calls.entries()) {
      const reply = replies[at]!;
      if (!(reply instanceof Error)) call.resolve(reply);
      else if (!isMoving(reply) || isAmong(call, batch.calls.slice(at + 1))) call.reject(reply);
      else this.#retry(batch, call, reply);
    }
  }

  #refuse(batch: Batch, error: unknown): void {
    for (const call of batch.calls) {
      if (isMoving(error)) this.#retry(batch, call, error);
      else call.reject(error);
    }
  }

  /** Sends a call that was not executed alone, unless a later call of the same row may have been executed meanwhile. */
  #retry(batch: Batch, call: Call, error: unknown): void {
    const later = this.#sent.slice(this.#sent.indexOf(batch) + 1);
    if (later.some(({ calls }) => isAmong(call, calls))) call.reject(error);
    else this.#singles.add(call);
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

function isAmong({ keys: [row] }: Call, calls: readonly Call[]): boolean {
  return calls.some(({ keys }) => keys[0] === row);
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

  constructor(script: LuaScript, common: readonly Text[]) {
    this.script = script;
    this.common = common;
    this.args = [...common];
  }

  get isFull(): boolean {
    return this.calls.length >= mostCalls || this.args.length >= mostTexts;
  }

  add(call: Call): void {
    this.keys.push(...call.keys);
    this.args.push(String(call.args.length), ...call.args);
    this.calls.push(call);
  }
}
