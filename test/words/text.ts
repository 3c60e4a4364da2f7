/** A piece of language in a source file: what a person reads of it. */
export interface Text {
  /**
   * - `docstring`: a JSDoc comment, or the comment above an element of a `.proto` file
   * - `comment`: all other comments
   * - `log line`: the message of a call of a logger
   * - `diagnostic`: the text of an error, of a schema's diagnostic or of a topology's problem
   * - `string`: all other strings with a space in it, which may become part of either
   * - `page`: a line of a Markdown file
   */
  readonly kind: "docstring" | "comment" | "log line" | "diagnostic" | "string" | "page";
  /** From the root, with slashes. */
  readonly path: string;
  /** Line of the first word, from 1. */
  readonly line: number;
  /** Without markers of comments and quotes, each run of white space as one space. */
  readonly text: string;
}

/** A comment without its markers, line by line. */
export function unmarked(comment: string): string {
  return comment
    .replace(/^\/\*+|\*+\/$/g, "")
    .split("\n")
    .map((line) => line.trim().replace(/^(\/\/+|\*+|--+)(\s|$)/, ""))
    .join("\n");
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
