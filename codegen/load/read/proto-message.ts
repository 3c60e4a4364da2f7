import type { Cursor } from "./cursor.ts";
import type {
  EnumNode,
  EnumValueNode,
  ExtendNode,
  FieldNode,
  MessageNode,
  Node,
  OptionNode,
  Range,
  Word,
} from "./outline.ts";
import { type Mark, SyntaxProblem } from "./scanner.ts";
import { readBracketOptions, readOptionStatement } from "./value.ts";

/** Deepest nesting of messages; bounds the recursion for hostile files. */
const maxDepth = 64;
/** Largest number of a field: 2^29 - 1. */
export const maxFieldNumber = 536_870_911;
/** Largest number of an enum value: 2^31 - 1. */
const maxEnumNumber = 2_147_483_647;

interface ReservedLists {
  ranges: Range[];
  names: Word[];
}

/**
 * Reads `message Name { ... }`, from the current token `message`.
 *
 * @param depth number of messages around this one
 */
export function readMessage(cursor: Cursor, depth: number): MessageNode {
  const start = cursor.next().at;
  return readMessageBody(cursor, cursor.name("the name of the message"), start, depth);
}

/** Reads the block of a message or group that began at `start`. */
function readMessageBody(cursor: Cursor, word: Word, start: Mark, depth: number): MessageNode {
  const { text: name, at } = word;
  if (depth > maxDepth) {
    throw new SyntaxProblem(start, "messages are nested too deep", `use at most ${maxDepth} levels`);
  }
  const comment = cursor.commentAbove(start.line) || cursor.commentBehindBrace();
  const fields: FieldNode[] = [];
  const oneofs: Node[] = [];
  const messages: MessageNode[] = [];
  const enums: EnumNode[] = [];
  const extensions: ExtendNode[] = [];
  const options: OptionNode[] = [];
  const reserved: ReservedLists = { ranges: [], names: [] };
  const extensionRanges: Range[] = [];
  const inside = { fields, messages, depth };
  cursor.block("after the message's name", () => {
    if (cursor.take(";")) return;
    // The first word decides, as in protoc: a field of a type named `message` is written `.message`.
    if (cursor.is("message")) messages.push(readMessage(cursor, depth + 1));
    else if (cursor.is("enum")) enums.push(readEnum(cursor));
    else if (cursor.is("oneof")) readOneof(cursor, oneofs, inside);
    else if (cursor.is("extend")) extensions.push(readExtend(cursor, messages, depth));
    else if (cursor.is("option")) options.push(readOptionStatement(cursor));
    else if (cursor.is("reserved")) readReserved(cursor, reserved, maxFieldNumber);
    else if (cursor.is("extensions")) extensionRanges.push(...readExtensionRanges(cursor));
    else readField(cursor, undefined, inside);
  });
  return {
    name,
    at,
    comment,
    options,
    fields,
    oneofs,
    messages,
    enums,
    extends: extensions,
    reserved,
    extensionRanges,
  };
}

/** Lists that a field is added to, and the message that a group declares with it. */
interface Inside {
  readonly fields: FieldNode[];
  readonly messages: MessageNode[];
  readonly depth: number;
}

/** Reads `oneof name { ... }`. Its fields are added to those of the message, with the name of the oneof. */
function readOneof(cursor: Cursor, oneofs: Node[], inside: Inside): void {
  const { line } = cursor.next().at;
  const { text: name, at } = cursor.name("the name of the oneof");
  const comment = cursor.commentAbove(line) || cursor.commentBehindBrace();
  const options: OptionNode[] = [];
  oneofs.push({ name, at, comment, options });
  cursor.block("after the oneof's name", () => {
    if (cursor.is("option")) {
      options.push(readOptionStatement(cursor));
      return;
    }
    const { at: start, text } = cursor.token;
    const field = readField(cursor, name, inside);
    if (field.label !== "" || field.mapKey !== undefined) {
      throw new SyntaxProblem(
        start,
        `a field of a oneof cannot be ${field.label || text}`,
        "declare a message with the repeated field or the map, and use it in the oneof",
      );
    }
  });
}

/**
 * Reads a field, a map or a group, and adds it to the lists.
 *
 * @param oneof name of the oneof around the field
 */
