import { type Cursor, integerOf } from "./cursor.ts";
import type { NumberValue, OptionEntry, OptionNode, OptionPart, OptionValue } from "./outline.ts";
import { type Mark, SyntaxProblem } from "./scanner.ts";

/** Deepest nesting of values; bounds the recursion for hostile files. */
const maxDepth = 100;

/** Reads `option name = value;`, from the current token `option`. */
export function readOptionStatement(cursor: Cursor): OptionNode {
  cursor.expect("option", "");
  const option = readOption(cursor);
  cursor.expect(";", "after the option");
  return { ...option, comment: cursor.commentBehind() };
}

/** Reads `[name = value, name = value]`; returns an empty list when the current token is not "[". */
export function readBracketOptions(cursor: Cursor): OptionNode[] {
  const options: OptionNode[] = [];
  if (!cursor.take("[")) return options;
  do options.push(readOption(cursor));
  while (cursor.take(","));
  cursor.expect("]", "after the options");
  return options;
}

/** Reads `name = value`; the name may have several parts, such as `(photinus.command).route.hash`. */
function readOption(cursor: Cursor): OptionNode {
  const parts: OptionPart[] = [];
  do {
    const extension = cursor.take("(");
    const word = extension ? cursor.dotted("the name of an option") : cursor.name("the name of an option");
    if (extension) cursor.expect(")", "after the option's name");
    parts.push({ ...word, extension });
  } while (cursor.take("."));
  cursor.expect("=", "between the option and its value");
  // protobuf allows lists, and angles instead of braces, only inside braces.
  if (cursor.is("[")) cursor.refuse("a single value; repeat the option for each value of a list");
  if (cursor.is("<")) cursor.refuse('a value, or "{"');
  return { parts, value: readValue(cursor, 0), comment: "" };
}

function readValue(cursor: Cursor, depth: number): OptionValue {
  const { token } = cursor;
  if (cursor.is("{") || cursor.is("<")) return readObject(cursor, depth + 1);
  if (cursor.is("[")) return readList(cursor, depth + 1);
  if (token.kind === "string") return { kind: "string", ...cursor.string("a string") };
  const negative = cursor.take("-");
  if (cursor.token.kind === "number") {
    return numberOf(cursor.next().text, negative, token.at);
  }
  if (negative && /^(?:inf|infinity|nan)$/i.test(cursor.token.text)) {
    const value = cursor.next().text.toLowerCase() === "nan" ? Number.NaN : Number.NEGATIVE_INFINITY;
    return { kind: "number", value, integer: undefined, decimal: true, negative, at: token.at };
  }
  if (cursor.token.kind !== "name" || negative) cursor.refuse("a value");
  return { kind: "name", ...cursor.name("a value") };
}

/** Value of a number literal. `-0` keeps its sign as `negative`, because unsigned types refuse it. */
function numberOf(text: string, negative: boolean, at: Mark): NumberValue {
  const magnitude = integerOf(text);
  const value = magnitude === undefined ? Number(text) : Number(magnitude);
  return {
    kind: "number",
    value: negative ? -value : value,
    integer: magnitude === undefined || !negative ? magnitude : -magnitude,
    decimal: !/^0[xX0-7]/.test(text),
    negative,
    at,
  };
}

function readList(cursor: Cursor, depth: number): OptionValue {
  const at = cursor.expect("[", "");
  checkDepth(depth, at);
  const items: OptionValue[] = [];
  if (!cursor.is("]")) {
    do items.push(readValue(cursor, depth));
    while (cursor.take(","));
  }
  cursor.expect("]", "after the list");
  return { kind: "list", items, at };
}

function readObject(cursor: Cursor, depth: number): OptionValue {
  const close = cursor.is("<") ? ">" : "}";
  const { at } = cursor.next();
  checkDepth(depth, at);
  const entries: OptionEntry[] = [];
  while (!cursor.take(close)) {
    const extension = cursor.take("[");
    const word = extension
      ? cursor.dotted("the name of an extension")
      : cursor.name(`a field's name, or "${close}"`);
    if (extension) cursor.expect("]", "after the extension's name");
    const colon = cursor.take(":");
    const opens = cursor.is("{") || cursor.is("<") || cursor.is("[");
    if (!colon && !opens) cursor.refuse(`":" after ${JSON.stringify(word.text)}`);
    entries.push({ part: { ...word, extension }, colon, value: readValue(cursor, depth) });
    if (!cursor.take(",")) cursor.take(";");
  }
  return { kind: "object", entries, at };
}

function checkDepth(depth: number, at: Mark): void {
  if (depth > maxDepth)
    throw new SyntaxProblem(at, "the value is nested too deep", `use at most ${maxDepth} levels`);
}
