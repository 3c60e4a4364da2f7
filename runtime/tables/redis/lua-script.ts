/** A Lua script that Redis runs by its digest. The ones of tables are compiled from `redis-mysql/lua`. */
export interface LuaScript {
  readonly text: string;
  /** SHA-1 of the text, in hexadecimal digits. */
  readonly sha: string;
  /** Names of the arguments that the client adds behind all others: "life", the life of the server ({@link ServerLife}). */
  readonly appends: readonly string[];
}
