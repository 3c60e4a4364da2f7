import type { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import type { Field } from "../../../schema/model.ts";
import type { AnyMessage } from "./message-types.ts";
import { valuesOf } from "./protobufjs.ts";

/** A message in protobuf's text format, as `protoc --encode` reads it. */
export function textOf(index: SchemaIndex, name: string, message: AnyMessage): string {
  return index
    .message(name)
    .fields.flatMap((field) => {
      const [value] = valuesOf(field, message);
      if (value === undefined) return [];
      if (field.label === "repeated") {
        return (value as unknown[]).map((item) => `${field.name}: ${one(index, field, item)}`);
      }
      if (field.label !== "map") return [`${field.name}: ${one(index, field, value)}`];
      return [...(value as Map<unknown, unknown>)].map(
        ([key, item]) =>
          `${field.name}: { key: ${scalar(field.mapKey ?? "string", key)} value: ${one(index, field, item)} }`,
      );
    })
    .join("\n");
}

function one(index: SchemaIndex, field: Field, value: unknown): string {
  const { type } = field;
  if (type.kind === "message") return `{\n${textOf(index, type.name, value as AnyMessage)}\n}`;
  return type.kind === "enum" ? String(value) : scalar(type.scalar, value);
}

function scalar(type: string, value: unknown): string {
  if (type === "bytes") return quoted(value as Uint8Array);
  if (type === "string") return quoted(new TextEncoder().encode(value as string));
  if (typeof value !== "number") return String(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function quoted(bytes: Uint8Array): string {
  return `"${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`;
}
