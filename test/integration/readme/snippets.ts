import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process/game.ts";

/** What a text shows in a fenced block of code. */
export interface Snippet {
  readonly language: string;
  readonly text: string;
}

export function snippetsOf(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

/** A document of the project, or the part of it under a heading of the second level. */
export function textOf(path: string, heading?: string): string {
  const document = readFileSync(join(root, path), "utf8");
  if (heading === undefined) return document;
  const part = document.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (part === undefined) throw new Error(`${path} has no part "${heading}"`);
  return part;
}

/** The snippets whose first line is a comment that names a file, by that name. */
export function filesIn(snippets: readonly Snippet[]): ReadonlyMap<string, string> {
  return new Map(
    snippets.flatMap(({ text }) => {
      const name = /^\/\/ (\S+\.\w+)\n/.exec(text)?.[1];
      return name === undefined ? [] : [[name, text]];
    }),
  );
}

/** The arguments of each `npx photinus ...` that is shown, comments left out. */
export function commandsIn(snippets: readonly Snippet[]): string[] {
  return snippets
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) =>
      [...text.matchAll(/^npx photinus ([^#\n]+)/gm)].map(([, args = ""]) => args.trim()),
    );
}
