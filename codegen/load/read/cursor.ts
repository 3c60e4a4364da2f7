import { nearest } from "../../../schema/suggest.ts";
import type { Word } from "./outline.ts";
import { type Mark, type Scan, SyntaxProblem, type Token } from "./scanner.ts";

/** Beginning of a line that acknowledges a change for `photinus check`; see docs/EVOLUTION.md. */
export const allowance = "photinus:allow";

/** Text of a comment without its allowances, which do not belong in documents and generated code. */
function withoutAllowances(text: string): string {
  if (!text.includes(allowance)) return text;
  return text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith(allowance))
    .join("\n");
}

/**
 * Reads the tokens of a file in order, and finds the comments of declarations. Methods that expect a token throw a
 * {@link SyntaxProblem} at any other one; {@link block} and {@link attempt} collect these problems.
 */
export class Cursor {
  /** Syntax errors found so far, in the order of the file. */
  readonly problems: SyntaxProblem[] = [];
  readonly #tokens: readonly Token[];
  /** Comments without code before them, by the line of their end. */
  readonly #above = new Map<number, string>();
  /** Comments behind code, by line. */
  readonly #behind = new Map<number, string>();
  #position = 0;

  constructor(scan: Scan) {
    this.#tokens = scan.tokens;
    for (const comment of scan.comments) {
      const text = withoutAllowances(comment.text).trim();
      if (comment.ownLine) this.#above.set(comment.endLine, text);
      else this.#behind.set(comment.startLine, text);
    }
  }

  /** The current token; of kind "end" after the last one. */
  get token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  /** The token before the current one. */
  get last(): Token {
    return this.#tokens[Math.max(0, this.#position - 1)] as Token;
  }

  /** Returns the current token and advances, except at the end. */
  next(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#position++;
    return token;
  }

  /** True when the current token is this word or symbol; false for a string with the text. */
  is(text: string): boolean {
    return this.token.text === text && this.token.kind !== "string" && this.token.kind !== "end";
  }

  /** True when the token after the current one is this word or symbol. */
  peekIs(text: string): boolean {
    const token = this.#tokens[this.#position + 1];
    return token !== undefined && token.text === text && token.kind !== "string";
  }

  /** Kind of the token after the current one. */
  peekKind(): Token["kind"] | undefined {
    return this.#tokens[this.#position + 1]?.kind;
  }

  /** Advances past this word or symbol. Returns false when the current token is another one. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#position++;
    return true;
  }

  /**
   * Advances past this word or symbol, and returns its position.
   *
   * @param where place of the token for the error, such as "after the field"
   * @throws SyntaxProblem at another token
   */
  expect(text: string, where: string): Mark {
    const { at } = this.token;
    if (!this.take(text)) this.refuse(where === "" ? `"${text}"` : `"${text}" ${where}`, [text]);
    return at;
  }

  /**
   * Throws a syntax error at the current token.
   *
   * @param wanted what the grammar expects here
   * @param words words of which a name here may be a misspelling
   */
  refuse(wanted: string, words: readonly string[] = []): never {
    const { kind, text, at } = this.token;
    const found = kind === "end" ? "the end of the file" : JSON.stringify(text);
    const near = kind === "name" ? nearest(text, words) : undefined;
    const help = near === undefined ? `write ${wanted}` : `did you mean ${near}?`;
    throw new SyntaxProblem(at, `expected ${wanted}, found ${found}`, help);
  }

  /**
   * Advances past a name without dots.
   *
   * @param what what the name is for, such as "the name of the field"
   * @throws SyntaxProblem at another token
   */
  name(what: string): Word {
    if (this.token.kind !== "name") this.refuse(what);
    const { text, at } = this.next();
    return { text, at };
  }

  /** Advances past a dotted name, with or without a leading dot: "meadow.Step", ".meadow.Step". */
  dotted(what: string): Word {
    const { at } = this.token;
    let text = this.take(".") ? "." : "";
    text += this.name(what).text;
    while (this.take(".")) text += `.${this.name("a name after the dot").text}`;
    return { text, at };
  }

  /** Advances past one or several adjacent strings, which protobuf joins. The word has the value, without quotes. */
  string(what: string): Word {
    if (this.token.kind !== "string") this.refuse(what);
    const { at } = this.token;
    let text = "";
    while (this.token.kind === "string") text += this.next().text;
    return { text, at };
  }

  /** Advances past an integer with an optional minus. A value beyond 2^53 is rounded; no field or enum has one. */
  integer(what: string): { value: number; at: Mark } {
    const { at } = this.token;
    const negative = this.take("-");
    const { kind, text } = this.token;
    const value = kind === "number" ? integerOf(text) : undefined;
    if (value === undefined) this.refuse(what);
    this.next();
    return { value: negative && value !== 0n ? -Number(value) : Number(value), at };
  }

  /** Comment that ends on the line before a line; "" without one. */
  commentAbove(line: number): string {
    return this.#above.get(line - 1) ?? "";
  }

  /** Comment of a declaration that began on a line: the one above it, else the one behind the last token. */
  comment(line: number): string {
    return this.commentAbove(line) || this.commentBehind();
  }

  /** Comment behind the last token; "" without one. */
  commentBehind(): string {
    return this.#behind.get(this.last.at.line) ?? "";
  }

  /** Comment behind the last token, of a declaration that has another one above the line it began on; otherwise "". */
  secondComment(line: number): string {
    return this.commentAbove(line) === "" ? "" : this.commentBehind();
  }

  /** Comment behind the current token, an opening brace at the end of its line. */
  commentBehindBrace(): string {
    return this.is("{") && !this.#sameLineFollows() ? (this.#behind.get(this.token.at.line) ?? "") : "";
  }

  #sameLineFollows(): boolean {
    return this.#tokens[this.#position + 1]?.at.line === this.token.at.line;
  }

  /**
   * Reads the statements of a block in braces. A syntax error ends only its statement, so that one run reports several errors.
   *
   * @param where place of the opening brace for the error, such as "after the message's name"
   * @throws SyntaxProblem when the block is not opened or not closed
   */
  block(where: string, statement: () => void): void {
    const open = this.expect("{", where);
    while (!this.is("}")) {
      if (this.token.kind === "end") {
        throw new SyntaxProblem(open, '"{" without a matching "}"', 'add the missing "}"');
      }
      this.attempt(statement);
    }
    this.next();
    this.take(";");
  }

  /** Reads one statement. After a syntax error, keeps the error and skips to the end of the statement. */
  attempt(statement: () => void): void {
    const start = this.#position;
    try {
      statement();
    } catch (problem) {
      if (!(problem instanceof SyntaxProblem)) throw problem;
      this.problems.push(problem);
      this.#skip(start);
    }
  }

  /** Skips a broken statement: past its semicolon or block, or up to the brace that closes the block around it. */
  #skip(start: number): void {
    let depth = 0;
    const broken = this.#position;
    for (this.#position = start; this.token.kind !== "end"; this.next()) {
      if (this.is("{")) depth++;
      else if (this.is("}")) {
        if (depth === 0) return;
        depth--;
      }
      const closes = this.is(";") || this.is("}");
      if (depth === 0 && closes && this.#position >= broken) {
        this.next();
        return;
      }
    }
  }
}

/** Value of an integer literal: decimal, hexadecimal with 0x, or octal with a leading 0. Undefined for other literals. */
export function integerOf(text: string): bigint | undefined {
  if (/^(?:0|[1-9]\d*|0x[0-9a-f]+)$/i.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return undefined;
}
