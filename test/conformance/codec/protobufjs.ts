import Long from "long";
import protobuf from "protobufjs";
import type { SchemaIndex } from "../../../codegen/typescript/emit-context.ts";
import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { Field } from "../../../schema/model.ts";
import type { AnyMessage } from "./message-types.ts";

// Without it 64-bit fields would be numbers, which cannot hold them.
Reflect.set(protobuf.util, "Long", Long);
protobuf.configure();

/** The other implementation: protobufjs, by reflection over the same `.proto` files. */
export async function loadTheirs(folder: string, files: readonly string[]): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith("google/") ? target : `${folder}/${target}`);
  await root.load([...files], { keepCase: true });
  root.resolveAll();
  return root;
}

/** Our message as the plain object that `fromObject` of protobufjs takes; what is at its default is left out. */
export function toTheirs(index: SchemaIndex, name: string, value: AnyMessage): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of index.message(name).fields) {
    const [given] = valuesOf(field, value);
    if (given === undefined) continue;
    if (field.label === "repeated") {
      result[field.name] = (given as unknown[]).map((item) => oneToTheirs(index, field, item));
    } else if (field.label === "map") {
      const entries = [...(given as Map<unknown, unknown>)];
      result[field.name] = Object.fromEntries(
        entries.map(([key, item]) => [String(key), oneToTheirs(index, field, item)]),
      );
    } else {
      result[field.name] = oneToTheirs(index, field, given);
    }
  }
  return result;
}

/** What `toObject` of protobufjs gives (64-bit as strings), as our message. */
export function fromTheirs(index: SchemaIndex, name: string, object: Record<string, unknown>): AnyMessage {
  const result: AnyMessage = {};
  for (const { name: oneof } of index.message(name).oneofs) result[propertyName(oneof)] = undefined;
  for (const field of index.message(name).fields) {
    const given = object[field.name];
    if (field.oneof !== undefined) {
      if (object[field.oneof] !== field.name) continue;
      const one = { case: propertyName(field.name), value: oneFromTheirs(index, field, given) };
      result[propertyName(field.oneof)] = one;
      continue;
    }
    result[propertyName(field.name)] = fieldFromTheirs(index, field, given);
  }
  return result;
}

function fieldFromTheirs(index: SchemaIndex, field: Field, given: unknown): unknown {
  switch (field.label) {
    case "repeated":
      return ((given ?? []) as unknown[]).map((item) => oneFromTheirs(index, field, item));
    case "map":
      return new Map(
        Object.entries(given ?? {}).map(([key, item]) => [
          keyFromTheirs(field, key),
          oneFromTheirs(index, field, item),
        ]),
      );
    default:
      return given === undefined || given === null ? undefined : oneFromTheirs(index, field, given);
  }
}

function keyFromTheirs(field: Field, key: string): unknown {
  if (field.mapKey === "string") return key;
  if (field.mapKey === "bool") return key === "true" || key === "1";
  return isLong(field.mapKey) ? BigInt(key) : Number(key);
}

function oneToTheirs(index: SchemaIndex, field: Field, value: unknown): unknown {
  if (field.type.kind === "message") return toTheirs(index, field.type.name, value as AnyMessage);
  return field.type.kind === "scalar" && isLong(field.type.scalar) ? String(value) : value;
}

function oneFromTheirs(index: SchemaIndex, field: Field, value: unknown): unknown {
  const { type } = field;
  if (type.kind === "message") return fromTheirs(index, type.name, value as Record<string, unknown>);
  if (type.kind === "enum") return value;
  if (type.scalar === "bytes") return new Uint8Array(value as Uint8Array);
  if (!isLong(type.scalar)) return value;
  return field.jsNumber ? Number(value) : BigInt(value as string);
}

function isLong(scalar: string | undefined): boolean {
  return scalar?.endsWith("64") === true;
}

/** What a message holds for a field: one value, or none when the field is not set. */
export function valuesOf(field: Field, message: AnyMessage): [unknown?] {
  if (field.oneof !== undefined) {
    const one = message[propertyName(field.oneof)] as { case: string; value: unknown } | undefined;
    return one?.case === propertyName(field.name) ? [one.value] : [];
  }
  const value = message[propertyName(field.name)];
  return value === undefined ? [] : [value];
}
