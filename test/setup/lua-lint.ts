import luaparse from "luaparse";
import {
  type LuaFiles,
  type LuaLine,
  LuaMistake,
  resolveScript,
  scriptPaths,
} from "../../codegen/lua/includes.ts";

/** What Redis gives scripts, of Lua's own names and its own; scripts use no other global. */
const known = new Set(
  [
    "KEYS ARGV redis cmsgpack struct bit string math",
    "error ipairs pairs pcall tonumber tostring type unpack",
  ].flatMap((names) => names.split(" ")),
);

/** A name that stands for a global: where it was first used. */
interface Global {
  readonly name: string;
  readonly loc: { readonly start: { readonly line: number } };
}

/**
 * What is wrong with Lua scripts, each as "parts/file.lua:12: what": no Lua 5.1, a name that is neither a local nor known to
 * Redis, a part that no script includes. Scripts are read with their includes in place, as Redis gets them.
 */
export function lintScripts(files: LuaFiles): string[] {
  const problems = new Set<string>();
  const used = new Set<string>();
  for (const path of scriptPaths(files)) {
    try {
      const { lines } = resolveScript(files, path);
      for (const { file } of lines) used.add(file);
      for (const problem of lintLines(lines)) problems.add(problem);
    } catch (error) {
      if (!(error instanceof LuaMistake)) throw error;
      problems.add(error.message);
    }
  }
  for (const path of files.keys()) if (!used.has(path)) problems.add(`${path}:1: no script includes it`);
  return [...problems];
}

function lintLines(lines: readonly LuaLine[]): string[] {
  const placeOf = (line: number) => `${lines[line - 1]?.file}:${lines[line - 1]?.line}`;
  const text = lines.map((line) => line.text).join("\n");
  let tree: luaparse.Chunk;
  try {
    tree = luaparse.parse(text, { luaVersion: "5.1", scope: true, locations: true, comments: false });
  } catch (error) {
    if (!(error instanceof Error && "line" in error)) throw error;
    return [`${placeOf(Number(error.line))}: ${error.message.replace(/^\[\d+:\d+\] /, "")}`];
  }
  const { globals } = tree as unknown as { readonly globals: readonly Global[] };
  return globals
    .filter(({ name }) => !known.has(name))
    .map(
      ({ name, loc }) =>
        `${placeOf(loc.start.line)}: "${name}" is neither a local nor a global that Redis gives`,
    );
}
