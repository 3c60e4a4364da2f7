import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Locate } from "./topology-problem.ts";

/** Parsed JSON with the place of each value, or the first fault with its line and column (from 1). */
export type JsonDocument =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly wrong: string };

/** Deepest nesting accepted. The parser recurses once a level, so hostile input could overflow the stack. */
const maxDepth = 32;

/**
 * Parses JSON (RFC 8259) and keeps the place of each value; a member of an object has the place of its key. `JSON.parse`
 * gives no places, and a configuration error without a place is hard to fix.
 */
export function readJson(json: string): JsonDocument {
  const text = json.charCodeAt(0) === 0xfeff ? ` ${json.slice(1)}` : json;
  const errors: ParseError[] = [];
  const fault = (offset: number, wrong: string): JsonDocument => ({
    ok: false,
    ...placeIn(text, offset),
    wrong,
  });
  const tooDeep = depthFault(text);
  if (tooDeep !== undefined) return fault(tooDeep, `nested deeper than ${maxDepth} levels`);
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  // The parser continues after an error, so later errors may follow from the first.
  const [first] = errors.sort((a, b) => a.offset - b.offset);
  if (first !== undefined) return fault(first.offset, wrongOf(text, first, root));
  if (root === undefined) return fault(0, `expected a value, found ${shown(text, 0)}`);
  const twice = keyThatStandsTwice(root);
  if (twice !== undefined) return fault(twice.offset, `duplicate key "${twice.value}" in one object`);
  return {
    ok: true,
    // JSON.parse makes "__proto__" an ordinary key.
    value: JSON.parse(text) as unknown,
    locate: (path) => {
      for (let length = path.length; length >= 0; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        if (node === undefined) continue;
        const { offset } = node.parent?.type === "property" ? node.parent : node;
        return placeIn(text, offset);
      }
      return undefined;
    },
  };
}

/** Returns line and column (from 1) of an offset in a text. */
function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** Returns the offset of the first value that is nested too deep; undefined without such a value. */
function depthFault(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    if (depth > maxDepth) return scanner.getTokenOffset();
    // A string begins with its quote.
    const first = text[scanner.getTokenOffset()]!;
    if ("{[".includes(first)) depth++;
    else if ("}]".includes(first)) depth--;
  }
  return undefined;
}

/** Finds the second of two equal keys of one object. */
function keyThatStandsTwice(node: Node): Node | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (child.type === "property") {
      const key = child.children![0]!;
      if (seen.has(key.value)) return key;
      seen.add(key.value);
    }
    const inner = keyThatStandsTwice(child);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Expected tokens by the parser's name of the error. The other errors are {@link faults} of one token. */
const expected: Readonly<Record<string, string>> = {
  InvalidNumberFormat: "a value",
  UnexpectedEndOfNumber: "a value",
  ValueExpected: "a value",
  PropertyNameExpected: "a key in quotes",
  ColonExpected: '":"',
  CommaExpected: '"," or the end of the object or array',
  CloseBraceExpected: '"," or "}"',
  CloseBracketExpected: '"," or "]"',
};

/** Faults of one token by the parser's name of the error. */
const faults: Readonly<Record<string, string>> = {
  UnexpectedEndOfString: "unterminated string",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfComment: "JSON has no comments",
  InvalidCharacter: "string with a control character or an invalid escape",
  InvalidUnicode: "string with a control character or an invalid escape",
  InvalidEscapeCharacter: "string with a control character or an invalid escape",
};

function wrongOf(text: string, { error, offset }: ParseError, root: Node | undefined): string {
  const name = printParseErrorCode(error);
  const isAfter = root !== undefined && root.length > 0 && offset >= root.offset + root.length;
  if (name === "EndOfFileExpected" || (name === "InvalidSymbol" && isAfter)) {
    return `expected the end of the file, found ${shown(text, offset)}`;
  }
  if (name === "InvalidSymbol") return `expected ${wordAfter(text, offset)}, found ${shown(text, offset)}`;
  return faults[name] ?? `expected ${expected[name] ?? "another token"}, found ${shown(text, offset)}`;
}

/** Names the token expected in place of an unknown word, by the character before the word. */
function wordAfter(text: string, offset: number): string {
  const before = text.slice(0, offset).trimEnd().at(-1);
  if (before === "{") return "a key in quotes";
  return before === "," ? "a value or a key in quotes" : "a value";
}

function shown(text: string, offset: number): string {
  const next = text[offset];
  return next === undefined ? "the end of the file" : JSON.stringify(next);
}