function readField(cursor: Cursor, oneof: string | undefined, inside: Inside): FieldNode {
  const start = cursor.token.at;
  let label: FieldNode["label"] = "";
  for (const word of ["optional", "repeated", "required"] as const) {
    if (label === "" && cursor.is(word) && (cursor.peekKind() === "name" || cursor.peekIs("."))) {
      cursor.next();
      label = word;
    }
  }
  let mapKey: Word | undefined;
  let type: Word;
  if (cursor.is("map") && cursor.peekIs("<")) {
    if (label !== "") {
      throw new SyntaxProblem(
        start,
        `a map cannot be ${label}`,
        `remove "${label}"; a map is repeated already`,
      );
    }
    cursor.next();
    cursor.next();
    mapKey = cursor.dotted("the type of the map's keys");
    cursor.expect(",", "between the types of the map's keys and values");
    type = cursor.dotted("the type of the map's values");
    cursor.expect(">", "after the type of the map's values");
  } else {
    type = cursor.dotted("a field: its type, name and number");
  }
  const { text: name, at } = cursor.name("the name of the field");
  cursor.expect("=", "before the field's number");
  const number = cursor.integer("the field's number");
  const options = readBracketOptions(cursor);
  // A group declares a message and a field of that type at once.
  const group = type.text === "group" && mapKey === undefined && cursor.is("{");
  if (group) inside.messages.push(readMessageBody(cursor, { text: name, at }, start, inside.depth + 1));
  else cursor.expect(";", "after the field");
  const field: FieldNode = {
    name: group ? name.toLowerCase() : name,
    at,
    comment: cursor.comment(start.line),
    behind: cursor.secondComment(start.line),
    options,
    label,
    type,
    mapKey,
    number: number.value,
    numberAt: number.at,
    oneof,
  };
  inside.fields.push(field);
  return field;
}

/**
 * Reads `reserved 2, 9 to max;` or `reserved "name";`.
 *
 * @param max number that the word `max` stands for
 */
function readReserved(cursor: Cursor, into: ReservedLists, max: number): void {
  cursor.next();
  do {
    if (cursor.token.kind === "string") into.names.push(cursor.string("a name"));
    else into.ranges.push(readRange(cursor, max));
  } while (cursor.take(","));
  cursor.expect(";", "after the reserved numbers or names");
}

function readRange(cursor: Cursor, max: number): Range {
  const { value: from, at } = cursor.integer("a number, or a name in quotes");
  if (!cursor.take("to")) return { from, to: from, at };
  return { from, to: cursor.take("max") ? max : cursor.integer('a number or "max"').value, at };
}

function readExtensionRanges(cursor: Cursor): Range[] {
  cursor.next();
  const ranges: Range[] = [];
  do ranges.push(readRange(cursor, maxFieldNumber));
  while (cursor.take(","));
  readBracketOptions(cursor);
  cursor.expect(";", "after the extension range");
  return ranges;
}

/**
 * Reads `extend google.protobuf.MethodOptions { ... }`, from the current token `extend`.
 *
 * @param messages list for the messages that groups in the block declare
 * @param depth number of messages around the block
 */
export function readExtend(cursor: Cursor, messages: MessageNode[], depth: number): ExtendNode {
  cursor.next();
  const extendee = cursor.dotted("the message to extend");
  const fields: FieldNode[] = [];
  if (cursor.is("{") && cursor.peekIs("}")) {
    cursor.next();
    cursor.refuse("an option: its type, name and number");
  }
  cursor.block("after the extended message", () => readField(cursor, undefined, { fields, messages, depth }));
  return { extendee, fields };
}

/** Reads `enum Name { ... }`, from the current token `enum`. */
export function readEnum(cursor: Cursor): EnumNode {
  const { line } = cursor.next().at;
  const { text: name, at } = cursor.name("the name of the enum");
  const comment = cursor.commentAbove(line) || cursor.commentBehindBrace();
  const options: OptionNode[] = [];
  const values: EnumValueNode[] = [];
  const reserved: ReservedLists = { ranges: [], names: [] };
  cursor.block("after the enum's name", () => {
    if (cursor.take(";")) return;
    if (cursor.is("option")) options.push(readOptionStatement(cursor));
    else if (cursor.is("reserved")) readReserved(cursor, reserved, maxEnumNumber);
    else values.push(readEnumValue(cursor));
  });
  return { name, at, comment, options, values, reserved };
}

function readEnumValue(cursor: Cursor): EnumValueNode {
  const { text: name, at } = cursor.name("the name of a value");
  cursor.expect("=", "before the value's number");
  const number = cursor.integer("the value's number");
  const options = readBracketOptions(cursor);
  cursor.expect(";", "after the value");
  const comment = cursor.comment(at.line);
  const behind = cursor.secondComment(at.line);
  return { name, at, comment, behind, options, number: number.value, numberAt: number.at };
}
