import type { Field } from "../schema/model.ts";

/** Type of a field as written in the schema, with full names: "repeated uint32", "map<string, meadow.Position>". */
export function fieldType({ type, label, mapKey }: Field): string {
  const name = type.kind === "scalar" ? type.scalar : type.name;
  if (label === "map") return `map<${mapKey}, ${name}>`;
  if (label === "repeated") return `repeated ${name}`;
  return label === "optional" && type.kind !== "message" ? `optional ${name}` : name;
}

/** Note on a field that an editor shows at hover, after its comment: "Field 3, uint64." */
export function fieldNote(field: Field): string {
  return `Field ${field.number}, ${fieldType(field)}.`;
}

/**
 * Note on a oneof that an editor shows at hover: "A oneof: `name` is field 2, string; `hue` is field 3, uint32."
 *
 * @param nameOf name of a field in the target language
 */
export function oneofNote(fields: readonly Field[], nameOf: (field: Field) => string): string {
  const members = fields.map((field) => `\`${nameOf(field)}\` is field ${field.number}, ${fieldType(field)}`);
  return `A oneof: ${members.join("; ")}.`;
}
