import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedFile, generatedBy, type Target } from "../target.ts";
import { type LuaFiles, type ResolvedScript, resolveScript, scriptPaths } from "./includes.ts";

/** Name of the module that has all scripts of a folder. */
const moduleName = "lua-scripts.ts";

/**
 * Target for the runtime's own Lua scripts of Redis. Emits one TypeScript module: `name-of-script.lua` becomes
 * `export const nameOfScript`, an object with the text (includes resolved, comments left out) and its SHA-1, by which Redis
 * runs the script.
 */
export const lua: Target = {
  name: "lua",
  isOfOwnMessages: true,
  emit: () => [],
  compileFolder: (folder) => [compileScripts(readLuaFiles(folder))],
};

/** Reads all Lua files of a folder and its subfolders. */
export function readLuaFiles(folder: string): LuaFiles {
  const paths = globSync("**/*.lua", { cwd: folder }).map((path) => path.replaceAll("\\", "/"));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Compiles scripts to one module. Throws {@link LuaMistake}. */
export function compileScripts(files: LuaFiles): GeneratedFile {
  const scripts = scriptPaths(files).map((path) => emitScript(path, resolveScript(files, path)));
  const header = `// ${generatedBy} from the Lua scripts in the folder above. Do not edit.\n/* eslint-disable */`;
  return { target: lua.name, path: moduleName, text: `${[header, ...scripts].join("\n\n")}\n` };
}

function emitScript(path: string, { lines, comment, appends }: ResolvedScript): string {
  const text = lines.map((line) => line.text).join("\n");
  const sha = createHash("sha1").update(text).digest("hex");
  const name = path.replace(/\.lua$/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const literal = text.replace(/[\\`]|\$\{/g, "\\$&");
  return [
    ...docOf(comment),
    `export const ${name} = Object.freeze({`,
    `  sha: "${sha}",`,
    `  appends: [${appends.map((one) => JSON.stringify(one)).join(", ")}],`,
    `  text: \`${literal}\`,`,
    "});",
  ].join("\n");
}

function docOf(comment: readonly string[]): string[] {
  const safe = comment.map((line) => line.replaceAll("*/", "* /"));
  if (safe.length === 0) return [];
  if (safe.length === 1) return [`/** ${safe[0]} */`];
  return ["/**", ...safe.map((line) => ` * ${line}`.trimEnd()), " */"];
}
