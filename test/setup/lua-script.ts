import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { resolveScript } from "../../codegen/lua/includes.ts";
import { readLuaFiles } from "../../codegen/lua/lua-target.ts";
import type { LuaScript } from "../../runtime/tables/redis/redis-calls.ts";

/** The folder of the tables' scripts. */
export const luaFolder = fileURLToPath(new URL("../../runtime/tables/lua", import.meta.url));

/** A script of a test's own, which may include the parts of the tables' scripts. */
export function luaScript(text: string): LuaScript {
  const path = "of-a-test.lua";
  const { lines, appends } = resolveScript(new Map([...readLuaFiles(luaFolder), [path, text]]), path);
  const resolved = lines.map((line) => line.text).join("\n");
  return { text: resolved, sha: createHash("sha1").update(resolved).digest("hex"), appends };
}
