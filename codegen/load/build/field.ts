import type { DataClass, Field, FieldType, ScalarType } from "../../../schema/model.ts";
import { deprecationOf } from "../link/deprecation.ts";
import type { OptionObject } from "../link/option-object.ts";
import { isScalar } from "../link/scalar.ts";
import { type FieldNode, isProto2 } from "../read/outline.ts";
import { maxFieldNumber } from "../read/proto-message.ts";
import type { FileContext } from "./file-context.ts";

/** True for every integer type, whatever its size, sign and encoding. */
export function isInteger(type: ScalarType): boolean {
  return /int|fixed/.test(type);
}

/**
 * Builds a field of the model, without its column, and reports its errors. Returns undefined when its type is unknown or cannot
 * be generated.
 *
 * @param scope full name of the field's message
 * @param options the checked options of the field
 */
export function buildField(
  context: FileContext,
  node: FieldNode,
  scope: string,
  options: OptionObject,
): Field | undefined {
  checkNumber(context, node);
  const type = typeOf(context, node, scope);
  const mapKey = node.mapKey === undefined ? undefined : mapKeyOf(context, node);
  if (node.label === "required") {
    context.refuse("PH008", node.at, "proto3 has no required fields", 'remove "required"');
  }
  if (type === undefined) return undefined;
  checkFit(context, node, type, options);
  const jsonName = options.string("json_name");
  return {
    name: node.name,
    number: node.number,
    ...deprecationOf(node, options),
    location: context.location(node.at),
    type,
    label: labelOf(node, type),
    ...(mapKey === undefined ? {} : { mapKey }),
    packed: node.label === "repeated" && isPackable(type) && options.get("packed") !== false,
    ...(node.oneof === undefined ? {} : { oneof: node.oneof }),
    jsNumber: is64Bit(type) && options.string("jstype") === "JS_NUMBER",
    dataClass: (options.string("photinus.data") ?? "PLAIN") as DataClass,
    ...(jsonName === undefined ? {} : { jsonName }),
  };
}

/** Label in the model. A single message field is optional, because it has presence even without the word. */
function labelOf(node: FieldNode, type: FieldType): Field["label"] {
  if (node.mapKey !== undefined) return "map";
  if (node.label === "repeated") return "repeated";
  return node.label === "optional" || type.kind === "message" ? "optional" : "single";
}

/** Refuses a field number outside of protobuf's range, or within the range that protobuf reserves. */
export function checkNumber(context: FileContext, { name, number, numberAt }: FieldNode): void {
  const wrong = `the number of ${name} is ${number}`;
  if (number < 1 || number > maxFieldNumber) {
    context.refuse(
      "PH020",
      numberAt,
      wrong,
      `use a number from 1 to ${maxFieldNumber}; the tags of 1 to 15 take one byte`,
    );
  } else if (isOfProtobuf(number)) {
    context.refuse("PH020", numberAt, wrong, "19000 to 19999 are reserved by protobuf; use another number");
  }
}

/** True for field numbers that protobuf reserves for its implementation: 19000 to 19999. */
export function isOfProtobuf(number: number): boolean {
  return number >= 19_000 && number <= 19_999;
}

/** Type in the model; undefined after an error was reported. */
function typeOf(context: FileContext, node: FieldNode, scope: string): FieldType | undefined {
  const { text, at } = node.type;
  if (isScalar(text)) return { kind: "scalar", scalar: text };
  if (text === "group") {
    context.refuse("PH008", at, "proto3 has no groups", "declare a message, and a field with it as its type");
    return undefined;
  }
  const symbol = context.resolve(node.type, scope);
  if (symbol === undefined) return undefined;
  if (context.isForeign(symbol)) {
    context.refuse(
      "PH028",
      at,
      `${symbol.name} cannot be the type of a field`,
      "use bytes, or a message of the schema",
    );
    return undefined;
  }
  if (isProto2(symbol.file)) {
    const text = `${symbol.name} is declared in ${symbol.file.path}, which is proto2`;
    context.refuse(
      "PH002",
      at,
      text,
      "use a proto3 message, or bytes; a proto2 file may only declare options",
    );
    return undefined;
  }
  return { kind: symbol.kind, name: symbol.name };
}

function mapKeyOf(context: FileContext, node: FieldNode): ScalarType | undefined {
  const word = node.mapKey;
  if (word !== undefined && isScalar(word.text) && !["double", "float", "bytes"].includes(word.text))
    return word.text;
  const at = word?.at ?? node.at;
  const help = "use an integer type, bool or string";
  context.refuse("PH023", at, `the keys of a map cannot be of type ${word?.text}`, help);
  return undefined;
}

/**
 * Reports `jstype`, `packed` and `lazy` on types that they do not apply to, as protoc does. Their default values are accepted.
 */
function checkFit(context: FileContext, node: FieldNode, type: FieldType, options: OptionObject): void {
  const jstype = options.string("jstype") === "JS_NORMAL" ? undefined : options.at("jstype");
  if (jstype !== undefined && (!is64Bit(type) || node.mapKey !== undefined)) {
    const help = "remove it; jstype applies only to 64-bit integers";
    context.refuse("PH027", jstype, `jstype does not apply to the type of ${node.name}`, help);
  } else if (jstype !== undefined && options.string("jstype") === "JS_STRING") {
    const help = "use JS_NUMBER for a number, or remove jstype for a bigint";
    context.refuse("PH008", jstype, "jstype JS_STRING is not supported", help);
  }
  const packed = options.at("packed");
  if (options.bool("packed") && packed !== undefined && !(node.label === "repeated" && isPackable(type))) {
    const help = "remove it; only repeated numbers, bools and enums can be packed";
    context.refuse("PH027", packed, `packed does not apply to the type of ${node.name}`, help);
  }
  for (const name of ["lazy", "unverified_lazy"]) {
    const lazy = options.at(name);
    if (lazy === undefined || !options.bool(name)) continue;
    if (type.kind === "message" && node.mapKey === undefined) continue;
    context.refuse(
      "PH027",
      lazy,
      `${name} does not apply to the type of ${node.name}`,
      "remove it; only message fields can be lazy",
    );
  }
}

function is64Bit(type: FieldType): boolean {
  return type.kind === "scalar" && type.scalar.endsWith("64");
}

/** True for types whose repeated values protobuf can write without a tag for each. */
function isPackable(type: FieldType): boolean {
  return (
    type.kind === "enum" || (type.kind === "scalar" && type.scalar !== "string" && type.scalar !== "bytes")
  );
}

/** Describes the type of a field for a diagnostic: "a repeated string", "a map", "a message", "a float". */
export function describe({ type, label, oneof }: Field): string {
  if (oneof !== undefined) return "part of a oneof";
  if (label === "map") return "a map";
  const name = type.kind === "scalar" ? type.scalar : type.kind;
  if (label === "repeated") return `a repeated ${name}`;
  if (name === "bytes") return name;
  return `${/^[aei]/.test(name) ? "an" : "a"} ${name}`;
}
