import type { Text } from "../redis-mysql/column-text.ts";
import type { LuaScript } from "./lua-script.ts";

/** What a command may answer, with texts as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

/** Runs a Lua function; while the slot of its keys is moved, tries until then, or not at all when it is 0. */
export type Run = (
  script: LuaScript,
  keys: readonly Text[],
  args: readonly Text[],
  until: number,
) => Promise<RedisReply>;
