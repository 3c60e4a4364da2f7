/** Where a token begins. Lines and columns start at 1; a column counts UTF-16 units, a tab is one. */
export interface Mark {
  readonly line: number;
  readonly column: number;
}

export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "end";
  /** As written; of a string, its value with escapes resolved. */
  readonly text: string;
  readonly at: Mark;
}

/** A comment, or several `//` lines that follow each other without anything between. */
export interface Comment {
  readonly startLine: number;
  endLine: number;
  /** True when nothing but blanks stands before it in its line. */
  readonly ownLine: boolean;
  /** Without markers. */
  text: string;
}

export interface Scan {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
}

/** A text that is no schema: thrown by the scanner and the reader, and made a diagnostic by who called them. */
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
/** A number with all that touches it, which may be more than a number can have. */
const numberLike = /\.?\d(?:[eE][+-]|[0-9A-Za-z_.])*/y;
const number =
  /^(?:0[xX][0-9A-Fa-f]+|0[0-7]*|(?:[1-9]\d*|0(?=[.eE]))(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
const symbols = "{}[]()<>=;:,./-+";
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
 * @throws SyntaxProblem at a character, string or comment that no schema can contain
 */
export function scan(source: string): Scan {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  // A byte order mark may begin a file.
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
      if (end < 0) throw new SyntaxProblem(at, "the comment is not closed", "end it with */");
      const text = source.slice(position + 2, end);
      if (text.includes("/*")) {
        throw new SyntaxProblem(
          at,
          'the comment has another "/*" in it',
          "comments do not nest: remove one of the two",
        );
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
          ? "write a decimal number, 0x and hexadecimal digits, or 0 and octal digits"
          : "write a number, and a blank before what follows it";
        throw new SyntaxProblem(at, `${JSON.stringify(digits)} is no number`, help);
      }
      push("number", digits, at);
      position += digits.length;
      continue;
    }
    if (!symbols.includes(char)) {
      throw new SyntaxProblem(
        at,
        `the character ${JSON.stringify(char)} cannot stand here`,
        "remove it, or put it into a string or a comment",
      );
    }
    push("symbol", char, at);
    position++;
  }
  tokens.push({ kind: "end", text: "", at: here() });
  return { tokens, comments };
}

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

/** The text of a block comment without the asterisks that begin its lines. */
function blockText(text: string): string {
  return text
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join("\n")
    .trim();
}

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
        `the string has the escape ${escaped}, which there is not`,
        'write "\\\\" for one "\\"',
      );
    }
    const [whole, hex, octal, unicode] = code;
    if (octal !== undefined) value += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) value += String.fromCharCode(Number.parseInt(hex, 16));
    else if (unicode !== undefined) value += String.fromCodePoint(Number.parseInt(unicode, 16));
    else value += escapes[whole] ?? whole;
    i += 1 + whole.length;
  }
  throw new SyntaxProblem(at, "the string is not closed", `end it with ${quote} in the same line`);
}
