import { posix } from "node:path";

/** Texts of Lua files by path below one folder, with slashes. */
export type LuaFiles = ReadonlyMap<string, string>;

/** One line of a script, with its place. */
export interface LuaLine {
  readonly text: string;
  /** Path of the file below the folder. */
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
}

/** Script with all includes resolved. */
export interface ResolvedScript {
  /** Lines of code, without comments and empty lines. */
  readonly lines: readonly LuaLine[];
  /** Lines of the comment at the top of the file. */
  readonly comment: readonly string[];
  /** Names of the arguments that the caller of the script appends to all others, from `--#append NAME`. */
  readonly appends: readonly string[];
}

/** Error in a Lua file; the message begins with its place. */
export class LuaMistake extends Error {
  override readonly name = "LuaMistake";
}

const directive = /^(\s*)--#(\w+) (.*)$/;

/**
 * Resolves each `--#include "parts/name.lua"` of a script: puts the file's text in its place, with the indentation of the
 * directive. Paths are relative to the folder. Text is included verbatim, so a part may use the locals of the place and
 * return from its function.
 *
 * @throws LuaMistake for an unknown directive, a missing file, and a file that includes itself
 */
export function resolveScript(files: LuaFiles, path: string): ResolvedScript {
  const lines: LuaLine[] = [];
  const appends = new Set<string>();
  const visit = (file: string, indent: string, open: readonly string[]): void => {
    const text = files.get(file);
    if (text === undefined) throw new LuaMistake(`${open.at(-1)} includes ${file}, which does not exist`);
    for (const [at, line] of text.trimEnd().split("\n").entries()) {
      const [, own = "", word, rest = ""] = directive.exec(line) ?? [];
      const place = `${file}:${at + 1}`;
      if (word === "include") {
        const included = posix.normalize(rest.replace(/^"(.*)"$/, "$1"));
        if (included === file || open.includes(included))
          throw new LuaMistake(`${place} includes ${included}, which includes ${file}`);
        visit(included, indent + own, [...open, file]);
      } else if (word === "append") appends.add(rest.trim());
      else if (word !== undefined)
        throw new LuaMistake(`${place}: unknown directive "${word}"; expected include or append`);
      else if (line.trim() !== "" && !/^\s*--/.test(line))
        lines.push({ text: indent + line, file, line: at + 1 });
    }
  };
  visit(path, "", []);
  return { lines, comment: commentOf(files.get(path)!), appends: [...appends] };
}

/** Paths of the scripts: files at the top of the folder. Files in subfolders are parts for includes. */
export function scriptPaths(files: LuaFiles): string[] {
  return [...files.keys()].filter((path) => !path.includes("/")).sort();
}

/** Comment lines at the top of a file, without the shebang and the dashes. */
function commentOf(text: string): string[] {
  const comment: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#!")) continue;
    if (!line.startsWith("--") || line.startsWith("--#")) break;
    comment.push(line.replace(/^-- ?/, ""));
  }
  return comment;
}
