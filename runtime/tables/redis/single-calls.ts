import type { Text } from "../redis-mysql/column-text.ts";
import type { Redirects } from "./cluster-redirects.ts";
import type { LuaScript, RedisReply, Run } from "./redis-calls.ts";

/** Call of a script for one row, sent in a batch when possible. */
export interface Call {
  readonly script: LuaScript;
  /** Arguments that all calls of a batch share. */
  readonly common: readonly Text[];
  /** Keys of the script; the row's key is first. */
  readonly keys: readonly Text[];
  /** Arguments of this call alone. */
  readonly args: readonly Text[];
  resolve(reply: RedisReply): void;
  reject(error: unknown): void;
}

/**
 * Calls for rows whose slot moves. Each call is sent alone and retried until its keys are on one server. Calls of one row
 * are sent one after another.
 */
export class SingleCalls {
  readonly #run: Run;
  readonly #redirects: Pick<Redirects, "whileMoving" | "patience"> | undefined;
  /** End of the last call of each row. */
  readonly #rows = new Map<Text, Promise<void>>();

  /** @param redirects undefined for a single server, which moves no slots */
  constructor(run: Run, redirects: Pick<Redirects, "whileMoving" | "patience"> | undefined) {
    this.#run = run;
    this.#redirects = redirects;
  }

  /** Whether no call is pending. */
  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Whether a call of the same row is pending. */
  has({ keys: [row] }: Call): boolean {
    return this.#rows.has(row!);
  }

  /** Sends a call after the pending calls of its row. */
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
