import type { Field } from "../schema/model.ts";

/** A field's type as the schema writes it: "repeated uint32", "map<string, meadow.Position>". */
export function fieldType({ type, label, mapKey }: Field): string {
  const name = type.kind === "scalar" ? type.scalar : type.name;
  if (label === "map") return `map<${mapKey}, ${name}>`;
  if (label === "repeated") return `repeated ${name}`;
  return label === "optional" && type.kind !== "message" ? `optional ${name}` : name;
}
