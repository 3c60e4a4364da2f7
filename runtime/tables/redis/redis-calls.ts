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

/** Sends batches of a `CallBatcher`. */
export interface Attempts {
  /** Connection that a command with this key would be sent on now. Commands of one connection arrive in order. */
  routeOf(key: Text): unknown;
  /** Sends a script once. Rejects with the server's redirection, if any. */
  send(script: LuaScript, keys: readonly Text[], args: readonly Text[]): Promise<RedisReply>;
}

/** Connection that a script is sent on. */
export interface ScriptConnection {
  on(event: "close", listener: () => void): unknown;
}

/**
 * Scripts that servers have cached, by connection. A new connection may lead to a server without them. Redis forgets scripts
 * by `SCRIPT FLUSH` too, so NOSCRIPT is still possible.
 */
export class KnownScripts {
  readonly #known = new WeakMap<ScriptConnection, Set<string>>();

  /** Whether the connection's server has executed the script. */
  has(connection: ScriptConnection, { sha }: LuaScript): boolean {
    return this.#known.get(connection)?.has(sha) === true;
  }

  /** Records that the connection's server has executed the script. */
  add(connection: ScriptConnection, { sha }: LuaScript): void {
    let known = this.#known.get(connection);
    if (known === undefined) {
      const scripts = new Set<string>();
      connection.on("close", () => scripts.clear());
      this.#known.set(connection, scripts);
      known = scripts;
    }
    known.add(sha);
  }

  /** Records that the connection's server does not have the script. */
  delete(connection: ScriptConnection, { sha }: LuaScript): void {
    this.#known.get(connection)?.delete(sha);
  }
}
