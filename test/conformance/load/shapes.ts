import type { Field, Schema } from "../../../schema/model.ts";
import type { EnumProto, FieldProto, FileProto, MessageProto } from "./protoc.ts";

/**
 * A schema as lines that can be compared: one for each message, field, oneof and enum value, by full name. The model that
 * the loader makes and the descriptors that protoc makes give the same lines where both read the same.
 */
export function shapeOfModel(schema: Schema): string[] {
  const lines: string[] = [];
  for (const file of schema.files) {
    for (const { fullName, fields, oneofs } of file.messages) {
      lines.push(`message ${fullName}`);
      for (const { name, fields: members } of oneofs)
        lines.push(`oneof ${fullName}.${name}: ${members.join(" ")}`);
      for (const field of fields) lines.push(modelField(fullName, field));
    }
    for (const { fullName, values } of file.enums) {
      lines.push(`enum ${fullName}`);
      for (const { name, number } of values) lines.push(`value ${fullName}.${name} = ${number}`);
    }
  }
  return lines.sort();
}

function modelField(message: string, field: Field): string {
  const type = field.type.kind === "scalar" ? field.type.scalar : `${field.type.kind} ${field.type.name}`;
  const key = field.label === "map" ? `${field.mapKey}, ` : "";
  const packed = field.packed ? " packed" : "";
  const oneof = field.oneof === undefined ? "" : ` in ${field.oneof}`;
  // A member of a oneof is present or not by the oneof.
  const label = field.oneof === undefined ? field.label : "single";
  return `field ${message}.${field.name} = ${field.number}: ${label} ${key}${type}${packed}${oneof}`;
}

/** The lines of some of the files that protoc compiled. */
export function shapeOfProtos(files: readonly FileProto[], paths: ReadonlySet<string>): string[] {
  const lines: string[] = [];
  for (const file of files.filter(({ name }) => paths.has(name))) {
    for (const message of file.messageType) addMessage(file.package, message, lines);
    for (const declared of file.enumType) addEnum(file.package, declared, lines);
  }
  return lines.sort();
}

function addMessage(scope: string, message: MessageProto, lines: string[]): void {
  const fullName = scope === "" ? message.name : `${scope}.${message.name}`;
  lines.push(`message ${fullName}`);
  const entries = new Map<string, MessageProto>();
  for (const nested of message.nestedType) {
    if (nested.options?.mapEntry) entries.set(`.${fullName}.${nested.name}`, nested);
    else addMessage(fullName, nested, lines);
  }
  for (const declared of message.enumType) addEnum(fullName, declared, lines);
  for (const field of message.field) lines.push(protoField(fullName, message, field, entries));
  message.oneofDecl.forEach(({ name }, index) => {
    const members = message.field.filter((field) => realOneof(field) === index).map((field) => field.name);
    if (members.length > 0) lines.push(`oneof ${fullName}.${name}: ${members.join(" ")}`);
  });
}

function addEnum(scope: string, { name, value }: EnumProto, lines: string[]): void {
  const fullName = scope === "" ? name : `${scope}.${name}`;
  lines.push(`enum ${fullName}`);
  for (const each of value) lines.push(`value ${fullName}.${each.name} = ${each.number}`);
}

/** By the numbers of FieldDescriptorProto.Type. */
const types = (
  "none double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum " +
  "sfixed32 sfixed64 sint32 sint64"
).split(" ");
const [repeated, stringType, groupType, messageType, bytesType] = [3, 9, 10, 11, 12] as const;

function protoField(
  scope: string,
  message: MessageProto,
  field: FieldProto,
  entries: ReadonlyMap<string, MessageProto>,
): string {
  const head = `field ${scope}.${field.name} = ${field.number}:`;
  const entry = entries.get(field.typeName);
  if (entry !== undefined) {
    const [key, value] = ["key", "value"].map((name) => entry.field.find((each) => each.name === name));
    if (key === undefined || value === undefined) throw new Error(`${scope}.${field.name}: no map entry`);
    return `${head} map ${types[key.type]}, ${typeText(value)}`;
  }
  const oneof = realOneof(field);
  if (oneof !== undefined) return `${head} single ${typeText(field)} in ${message.oneofDecl[oneof]?.name}`;
  if (field.label === repeated) {
    const packable = ![stringType, groupType, messageType, bytesType].some((type) => type === field.type);
    // What is not set reads as the default of proto2, which is false.
    const unpacked =
      field.options !== null && Object.hasOwn(field.options, "packed") && !field.options.packed;
    return `${head} repeated ${typeText(field)}${packable && !unpacked ? " packed" : ""}`;
  }
  const label = field.proto3Optional || field.type === messageType ? "optional" : "single";
  return `${head} ${label} ${typeText(field)}`;
}

function typeText(field: FieldProto): string {
  const name = types[field.type] ?? "unknown";
  return field.typeName === "" ? name : `${name} ${field.typeName.slice(1)}`;
}

/** Index of the oneof that declares a field; undefined outside of a oneof and for the synthetic oneof of `optional`. */
function realOneof(field: FieldProto): number | undefined {
  if (field.proto3Optional || !Object.hasOwn(field, "oneofIndex")) return undefined;
  return field.oneofIndex;
}
