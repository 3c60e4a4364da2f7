/** Position of the start of a token. Lines and columns start at 1; a column counts UTF-16 units, a tab counts one. */
export interface Mark {
  readonly line: number;
  readonly column: number;
}

/** A token of a `.proto` file. */
export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  /** Text as written; for a string, its value without quotes and with escapes resolved. */
  readonly text: string;
  readonly at: Mark;
}

/** A block comment, or a group of `//` comments on adjacent lines. */
export interface Comment {
  readonly startLine: number;
  endLine: number;
  /** True when no code stands before it on its line. */
  readonly ownLine: boolean;
  /** Text without comment markers. */
  text: string;
}

/** Tokens and comments of a file. The last token has the kind "end". */
export interface Scan {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
}

/** A syntax error, thrown by the scanner and the reader. Callers turn it into a PH001 diagnostic. */
export class SyntaxProblem extends Error {
  override readonly name = "SyntaxProblem";
  readonly at: Mark;
  readonly help: string;

  constructor(at: Mark, message: string, help: string) {
    super(message);
    this.at = at;
    this.help = help;
  }
}

const space = /[ \t\r\f\v]+/y;
const name = /[A-Za-z_][A-Za-z0-9_]*/y;
/** A number with all letters and digits that touch it, so that `12ab` is one malformed number instead of two tokens. */
const numberLike = /\.?\d(?:[eE][+-]|[0-9A-Za-z_.])*/y;
/** A valid number: hexadecimal, octal, or decimal with an optional fraction and exponent. */
const number =
  /^(?:0[xX][0-9A-Fa-f]+|0[0-7]*|(?:[1-9]\d*|0(?=[.eE]))(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
const symbols = "{}[]()<>=;:,./-+";
/** Escapes of protobuf strings: hexadecimal, octal, Unicode up to U+10FFFF, or one letter. */
const escapeSequence =
  /^(?:[xX]([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(?:u|U00)((?<=u)[0-9A-Fa-f]{4}|(?<=U00)(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|[abfnrtv\\?'"])/;
const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Splits the text of a `.proto` file into tokens with their positions, and keeps its comments.
 *
 * @throws SyntaxProblem at an invalid character or number, or an unclosed string or comment
 */
export function scan(source: string): Scan {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  // Some editors begin a file with a byte order mark.
  let position = source.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  let lineStart = 0;
  let lastTokenLine = 0;

  const here = (): Mark => ({ line, column: position - lineStart + 1 });
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(source)?.[0];
  };
  const push = (kind: Token["kind"], text: string, at: Mark): void => {
    tokens.push({ kind, text, at });
    lastTokenLine = line;
  };

  while (position < source.length) {
    const char = source[position] ?? "";
    if (char === "\n") {
      position++;
      line++;
      lineStart = position;
      continue;
    }
    const blank = match(space);
    if (blank !== undefined) {
      position += blank.length;
      continue;
    }
    if (source.startsWith("//", position)) {
      const found = source.indexOf("\n", position);
      const end = found < 0 ? source.length : found;
      addLineComment(comments, source.slice(position + 2, end), line, lastTokenLine !== line);
      position = end;
      continue;
    }
    if (source.startsWith("/*", position)) {
      const at = here();
      const end = source.indexOf("*/", position + 2);
      if (end < 0) throw new SyntaxProblem(at, "the comment is not closed", "add */ at its end");
      const text = source.slice(position + 2, end);
      if (text.includes("/*")) {
        throw new SyntaxProblem(at, '"/*" inside a comment', "remove it; comments do not nest");
      }
      for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) {
        line++;
        lineStart = position + 2 + i + 1;
      }
      comments.push({
        startLine: at.line,
        endLine: line,
        ownLine: lastTokenLine !== at.line,
        text: blockText(text),
      });
      position = end + 2;
      continue;
    }
    const at = here();
    if (char === '"' || char === "'") {
      const text = readString(source, position, at);
      push("string", text.value, at);
      position = text.end;
      continue;
    }
    const word = match(name);
    if (word !== undefined) {
      push("name", word, at);
      position += word.length;
      continue;
    }
    const digits = match(numberLike);
    if (digits !== undefined) {
      if (!number.test(digits)) {
        const help = digits.startsWith("0")
          ? "expected a decimal number, 0x with hexadecimal digits, or 0 with octal digits"
          : "expected digits, then a space before the next word";
        throw new SyntaxProblem(at, `invalid number ${JSON.stringify(digits)}`, help);
      }
      push("number", digits, at);
      position += digits.length;
      continue;
    }
    if (!symbols.includes(char)) {
      throw new SyntaxProblem(
        at,
        `invalid character ${JSON.stringify(char)}`,
        "remove it, or move it into a string or a comment",
      );
    }
    push("symbol", char, at);
    position++;
  }
  tokens.push({ kind: "end", text: "", at: here() });
  return { tokens, comments };
}

/** Adds a `//` comment, or joins it to the one on the line above. */
function addLineComment(comments: Comment[], text: string, line: number, ownLine: boolean): void {
  const clean = text.replace(/^ /, "").trimEnd();
  const last = comments.at(-1);
  if (ownLine && last?.ownLine && last.endLine === line - 1) {
    last.text = `${last.text}\n${clean}`;
    last.endLine = line;
  } else {
    comments.push({ startLine: line, endLine: line, ownLine, text: clean });
  }
}

/** Text of a block comment without the asterisks at the start of its lines. */
function blockText(text: string): string {
  return text
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join("\n")
    .trim();
}

/** Reads a string that starts at an offset; `end` is the offset after the closing quote. */
function readString(source: string, start: number, at: Mark): { value: string; end: number } {
  const quote = source[start];
  let value = "";
  let i = start + 1;
  while (i < source.length && source[i] !== "\n") {
    const char = source[i] ?? "";
    if (char === quote) return { value, end: i + 1 };
    if (char !== "\\") {
      value += char;
      i++;
      continue;
    }
    const code = escapeSequence.exec(source.slice(i + 1, i + 10));
    if (code === null) {
      const escaped = JSON.stringify(source.slice(i, i + 2));
      throw new SyntaxProblem(
        at,
        `invalid escape ${escaped} in a string`,
        'use an escape such as \\n, or write "\\\\" for one "\\"',
      );
    }
    const [whole, hex, octal, unicode] = code;
    if (octal !== undefined) value += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) value += String.fromCharCode(Number.parseInt(hex, 16));
    else if (unicode !== undefined) value += String.fromCodePoint(Number.parseInt(unicode, 16));
    else value += escapes[whole] ?? whole;
    i += 1 + whole.length;
  }
  throw new SyntaxProblem(
    at,
    "the string is not closed",
    `add ${quote} at its end; a string ends on its line`,
  );
}
