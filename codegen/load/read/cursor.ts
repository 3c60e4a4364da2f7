import { nearest } from "../../../schema/suggest.ts";
import type { Word } from "./outline.ts";
import { type Mark, type Scan, SyntaxProblem, type Token } from "./scanner.ts";

/** Goes through the tokens of a file and knows its comments. */
export class Cursor {
  readonly problems: SyntaxProblem[] = [];
  readonly #tokens: readonly Token[];
  /** Comments on lines of their own, by the line that they end on. */
  readonly #above = new Map<number, string>();
  /** Comments behind something, by line. */
  readonly #behind = new Map<number, string>();
  #position = 0;

  constructor(scan: Scan) {
    this.#tokens = scan.tokens;
    for (const comment of scan.comments) {
      if (comment.ownLine) this.#above.set(comment.endLine, comment.text.trim());
      else this.#behind.set(comment.startLine, comment.text.trim());
    }
  }

  get token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  /** The token that was taken last. */
  get last(): Token {
    return this.#tokens[Math.max(0, this.#position - 1)] as Token;
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== "end") this.#position++;
    return token;
  }

  is(text: string): boolean {
    return this.token.text === text && this.token.kind !== "string" && this.token.kind !== "end";
  }

  /** The token after the present one. */
  peekIs(text: string): boolean {
    const token = this.#tokens[this.#position + 1];
    return token !== undefined && token.text === text && token.kind !== "string";
  }

  peekKind(): Token["kind"] | undefined {
    return this.#tokens[this.#position + 1]?.kind;
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.#position++;
    return true;
  }

  expect(text: string, where: string): Mark {
    const { at } = this.token;
    if (!this.take(text)) this.refuse(where === "" ? `"${text}"` : `"${text}" ${where}`, [text]);
    return at;
  }

  /** @param words what a name that stands here may be a misspelling of */
  refuse(wanted: string, words: readonly string[] = []): never {
    const { kind, text, at } = this.token;
    const found = kind === "end" ? "the end of the file" : JSON.stringify(text);
    const near = kind === "name" ? nearest(text, words) : undefined;
    const help = near === undefined ? `write ${wanted}` : `did you mean ${near}?`;
    throw new SyntaxProblem(at, `expected ${wanted}, found ${found}`, help);
  }

  name(what: string): Word {
    if (this.token.kind !== "name") this.refuse(what);
    const { text, at } = this.next();
    return { text, at };
  }

  /** A name with dots, with a leading one too: "meadow.Step", ".meadow.Step". */
  dotted(what: string): Word {
    const { at } = this.token;
    let text = this.take(".") ? "." : "";
    text += this.name(what).text;
    while (this.take(".")) text += `.${this.name("a name after the dot").text}`;
    return { text, at };
  }

  /** One or several adjacent strings. */
  string(what: string): Word {
    if (this.token.kind !== "string") this.refuse(what);
    const { at } = this.token;
    let text = "";
    while (this.token.kind === "string") text += this.next().text;
    return { text, at };
  }

  integer(what: string): { value: number; at: Mark } {
    const { at } = this.token;
    const negative = this.take("-");
    const { kind, text } = this.token;
    const value = kind === "number" ? integerOf(text) : undefined;
    if (value === undefined) this.refuse(what);
    this.next();
    return { value: negative && value !== 0n ? -Number(value) : Number(value), at };
  }

  commentAbove(line: number): string {
    return this.#above.get(line - 1) ?? "";
  }

  /** The comment of a declaration that began on a line: above it, else behind what was taken last. */
  comment(line: number): string {
    return this.commentAbove(line) || (this.#behind.get(this.last.at.line) ?? "");
  }

  /** The comment behind the brace that opens a block, which is the present token. */
  commentBehindBrace(): string {
    return this.is("{") && !this.#sameLineFollows() ? (this.#behind.get(this.token.at.line) ?? "") : "";
  }

  #sameLineFollows(): boolean {
    return this.#tokens[this.#position + 1]?.at.line === this.token.at.line;
  }

  /**
   * Runs `statement` until the brace closes. What is wrong with one statement is kept, and reading goes on after it, so
   * that one file can tell of several mistakes.
   */
  block(where: string, statement: () => void): void {
    const open = this.expect("{", where);
    while (!this.is("}")) {
      if (this.token.kind === "end") {
        throw new SyntaxProblem(open, "the brace is never closed", 'write the "}" that belongs to it');
      }
      this.attempt(statement);
    }
    this.next();
    this.take(";");
  }

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

  /** To the end of a broken statement: behind its semicolon or block, or before the brace that closes what is around it. */
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

/** The value of an integer literal: decimal, 0x hexadecimal, or 0-led octal. */
export function integerOf(text: string): bigint | undefined {
  if (/^(?:0|[1-9]\d*|0x[0-9a-f]+)$/i.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return undefined;
}
