import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { Locate } from "./topology-problem.ts";

/** A JSON text that was read, with the place of each of its values. */
export type JsonDocument =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly line: number; readonly column: number; readonly wrong: string };

/** The parser calls itself for each level. */
const maxDepth = 32;

/**
 * Reads JSON (RFC 8259) and remembers where each value stands: of a member of an object, the place of its key.
 * `JSON.parse` tells no places, and a configuration error without one is hard to act on.
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
  if (tooDeep !== undefined) return fault(tooDeep, `nested more than ${maxDepth} deep`);
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  // The parser goes on behind an error; what follows may come from the first.
  const [first] = errors.sort((a, b) => a.offset - b.offset);
  if (first !== undefined) return fault(first.offset, wrongOf(text, first, root));
  if (root === undefined) return fault(0, `${shown(text, 0)} where a value should be`);
  const twice = keyThatStandsTwice(root);
  if (twice !== undefined) return fault(twice.offset, `the key "${twice.value}" stands twice in one object`);
  return {
    ok: true,
    // Also makes "__proto__" a key like any other.
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

/** Line and column (from 1) of an offset in a text. */
function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** The offset of the first value that is nested too deep. */
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

/** The second of two keys of one object that are the same. */
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

/** What was expected where the parser found something else, by the name of its error; the rest are faults of one token. */
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

const faults: Readonly<Record<string, string>> = {
  UnexpectedEndOfString: "a string that does not end on its line",
  InvalidCommentToken: "a comment, which JSON does not have",
  UnexpectedEndOfComment: "a comment, which JSON does not have",
  InvalidCharacter: "a string with a control character or a bad escape",
  InvalidUnicode: "a string with a control character or a bad escape",
  InvalidEscapeCharacter: "a string with a control character or a bad escape",
};

function wrongOf(text: string, { error, offset }: ParseError, root: Node | undefined): string {
  const name = printParseErrorCode(error);
  const isAfter = root !== undefined && root.length > 0 && offset >= root.offset + root.length;
  if (name === "EndOfFileExpected" || (name === "InvalidSymbol" && isAfter)) {
    return `${shown(text, offset)} after the end of the value`;
  }
  if (name === "InvalidSymbol") return `${shown(text, offset)} where ${wordAfter(text, offset)} should be`;
  return faults[name] ?? `${shown(text, offset)} where ${expected[name] ?? "something else"} should be`;
}

/** What should stand in place of an unknown word: that depends on what is before it. */
function wordAfter(text: string, offset: number): string {
  const before = text.slice(0, offset).trimEnd().at(-1);
  if (before === "{") return "a key in quotes";
  return before === "," ? "a value or a key in quotes" : "a value";
}

function shown(text: string, offset: number): string {
  const next = text[offset];
  return next === undefined ? "the file ends" : JSON.stringify(next);
}
