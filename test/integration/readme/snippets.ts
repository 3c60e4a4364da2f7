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

/** The part of the README that one is told to follow. */
export function guide(): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, text] = readme.split(/^## Guide$/m);
  return text?.split(/^## /m, 1)[0] ?? "";
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
