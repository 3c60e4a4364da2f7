import type { Field, Message } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { mapKey, valueType } from "./message-interface.ts";
import { hex, type Scalar, scalarOf, tagOf, valueScalar } from "./scalars.ts";

/**
 * Straight-line reading: code that expects the fields in the order of their numbers, as encoders write them. It keeps bytes and
 * position in variables, and reads short values in place. Whatever it does not expect there, it leaves to the reader's methods,
 * which check it.
 */

/** A tag that `read` knows, and what it does with the value. */
export interface KnownTag {
  readonly field: Field;
  readonly tag: number;
  /** Statements that read the value at the reader's position. */
  readonly text: string;
  /** A value, a whole packed list, or an entry of a map. Statements of the last two declare variables. */
  readonly form: "value" | "packed" | "entry";
}

/** Start of the loop over the fields of a map's entry. */
export const entryStart = "while (reader.position < last) {";

/** Most fields of a message that is read in this way: fields in another order cost one pass over all comparisons each. */
const mostFields = 32;
/** Greatest field number whose tag has two bytes. */
const mostNumber = 2047;
/** Greatest field number whose tag has one byte. */
const mostShortNumber = 15;

/** Whether `read` of a message is straight-line code. */
export function isStraight({ fields }: Message): boolean {
  return (
    fields.length > 0 && fields.length <= mostFields && fields.every(({ number }) => number <= mostNumber)
  );
}

/** Emits the loop over the fields. Mostly it runs once: it begins again at a field that comes too early or is unknown. */
export function straightLoop(tags: readonly KnownTag[], unknown: string, context: EmitContext): string {
  const isShort = tags.every(({ field }) => field.number <= mostShortNumber);
  const next = [
    "mark = at;",
    "tag = at < end ? bytes[at++]! : 0;",
    // A longer tag makes a number that no field has.
    ...(isShort ? [] : ["if (tag > 0x7f && at < end) tag = (tag & 0x7f) | (bytes[at++]! << 7);"]),
  ];
  const steps = tags.map((known) => {
    const { field, form } = known;
    const word = field.label === "map" || (field.label === "repeated" && form === "value") ? "while" : "if";
    return `${word} (tag === ${hex(known.tag)}) {\n${[straight(known, context), ...next].join("\n")}\n}`;
  });
  return [
    steps.some((step) => /\bbytes, view, |[^.]\bview\.get/.test(step))
      ? "const { bytes, view } = reader;"
      : "const { bytes } = reader;",
    "let at = reader.position;",
    "while (at < end) {",
    "const start = at;",
    "let mark = at;",
    "let tag = bytes[at++]!;",
    "if (tag > 0x7f) {",
    "reader.position = start;",
    "tag = reader.tag();",
    "at = reader.position;",
    "}",
    ...steps,
    "if (mark === start) {",
    byReader(unknown),
    "} else at = mark;",
    "}",
    "reader.position = at;",
  ].join("\n");
}

/** Emits statements that read what follows a tag at `at`, and advance `at` past it. */
function straight({ field, form, text }: KnownTag, context: EmitContext): string {
  const scalar = valueScalar(field);
  const property = `value.${propertyName(field.name)}`;
  const cast = field.type.kind === "enum" ? ` as ${valueType(field, context)}` : "";
  if (form === "entry") return entry(field, text, cast, context);
  if (scalar === undefined || field.oneof !== undefined) return byReader(text);
  const put = field.label === "repeated" ? `${property}.push(` : `${property} = `;
  const place: Place = {
    before: put,
    after: `${cast}${field.label === "repeated" ? ");" : ";"}`,
    end: "end",
  };
  if (form === "value") return inPlace(scalar, place, context);
  return [
    byReader("const last = reader.limit();"),
    `while (at < last) {\n${inPlace(scalar, { ...place, end: "last" }, context)}\n}`,
    "reader.position = at;",
    "reader.finish(last);",
  ].join("\n");
}

/** Emits the statements of a map's entry: key and value in this order in place, then anything else as it comes. */
function entry(field: Field, text: string, cast: string, context: EmitContext): string {
  const key = scalarOf(mapKey(field));
  const item = valueScalar(field);
  const part = (number: number, scalar: Scalar, place: Place) =>
    `if (at < last && bytes[at] === ${hex(tagOf(number, scalar.wireType))}) {\nat++;\n${inPlace(scalar, place, context)}\n}\n`;
  const [head = "", tail = ""] = text.split(entryStart);
  return [
    "reader.position = at;",
    `${head}at = reader.position;`,
    part(1, key, { before: "key = ", after: ";", end: "last", isKey: true }) +
      (item ? part(2, item, { before: "item = ", after: `${cast};`, end: "last" }) : "") +
      "reader.position = at;",
    `${entryStart}${tail}`,
    "at = reader.position;",
  ].join("\n");
}

/** Functions of the runtime that read what has a length, with their first arguments. */
const readers = {
  bytes: ["readBytes", "bytes"],
  key: ["readKey", "reader, bytes, view"],
  text: ["readText", "bytes, view"],
} as const;

/** Text around the expression of a value, and the variable with the end of its range. */
interface Place {
  readonly before: string;
  readonly after: string;
  readonly end: "end" | "last";
  /** Whether it is a key of a map, which the reader may have read before. */
  readonly isKey?: boolean;
}

/** Emits statements that read a scalar: in place where it is short, otherwise by the reader's method. */
function inPlace(scalar: Scalar, { before, after, end, isKey }: Place, context: EmitContext): string {
  const put = (value: string) => before + value + after;
  const called = byReader(put(`reader.${scalar.method}()`));
  const otherwise = `else {\n${called}\n}`;
  switch (scalar.method) {
    case "bool":
      return `if (at < ${end} && bytes[at]! < 0x80) ${put("bytes[at++]! !== 0")}\n${otherwise}`;
    case "uint32":
    case "int32": {
      const two = "(bytes[at]! & 0x7f) | (bytes[at + 1]! << 7)";
      return [
        `if (at < ${end} && bytes[at]! < 0x80) ${put("bytes[at++]!")}`,
        `else if (at + 1 < ${end} && bytes[at + 1]! < 0x80) {`,
        put(after.startsWith(" as ") ? `(${two})` : two),
        `at += 2;\n} ${otherwise}`,
      ].join("\n");
    }
    case "octets":
    case "string": {
      const kind = scalar.method === "octets" ? "bytes" : isKey ? "key" : "text";
      const [name, before] = readers[kind];
      const read = `${context.runtime(name, "value")}(${before}, at + 1, at + 1 + size)`;
      return [
        `const size = at < ${end} ? bytes[at]! : 0x80;`,
        `if (size < 0x80 && at + size < ${end}) {\n${put(read)}\nat += size + 1;\n} ${otherwise}`,
      ].join("\n");
    }
  }
  if (scalar.put?.how !== "view") return called;
  const { name, maxBytes } = scalar.put;
  const read = put(`view.${name.replace("set", "get")}(at, true)`);
  return `if (at + ${maxBytes} <= ${end}) {\n${read}\nat += ${maxBytes};\n} ${otherwise}`;
}

/** Emits statements of the reader, which has a position of its own. */
function byReader(text: string): string {
  return ["reader.position = at;", text, "at = reader.position;"].join("\n");
}
