import type { Script } from "../lua/script.ts";
import type { Text } from "../text.ts";
import type { RedisReply } from "./redis.ts";

/** Runs a Lua function once. */
export type Run = (script: Script, keys: readonly Text[], args: readonly Text[]) => Promise<RedisReply>;

/**
 * Makes one call of many of the same Lua function. While one is under way those that come wait for the next. The function
 * has the keys of all, and as arguments first those that they have in common, then for each how many it has of its own,
 * and those. It answers a list: a reply, or an error, for each.
 */
export class Gatherer {
  readonly #run: Run;
  #batch: Batch | undefined;
  #underWay = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  /** @param common arguments that all have alike: calls with another list go in another call */
  add(
    script: Script,
    common: readonly Text[],
    keys: readonly Text[],
    args: readonly Text[],
  ): Promise<RedisReply> {
    if (this.#batch?.script !== script || this.#batch.common !== common) this.flush();
    this.#batch ??= this.#begin(script, common);
    const reply = this.#batch.add(keys, args);
    if (this.#batch.isFull) this.flush();
    return reply;
  }

  /** Sends what waits, so that another command comes after it. */
  flush(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    this.#underWay++;
    this.#run(batch.script, batch.keys, batch.args).then(
      (replies) => this.#end(() => batch.answer(replies as readonly (RedisReply | Error)[])),
      (error: unknown) => this.#end(() => batch.reject(error)),
    );
  }

  #begin(script: Script, common: readonly Text[]): Batch {
    if (this.#underWay === 0) process.nextTick(() => this.flush());
    return new Batch(script, common);
  }

  #end(tell: () => void): void {
    tell();
    this.#underWay--;
    // Whom this has answered may well ask for more.
    if (this.#underWay === 0) process.nextTick(() => this.flush());
  }
}

/** Calls of one batch, and texts that they have together: Redis serves nobody else meanwhile. */
const mostCalls = 32;
const mostTexts = 1_024;

interface Caller {
  resolve(reply: RedisReply): void;
  reject(error: unknown): void;
}

class Batch {
  readonly script: Script;
  readonly common: readonly Text[];
  readonly keys: Text[] = [];
  readonly args: Text[];
  readonly #callers: Caller[] = [];

  constructor(script: Script, common: readonly Text[]) {
    this.script = script;
    this.common = common;
    this.args = [...common];
  }

  get isFull(): boolean {
    return this.#callers.length >= mostCalls || this.args.length >= mostTexts;
  }

  add(keys: readonly Text[], args: readonly Text[]): Promise<RedisReply> {
    this.keys.push(...keys);
    this.args.push(String(args.length), ...args);
    return new Promise((resolve, reject) => this.#callers.push({ resolve, reject }));
  }

  answer(replies: readonly (RedisReply | Error)[]): void {
    for (const [at, { resolve, reject }] of this.#callers.entries()) {
      const reply = replies[at]!;
      if (reply instanceof Error) reject(reply);
      else resolve(reply);
    }
  }

  reject(error: unknown): void {
    for (const caller of this.#callers) caller.reject(error);
  }
}
