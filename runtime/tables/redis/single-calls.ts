import type { Text } from "../redis-mysql/column-text.ts";
import type { Redirects } from "./cluster-redirects.ts";
import type { LuaScript, RedisReply, Run } from "./redis-calls.ts";

/** A call that goes with others when it can. */
export interface Call {
  readonly script: LuaScript;
  readonly common: readonly Text[];
  /** The row's first. */
  readonly keys: readonly Text[];
  readonly args: readonly Text[];
  resolve(reply: RedisReply): void;
  reject(error: unknown): void;
}

/**
 * Calls of rows whose slot is being moved. Each goes by itself, and is tried until its keys have arrived at one server; those
 * of one row go one after another.
 */
export class SingleCalls {
  readonly #run: Run;
  readonly #redirects: Pick<Redirects, "whileMoving" | "patience"> | undefined;
  /** For each row the end of its last call. */
  readonly #rows = new Map<Text, Promise<void>>();

  /** @param redirects undefined for a Redis that is no cluster, where nothing moves */
  constructor(run: Run, redirects: Pick<Redirects, "whileMoving" | "patience"> | undefined) {
    this.#run = run;
    this.#redirects = redirects;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Whether a call of the same row is here. */
  has({ keys: [row] }: Call): boolean {
    return this.#rows.has(row!);
  }

  add(call: Call): void {
    const row = call.keys[0]!;
    const until = this.#redirects?.patience() ?? 0;
    const before = this.#rows.get(row) ?? Promise.resolve();
    const turn = before.then(() => this.#tell(call, until));
    this.#rows.set(row, turn);
    void turn.then(() => {
      if (this.#rows.get(row) === turn) this.#rows.delete(row);
    });
  }

  async #tell(call: Call, until: number): Promise<void> {
    const attempt = () => this.#send(call, until);
    try {
      call.resolve(await (this.#redirects?.whileMoving(attempt, until) ?? attempt()));
    } catch (error) {
      call.reject(error);
    }
  }

  async #send({ script, common, keys, args }: Call, until: number): Promise<RedisReply> {
    const replies = await this.#run(script, keys, [...common, String(args.length), ...args], until);
    const [reply] = replies as readonly (RedisReply | Error)[];
    if (reply instanceof Error) throw reply;
    return reply!;
  }
}
