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

/** What a reader does with one snippet. */
export type Step =
  /** Puts the text into the file, instead of what was there or behind it. */
  | { readonly kind: "file"; readonly name: string; readonly text: string; readonly isAddition: boolean }
  /** Runs a line in a terminal. */
  | { readonly kind: "line"; readonly line: string };

/** The steps of a reader who pastes all snippets in their order. Throws for one that says neither a file nor lines to run. */
export function stepsOf(snippets: readonly Snippet[]): Step[] {
  return snippets.flatMap((snippet): Step[] => {
    if (snippet.language === "sh") return linesOf(snippet.text);
    const step = fileOf(snippet);
    if (step === undefined) throw new Error(`where does this go?\n${snippet.text}`);
    return [step];
  });
}

function linesOf(text: string): Step[] {
  const lines = text.split("\n").map((line) => line.replace(/\s+#.*/, "").trim());
  return lines.filter((line) => line !== "").map((line) => ({ kind: "line", line }));
}

/** The file that the first line of a snippet names: `// table.ts`, or `// schema/dice/dice.proto, at its end`. */
export function fileOf({ text }: Snippet): (Step & { kind: "file" }) | undefined {
  const [, name, place] = /^\/\/ ([\w./-]+\.\w+)([,:] .*)?\n/.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { kind: "file", name, text, isAddition: place === ", at its end" };
}
