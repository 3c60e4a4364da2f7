import type { Deprecable } from "../../../schema/model.ts";

/**
 * Splits a text into the lines of a docstring, without empty lines at both ends. Escapes every end of a comment: the text comes from
 * a schema and must not become code.
 */
export function docLines(text: string): string[] {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).map((line) => line.trimEnd().replaceAll("*/", "*\\/"));
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Makes a docstring of paragraphs and skips the empty ones. Returns "" without text, otherwise a text that ends in a line break. */
export function docstring(...paragraphs: readonly string[]): string {
  const lines = docLines(paragraphs.filter((paragraph) => paragraph.trim() !== "").join("\n\n"));
  if (lines.length === 0) return "";
  if (lines.length === 1) return `/** ${lines[0]} */\n`;
  return `/**\n${lines.map((line) => ` *${line && ` ${line}`}\n`).join("")} */\n`;
}

/** Makes the docstring of a declaration: its comment, further paragraphs, and at the end the tag of a deprecation. */
export function declarationDocs(
  declaration: Deprecable & { readonly comment: string },
  ...paragraphs: readonly string[]
): string {
  return docstring(declaration.comment, ...paragraphs, deprecatedTag(declaration));
}

/** Makes the tag by which editors strike out a declaration, with the note of the schema; "" for one that is not deprecated. */
export function deprecatedTag({ deprecated }: Deprecable): string {
  return deprecated === undefined ? "" : wrap(`@deprecated ${deprecated.note}`.trimEnd());
}

/** Breaks sentences into lines that fit a docstring. A longer word stays whole. */
export function wrap(text: string, width = 105): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join("\n");
}
