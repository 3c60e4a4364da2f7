import { posix } from "node:path";

/** Lua files by their paths below one folder, with slashes. */
export type LuaFiles = ReadonlyMap<string, string>;

/** One line of a script, and where it stands. */
export interface LuaLine {
  readonly text: string;
  /** Path of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A script with its includes in place. */
export interface ResolvedScript {
  /** Code alone: comments and empty lines are left out. */
  readonly lines: readonly LuaLine[];
  /** The comment at the top of the file. */
  readonly comment: readonly string[];
  /** Names of the arguments that the caller of the script adds behind all others: those of `--#append NAME`. */
  readonly appends: readonly string[];
}

/** A mistake in a Lua file. */
export class LuaMistake extends Error {
  override readonly name = "LuaMistake";
}

const directive = /^(\s*)--#(\w+) (.*)$/;

/**
 * Puts the text of each `--#include "parts/name.lua"` in its place, with its indentation; paths are below the folder. The text
 * is included as it stands, so a part may use the locals of the place, and may return from its function.
 *
 * @throws LuaMistake for an unknown directive, for a file that is not there, and for one that includes itself
 */
export function resolveScript(files: LuaFiles, path: string): ResolvedScript {
  const lines: LuaLine[] = [];
  const appends = new Set<string>();
  const visit = (file: string, indent: string, open: readonly string[]): void => {
    const text = files.get(file);
    if (text === undefined) throw new LuaMistake(`${open.at(-1)} includes ${file}, which is not there`);
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

/** The scripts of a folder: files at its top. What is in folders below is included by them. */
export function scriptPaths(files: LuaFiles): string[] {
  return [...files.keys()].filter((path) => !path.includes("/")).sort();
}

function commentOf(text: string): string[] {
  const comment: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#!")) continue;
    if (!line.startsWith("--") || line.startsWith("--#")) break;
    comment.push(line.replace(/^-- ?/, ""));
  }
  return comment;
}
