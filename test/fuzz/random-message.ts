import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { below, bytes, oneOf, type Random, uint32 } from "./bytes.ts";

/** Messages of a file of `schema/photinus`, to be filled with random values. */
export function messagesOf(file: "control.proto" | "link.proto"): readonly protobuf.Type[] {
  const source = readFileSync(new URL(`../../schema/photinus/${file}`, import.meta.url), "utf8");
  const { root } = protobuf.parse(source, { keepCase: false });
  root.resolveAll();
  const found: protobuf.Type[] = [];
  const walk = (space: protobuf.NamespaceBase): void => {
    for (const member of space.nestedArray) {
      if (member instanceof protobuf.Type) found.push(member);
      if (member instanceof protobuf.Namespace) walk(member);
    }
  };
  walk(root);
  return found;
}

/** Encodes a message of this type with random fields. Most fields have a value, often at an edge of its type. */
export function randomMessage(random: Random, type: protobuf.Type, depth = 0): Uint8Array {
  return type.encode(type.create(fields(random, type, depth))).finish();
}

function fields(random: Random, type: protobuf.Type, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    if (random() < 0.25) continue;
    const one = (): unknown => value(random, field, depth);
    made[field.name] = field.repeated ? Array.from({ length: below(random, 4) }, one) : one();
  }
  return made;
}

const texts = [
  "",
  "fuzz-1",
  "fuzz",
  "gate",
  "gate-9",
  "hall",
  "\u0000",
  "\ud83e\udd8b",
  "x".repeat(300),
  "../../etc/passwd",
  "__proto__",
];

function value(random: Random, field: protobuf.Field, depth: number): unknown {
  const type = field.resolvedType;
  if (type instanceof protobuf.Enum) return uint32(random) % 8;
  if (type instanceof protobuf.Type) return depth > 3 ? undefined : fields(random, type, depth + 1);
  switch (field.type) {
    case "string":
      return oneOf(random, texts);
    case "bytes":
      return bytes(random, oneOf(random, [0, 4, 16, 32, 40, 300]));
    case "bool":
      return random() < 0.5;
    case "double":
    case "float":
      return oneOf(random, [0, -1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e308]);
    case "uint64":
    case "fixed64":
      return { low: uint32(random) | 0, high: uint32(random) | 0, unsigned: true };
    default:
      return uint32(random);
  }
}
