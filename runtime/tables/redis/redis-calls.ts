import type { Text } from "../redis-mysql/column-text.ts";

/** Lua script that Redis runs by its digest. The scripts of tables are compiled from `lua`. */
export interface LuaScript {
  /** Text of the script, with includes resolved. */
  readonly text: string;
  /** SHA-1 of the text, hexadecimal. */
  readonly sha: string;
  /** Names of arguments that the client appends: "life", the life of the server (`server-life.ts`). */
  readonly appends: readonly string[];
}

/** Reply of a command, with texts as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

/** Runs a script. Retries until `until`, by the clock's `now`, while the slot of its keys moves; 0: no retries. */
export type Run = (
  script: LuaScript,
  keys: readonly Text[],
  args: readonly Text[],
  until: number,
) => Promise<RedisReply>;
