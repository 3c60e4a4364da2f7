import type { Text } from "../redis-mysql/column-text.ts";

/** A Lua script that Redis runs by its digest. The ones of tables are compiled from `redis-mysql/lua`. */
export interface LuaScript {
  readonly text: string;
  /** SHA-1 of the text, in hexadecimal digits. */
  readonly sha: string;
  /** Names of the arguments that the client adds behind all others: "life", the life of the server (`server-life.ts`). */
  readonly appends: readonly string[];
}

/** What a command may answer, with texts as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

/** Runs a Lua function; while the slot of its keys is moved, tries until then, or not at all when it is 0. */
export type Run = (
  script: LuaScript,
  keys: readonly Text[],
  args: readonly Text[],
  until: number,
) => Promise<RedisReply>;
