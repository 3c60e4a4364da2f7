import { oneLine, type Text, unmarked } from "./text.ts";

interface Language {
  readonly line: string;
  readonly block: readonly [open: string, close: string];
  readonly quotes: string;
}

const proto: Language = { line: "//", block: ["/*", "*/"], quotes: "\"'" };
const lua: Language = { line: "--", block: ["--[[", "]]"], quotes: "\"'" };

/** The comments of a `.proto` file: docstrings where they stand on lines of their own. */
export function textsOfProto(path: string, source: string): readonly Text[] {
  return commentsOf(path, source, proto).map(({ ownLine, ...text }) => ({
    ...text,
    kind: ownLine ? "docstring" : "comment",
  }));
}

/** The comments of a Lua script. */
export function textsOfLua(path: string, source: string): readonly Text[] {
  return commentsOf(path, source, lua).map(({ ownLine: _, ...text }) => text);
}

type Found = Text & { readonly ownLine: boolean };

function commentsOf(path: string, source: string, language: Language): readonly Found[] {
  const found: { from: number; to: number; line: number; ownLine: boolean }[] = [];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  const endOf = (text: string, from: number) => {
    const end = source.indexOf(text, from);
    return end < 0 ? source.length : end + text.length;
  };
  while (at < source.length) {
    const [open, close] = language.block;
    const isBlock = source.startsWith(open, at);
    if (isBlock || source.startsWith(language.line, at)) {
      const end = isBlock ? endOf(close, at + open.length) : endOf("\n", at) - 1;
      const to = Math.max(end, at + 1);
      const ownLine = source.slice(lineStart, at).trim() === "";
      const last = found.at(-1);
      // Lines of comment one below the other are one comment.
      if (!isBlock && ownLine && last?.ownLine && /^[ \t]*\n[ \t]*$/.test(source.slice(last.to, at)))
        last.to = to;
      else found.push({ from: at, to, line, ownLine });
      line += source.slice(at, to).split("\n").length - 1;
      lineStart = Math.max(lineStart, source.lastIndexOf("\n", to - 1) + 1);
      at = to;
    } else if (language.quotes.includes(source[at]!)) {
      const quote = source[at];
      for (at++; at < source.length && source[at] !== quote && source[at] !== "\n"; at++) {
        if (source[at] === "\\") at++;
      }
      if (source[at] === quote) at++;
    } else {
      if (source[at] === "\n") {
        line++;
        lineStart = at + 1;
      }
      at++;
    }
  }
  return found
    .map(({ from, to, line, ownLine }): Found => {
      const text = oneLine(unmarked(source.slice(from, to).replace(/^--\[\[|\]\]$/g, "")));
      return { kind: "comment", path, line, text, ownLine };
    })
    .filter(({ text }) => text !== "");
}

/**
 * The paragraphs, rows and code of a Markdown file. Left out are code in a line, which quotes what stands elsewhere, and
 * the first column of a table whose head is "before": what is no longer said.
 */
export function textsOfMarkdown(path: string, source: string): readonly Text[] {
  const texts: Text[] = [];
  let isBefore = false;
  let paragraph: { line: number; lines: string[] } | undefined;
  const end = () => {
    if (paragraph === undefined) return;
    const text = oneLine(paragraph.lines.join(" ").replace(/`[^`]*`/g, "``"));
    if (text !== "") texts.push({ kind: "page", path, line: paragraph.line, text });
    paragraph = undefined;
  };
  let isCode = false;
  for (const [index, row] of source.split("\n").entries()) {
    const isRow = row.startsWith("|");
    const isFence = row.trimStart().startsWith("```");
    if (isFence) isCode = !isCode;
    if (!isRow) isBefore = false;
    else if (/^\|\s*before\s*\|/i.test(row)) isBefore = true;
    // A paragraph is one text, so that a phrase is found across its lines; a row, an item and a line of code are their own.
    if (row.trim() === "" || isFence || isRow || isCode || /^\s*([-*]|\d+\.|#+) /.test(row)) end();
    if (row.trim() === "" || isFence) continue;
    const text = isBefore ? row.replace(/^\|[^|]*\|/, "|") : row;
    paragraph ??= { line: index + 1, lines: [] };
    paragraph.lines.push(text);
  }
  end();
  return texts;
}
